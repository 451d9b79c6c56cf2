// Which approvals a request needs by a team's rules, at the edges of each amount; and what reading and writing rules keeps.

import { describe, expect, it } from 'vitest';
import {
  approvalRulesInput,
  approvalRulesSchema,
  approvalsNeeded,
  DEFAULT_APPROVAL_RULES,
} from '../../../schema/approval-policy.ts';

const rulesOf = (written: object) => approvalRulesInput.parse(written);
const usd = (amount: number, limit = 1_000_000_000) => ({ unit: 'usd', amount, limit }) as const;
const tokens = (amount: number, limit = 1_000_000) => ({ unit: 'tokens', amount, limit }) as const;

describe('the approvals a request needs', () => {
  it.each([
    ['one, if nothing is said', {}, usd(900_000_000), 1, false],
    ['as many as the quorum', { quorum: 3 }, usd(1), 3, false],
    ['as many as the quorum, for models', { quorum: 2, twoPersonAbove: { usd: '0' } }, null, 2, false],
    ['one up to the amount', { twoPersonAbove: { usd: '100.00' } }, usd(100_000_000), 1, false],
    ['two above the amount', { twoPersonAbove: { usd: '100.00' } }, usd(100_000_001), 2, true],
    ['three above the amount, with that quorum', { quorum: 3, twoPersonAbove: { usd: '1' } }, usd(1_000_001), 3, true],
    ['one where the amount is of another unit', { twoPersonAbove: { usd: '0.00' } }, tokens(1_000), 1, false],
    ['two above an amount of its own unit', { twoPersonAbove: { tokens: 999 } }, tokens(1_000), 2, true],
    ['one up to the share', { twoPersonAbove: { percentOfLimit: 50 } }, tokens(500_000), 1, false],
    ['two above the share', { twoPersonAbove: { percentOfLimit: 50 } }, tokens(500_001), 2, true],
    ['two for anything on a limit of nothing', { twoPersonAbove: { percentOfLimit: 50 } }, tokens(1, 0), 2, true],
  ])('are %s', (_, written, asked, count, differentRoles) => {
    expect(approvalsNeeded(rulesOf(written), asked)).toEqual({ count, differentRoles });
  });
});

it('rules come back from what is stored as they were', () => {
  const rules = rulesOf({ twoPersonAbove: { usd: '1000.50', tokens: 7 }, escalateAfterHours: null, maxGrantDays: 3 });
  expect(approvalRulesSchema.parse(JSON.parse(JSON.stringify(approvalRulesSchema.encode(rules))))).toEqual(rules);
  expect(DEFAULT_APPROVAL_RULES).toEqual(rulesOf({}));
});
