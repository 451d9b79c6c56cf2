// Faults in windows, in whose budget is whose, and in what is told of them.

import { inFile, type Mutant } from '../mutant.ts';

export const windowMutants: readonly Mutant[] = [
  ...inFile('window', [
    { original: 'known.startMs <= atMs && ', mutated: '', breaks: 'a window is taken for the one before it' },
    { original: 'atMs < known.endMs', mutated: 'atMs <= known.endMs', breaks: 'a window lasts a moment too long' },
    { original: 'today.dayOfWeek - 1', mutated: 'today.dayOfWeek', breaks: 'a week begins on Sunday' },
    { original: 'months: MONTHS_PER_QUARTER }', mutated: 'months: 1 }', breaks: 'a quarter ends with its first month' },
    {
      original: 'if (timezone === this.timezone) return this;',
      mutated: '',
      breaks: 'any change of configuration takes what was carried over',
    },
    {
      original: 'window.startMs <= change.changedAtMs &&',
      mutated: '',
      breaks: 'windows after a change of zone never begin anew',
    },
    {
      original: '{ startMs: change.startedAtMs[period], endMs: window.endMs }',
      mutated: 'window',
      breaks: 'a change of zone gives a budget a second time',
    },
    {
      original: 'own.startMs === startMs ? this.#windowAt(period, startMs - 1) : null',
      mutated: 'this.#windowAt(period, startMs - 1)',
      breaks: 'a budget carries over across a change of zone',
    },
    {
      original: 'this.windowAt(period, atMs).startMs] as const',
      mutated: 'windowAt(period, this.timezone, atMs).startMs] as const',
      breaks: 'a second change of zone begins a window in its midst',
    },
    {
      original: 'known?.of.startMs === startMs && known.of.endMs === endMs',
      mutated: 'known !== undefined',
      breaks: 'rollover stops with its first',
    },
    {
      original: ' && known.of.endMs === endMs',
      mutated: '',
      breaks: 'of two windows that begin together the one is taken for the other',
    },
  ]),
  ...inFile('interning', [
    {
      original: 'known.windowStartMs === window.startMs && known.windowEndMs === window.endMs',
      mutated: 'true',
      breaks: 'a new window goes on with the old one',
    },
    { original: '`${budget.id}|${subject}`', mutated: 'budget.id', breaks: 'all members share what each of them has' },
    { original: '`${model}|', mutated: '`', breaks: 'events are of the model that was called first' },
  ]),
  ...inFile('roster', [
    {
      original: "subject: budget.scope.kind === 'each_member' ? member : null",
      mutated: 'subject: member',
      breaks: 'a budget of the team is one of each member',
    },
    {
      original: 'calendar.windowBefore(budget.period, now)?.startMs === charge.windowStartMs',
      mutated: 'calendar.windowBefore(budget.period, now) === undefined',
      breaks: 'what may be carried over is forgotten',
      equivalent: 'totals stay until the window after their own is over, whether or not they are current',
    },
    {
      original: 'matchesGlob(pattern, model) ? budgets : []',
      mutated: 'budgets',
      breaks: 'a budget of some models counts all',
    },
    {
      original: 'byMember.get(member), byKey.get(key)',
      mutated: 'byMember.get(member)',
      breaks: 'budgets of a key bind nobody',
    },
    {
      original: '.startMs === window.windowStartMs',
      mutated: '.startMs >= window.windowStartMs',
      breaks: 'thresholds of windows that are over are told again when a limit changes',
    },
  ]),
  ...inFile('thresholds', [
    {
      original: 'current.startMs === windowStartMs ? current : ',
      mutated: '',
      breaks: 'a threshold is measured against a window that ends otherwise by now',
    },
    { original: 'each > told.upTo && ', mutated: '', breaks: 'a threshold is told with every call' },
    {
      original: '    this.#told.set(key, { limit: version, upTo });\n',
      mutated: '',
      breaks: 'thresholds are told again',
    },
    { original: 'settled >= amountAt', mutated: 'settled > amountAt', breaks: 'a threshold is told too late' },
    { original: ' + PERCENT - 1n', mutated: '', breaks: 'a threshold is told too early' },
    {
      original: 'Math.max(1, Number((',
      mutated: 'Math.max(0, Number((',
      breaks: 'nothing: a budget that nothing was spent of is never looked at',
      equivalent: 'thresholds of nothing settled are cut off before',
    },
    {
      original: 'const version = `${budget.period}|${budget.countsSinceMs}|${budget.limitVersion}`',
      mutated: 'const version = `${budget.period}|${budget.limitVersion}`',
      breaks: 'a budget created anew tells nothing',
    },
    {
      original: 'const version = `${budget.period}|${budget.countsSinceMs}|${budget.limitVersion}`',
      mutated: 'const version = `${budget.countsSinceMs}|${budget.limitVersion}`',
      breaks: 'what a window reached while the budget had another period is never told',
    },
    {
      original: 'const version = `${budget.period}|${budget.countsSinceMs}|${budget.limitVersion}`',
      mutated: 'const version = `${budget.period}|${budget.countsSinceMs}`',
      breaks: 'a raised limit arms nothing anew',
    },
    {
      original: '    if (told.upTo === budget.thresholds.at(-1)) return [];\n',
      mutated: '',
      breaks: 'nothing but time: a budget that has told all it can is looked at again',
      equivalent: 'no threshold is above the last',
    },
    {
      original: 'const limit = own + carried;',
      mutated: 'const limit = own;',
      breaks: 'what is carried over does not count as limit',
    },
    {
      original: '${counterKey(charge)}|${countsSinceMs}|${limitVersion}',
      mutated: '${counterKey(charge)}|${limitVersion}',
      breaks: 'D1 takes the thresholds of a budget created anew for the old ones',
    },
    {
      original: '${counterKey(charge)}|${countsSinceMs}|${limitVersion}',
      mutated: '${counterKey(charge)}|${countsSinceMs}',
      breaks: 'D1 takes the thresholds of a changed limit for the old ones',
    },
    {
      original: 'counted.startsWith(EACH_MEMBER) ?',
      mutated: 'counted === EACH_MEMBER ?',
      breaks: 'nobody knows whose threshold it is',
    },
    {
      original: 'this.#told.delete(counterKey(charge))',
      mutated: 'counterKey(charge)',
      breaks: 'nothing but memory, which grows by one entry a window',
      equivalent: 'a window that is forgotten does not come back',
    },
  ]),
];
