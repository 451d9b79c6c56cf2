// Faults in what is counted: totals, days, minutes.

import { inFile, type Mutant } from '../mutant.ts';

export const bookMutants: readonly Mutant[] = [
  ...inFile('book', [
    {
      original: 'windowEndMs + (windowEndMs - windowStartMs) >= endedBeforeMs',
      mutated: 'windowEndMs >= endedBeforeMs',
      breaks: 'a budget that may carry over from now on carries over what was spent',
    },
    {
      original: '    this.#changed.clear();\n  }\n\n  get open',
      mutated: '  }\n\n  get open',
      breaks: 'nothing but rows written: the first checkpoint of a memory saves counters that did not change',
      equivalent: 'a counter saved again is the same counter',
    },
    {
      original: '    this.traffic.put(before, row);\n',
      mutated: '',
      breaks: 'rates count nothing',
    },
    {
      original: '    this.traffic.put(this.#rows.get(row.id), row);\n',
      mutated: '',
      breaks: 'a restart forgets the minute',
    },
    {
      original: "if (row.state !== 'held') this.days.noteEnded(row);",
      mutated: '',
      breaks: 'the sums by day lack what ended',
    },
    {
      original: 'if (before !== undefined) weigh(before.charges, weightOf(before), subtractAmounts);',
      mutated: '',
      breaks: 'a settled call goes on being held',
    },
    {
      original: 'Math.min(next ?? expiresAtMs',
      mutated: 'Math.max(next ?? expiresAtMs',
      breaks: 'the alarm is too late',
    },
    {
      original: 'REMEMBER_ENDED_MS = 2 * 60_000',
      mutated: 'REMEMBER_ENDED_MS = 0',
      breaks: 'a repeated settlement is unknown',
    },
    {
      original: 'nowMs - REMEMBER_EXPIRED_MS',
      mutated: 'nowMs - REMEMBER_ENDED_MS',
      breaks: 'a late settlement finds nothing to correct',
    },
    { original: 'excess <= 0 && ', mutated: '', breaks: 'memory grows with the load' },
    { original: ' || held.requests > 0', mutated: '', breaks: 'a counter is forgotten under an open hold' },
    {
      original: ' || this.#mayBeCorrected(key)',
      mutated: '',
      breaks: 'a late correction brings a forgotten counter below zero',
    },
    {
      original: 'isCurrent(charge) || ',
      mutated: '',
      breaks: 'a budget whose period was lengthened forgets what was spent',
    },
    {
      original: "else if (row.state === 'expired') this.#expired.set(row.id, row);",
      mutated: '',
      breaks: 'expired calls are forgotten with the settled ones',
    },
    {
      original: 'settled: combine(total.settled, weight.settled)',
      mutated: 'settled: total.settled',
      breaks: 'nothing is ever spent',
    },
  ]),
  ...inFile('day-book', [
    { original: 'plus(day.ended, call)', mutated: 'plus(day.delivered, call)', breaks: 'sums by day are wrong' },
    { original: 'revision === 0 ? 1 : 0', mutated: '1', breaks: 'a correction counts as another event' },
    {
      original: '{ ...replaced, tokens: 0 }',
      mutated: '{ ...replaced, usd: added.usd, requests: added.requests, tokens: 0 }',
      breaks: 'no cost is in the sums by day',
    },
    {
      original: 'tokens: allTokens(ending.usage)',
      mutated: 'tokens: settled.tokens',
      breaks: 'the sums by day are not those of the record',
    },
    {
      original: ' || ended.events !== delivered.events',
      mutated: '',
      breaks: 'a day is forgotten of which D1 lacks events',
    },
    {
      original: 'dayStartMs + DAY_MS > ms',
      mutated: 'dayStartMs > ms',
      breaks: 'a day is forgotten before it is over',
    },
    {
      original: '    this.#changed.add(day.dayStartMs);\n',
      mutated: '',
      breaks: 'a checkpoint lacks the sums by day',
    },
    {
      original: 'dayOf({ admittedAtMs }: EndedCall)',
      mutated: 'dayOf({ endedAtMs: admittedAtMs }: EndedCall)',
      breaks: 'a call counts on another day than its event',
    },
  ]),
  ...inFile('traffic', [
    { original: 'SECONDS_COUNTED = 61', mutated: 'SECONDS_COUNTED = 60', breaks: 'a minute is counted short' },
    {
      original: 'const requests = before === undefined ? 1 : 0;',
      mutated: 'const requests = 1;',
      breaks: 'a settled call counts twice a minute',
    },
    {
      original: ' - (before === undefined ? 0 : tokensOf(before))',
      mutated: '',
      breaks: 'tokens count as held and as used',
    },
    {
      original: "row.state === 'held' ? row.held.tokens : row.settled.tokens",
      mutated: 'row.held.tokens',
      breaks: 'a settlement does not correct the tokens of the minute',
    },
    { original: '    traffic.tokens -= first.tokens;\n', mutated: '', breaks: 'tokens of the minute never pass' },
    { original: '    traffic.requests -= first.requests;\n', mutated: '', breaks: 'requests of the minute never pass' },
    { original: 'freed >= amount', mutated: 'freed > amount', breaks: 'a caller is told to wait too long' },
    { original: 'traffic.open === 0 && ', mutated: '', breaks: 'a long call stops counting as open' },
    { original: '    traffic.open += opened;\n', mutated: '', breaks: 'any number of calls at once' },
    {
      original: 'Number(before?.state ===',
      mutated: 'Number(undefined ===',
      breaks: 'a call that has ended stays open',
    },
  ]),
];
