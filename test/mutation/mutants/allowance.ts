// Faults in what a budget may spend, and in what is left of it.

import { inFile, type Mutant } from '../mutant.ts';

export const allowanceMutants: readonly Mutant[] = [
  ...inFile('allowance', [
    {
      original: 'budget.rolloverPercent === 0 ? 0 : carriedInto',
      mutated: 'carriedInto',
      breaks: 'nothing but time: what may be carried of nothing is nothing',
      equivalent: 'the cap of zero percent is zero; the test spares the look at the window before',
    },
    { original: ' + length - 1n', mutated: '', breaks: 'a pro-rated limit is rounded down' },
    {
      original: '!prorated || ',
      mutated: '',
      breaks: 'every budget is pro-rated',
    },
    {
      original: 'countsSinceMs <= startMs',
      mutated: 'countsSinceMs < startMs',
      breaks: 'nothing: a budget created with its window has the whole of it by either way',
      equivalent: 'the share of a whole window is the whole limit',
    },
    {
      original: ' || budget.countsSinceMs >= before.endMs',
      mutated: '',
      breaks: 'a new budget carries over from a time before it was',
    },
    { original: ' - held[budget.unit]', mutated: '', breaks: 'what is held is carried over and spent as well' },
    { original: ' - settled[budget.unit]', mutated: '', breaks: 'what is spent is carried over' },
    {
      original: 'Math.max(0, Math.min(unused, most))',
      mutated: 'Math.min(unused, most)',
      breaks: 'an overdrawn window is taken from the next',
    },
    { original: 'Math.max(0, Math.min(unused, most))', mutated: 'Math.max(0, unused)', breaks: 'rollover has no cap' },
    {
      original: 'const unused = limitIn(budget, before)',
      mutated: 'const unused = budget.limit',
      breaks: 'more than its share of a pro-rated window is carried over',
    },
    {
      original: 'counted: countedBy(budget.scope, subject)',
      mutated: 'counted: countedBy(budget.scope, null)',
      breaks: 'all members share what each of them has',
    },
    {
      original: "'id' in scope ? scope.id : null",
      mutated: 'null',
      breaks: 'a budget that moves from one model to another goes on counting',
    },
  ]),
  ...inFile('position', [
    {
      original: 'return limit + carried + granted;',
      mutated: 'return limit + granted;',
      breaks: 'what is carried over cannot be spent',
    },
    {
      original: ' - position.weight.held[position.budget.unit]',
      mutated: '',
      breaks: 'holds do not count',
    },
    {
      original: ' - position.weight.settled[position.budget.unit]',
      mutated: '',
      breaks: 'spend does not count',
    },
    {
      original: 'limit + carried + granted - settled - held',
      mutated: 'limit + granted - settled - held',
      breaks: 'remaining is too low',
    },
    {
      original: 'share >= least',
      mutated: 'share > least',
      breaks: 'of equal budgets the last is named the tightest',
    },
    { original: 'allowed === 0 ? 0 : ', mutated: '', breaks: 'a budget of zero is never the tightest' },
    {
      original: 'weight.held[budget.unit] + holding',
      mutated: 'weight.held[budget.unit]',
      breaks: 'the budget in the answer lacks the hold just made',
    },
    {
      original: '[...new Set(roster.config.keys.map((key) => key.user))]',
      mutated: 'roster.config.keys.map((key) => key.user)',
      breaks: 'a member with two keys is listed twice',
    },
  ]),
];
