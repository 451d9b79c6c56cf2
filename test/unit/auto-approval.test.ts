// What the rules that approve by themselves say of one request: one valid request, one fact changed.

import { expect, test } from 'vitest';
import { type AutoFacts, autoRulesSchema, cumulativeCap, failedRules } from '../../schema/auto-approval.ts';
import { budgetIdSchema } from '../../schema/ids.ts';
import type { BudgetState } from '../../schema/ledger.ts';

const DAY_MS = 24 * 3_600_000;
const nowMs = Date.UTC(2026, 10, 16);
const rules = autoRulesSchema.parse({ mode: 'on' });

const team: BudgetState = {
  id: budgetIdSchema.parse('main'),
  scope: { kind: 'team' },
  subject: null,
  unit: 'usd',
  period: 'month',
  enforcement: 'hard',
  limit: 100_000_000,
  carried: 0,
  granted: 0,
  settled: 40_000_000,
  held: 0,
  remaining: 60_000_000,
  window: { startMs: Date.UTC(2026, 10, 1), endMs: Date.UTC(2026, 11, 1) },
};

const facts: AutoFacts = {
  wanted: { kind: 'budget_increase', budget: team.id, unit: 'usd', amount: 20_000_000, windowStartMs: 0 },
  budget: team,
  teamBudgets: [team],
  granted: 10_000_000,
  count: 1,
  memberSinceMs: nowMs - 7 * DAY_MS,
  needsTwoRoles: false,
  nowMs,
};

function failedWith(over: Partial<AutoFacts>) {
  return failedRules(rules, { ...facts, ...over });
}

test('a request at the edge of every rule may be approved', () => {
  // Half of the month is over and 40 of 100 dollars are spent: 80 by its end, and 20 asked for.
  expect(failedWith({})).toEqual([]);
});

test.each<[string, Partial<AutoFacts>]>([
  ['maxCumulativePercent', { granted: 10_000_001 }],
  ['maxPerUserPerWindow', { count: 2 }],
  ['minAccountAgeDays', { memberSinceMs: nowMs - 7 * DAY_MS + 1 }],
  ['twoPersonAbove', { needsTwoRoles: true }],
  ['forecast', { teamBudgets: [{ ...team, settled: 40_000_001 }] }],
  ['forecast', { teamBudgets: [team, { ...team, limit: 99_999_999 }] }],
  ['forecast', { nowMs: nowMs - 1 }],
  ['models', { wanted: { kind: 'model_access', models: ['gpt-5'] }, budget: null }],
  [
    'kind',
    { wanted: { kind: 'rate_increase', rate: 'concurrency', party: { kind: 'team' }, amount: 1 }, budget: null },
  ],
])('one step further, %s objects', (rule, over) => {
  expect(failedWith(over)).toContain(rule);
});

test('an amount is held against the limit, and against what the rules say of its unit', () => {
  const wanted = { ...facts.wanted, amount: 20_000_001 } as const;
  expect(failedWith({ wanted, granted: 0, teamBudgets: [] })).toEqual(['maxPercentOfLimit']);
  const capped = autoRulesSchema.parse({ maxAmount: { usd: '19.99', tokens: 1 } });
  expect(failedRules(capped, facts)).toEqual(['maxAmount']);
});

test('a forecast looks at budgets of the same unit alone, and at what they may spend in all', () => {
  expect(failedWith({ teamBudgets: [{ ...team, unit: 'tokens', settled: 90_000_000 }] })).toEqual([]);
  expect(
    failedWith({ teamBudgets: [{ ...team, settled: 45_000_000, carried: 5_000_000, granted: 5_000_000 }] }),
  ).toEqual([]);
  const total = { ...team, settled: 80_000_000, window: { startMs: 0, endMs: null } };
  expect(failedWith({ teamBudgets: [total] })).toEqual([]);
  expect(failedWith({ teamBudgets: [{ ...total, settled: 80_000_001 }] })).toEqual(['forecast']);
});

test('a share of a limit is exact to the unit, also of the largest', () => {
  expect(cumulativeCap(rules, { ...team, limit: 999 })).toBe(299);
  expect(cumulativeCap(rules, { ...team, limit: 1_000_000_000_000_000 })).toBe(300_000_000_000_000);
  expect(cumulativeCap(rules, { ...team, limit: 0 })).toBe(0);
});
