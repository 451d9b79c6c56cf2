// The ledger as the admin API shows it: amounts in the budget's unit, times as ISO 8601.

import { expect, it } from 'vitest';
import { budgetIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { BudgetState } from '../../../schema/ledger.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const month: BudgetState = {
  id: budgetIdSchema.parse('main'),
  scope: { kind: 'team' },
  subject: null,
  unit: 'usd',
  period: 'month',
  enforcement: 'hard',
  limit: 500_000_000,
  carried: 1_500_000,
  granted: 0,
  settled: 501_500_001,
  held: 20_000,
  remaining: -20_001,
  window: { startMs: Date.parse('2026-11-01T00:00:00Z'), endMs: Date.parse('2026-12-01T00:00:00Z') },
};

it('shows dollars as decimal strings, also below zero, and counts as integers', async () => {
  const team = await api.team();
  const total: BudgetState = {
    ...month,
    scope: { kind: 'each_member' },
    subject: userIdSchema.parse('ada'),
    unit: 'tokens',
    period: 'total',
    limit: 7,
    carried: 0,
    settled: 4,
    held: 1,
    remaining: 2,
    window: { startMs: 0, endMs: null },
  };
  api.ledgers.report = { asOfMs: api.nowMs, holds: 2, outbox: 3, budgets: [month, total] };
  expect(await api.expect(200, 'GET', `/teams/${team}/ledger`)).toEqual({
    asOf: '2026-11-23T10:00:00.000Z',
    version: 1,
    holds: 2,
    outbox: 3,
    budgets: [
      {
        id: 'main',
        scope: { kind: 'team' },
        member: null,
        unit: 'usd',
        period: 'month',
        enforcement: 'hard',
        limit: '500.00',
        carried: '1.50',
        granted: '0.00',
        settled: '501.500001',
        held: '0.02',
        remaining: '-0.020001',
        window: { start: '2026-11-01T00:00:00.000Z', end: '2026-12-01T00:00:00.000Z' },
      },
      expect.objectContaining({
        scope: { kind: 'each_member' },
        member: 'ada',
        limit: 7,
        carried: 0,
        remaining: 2,
        window: { start: '1970-01-01T00:00:00.000Z', end: null },
      }),
    ],
  });
});

it('answers 503 with Retry-After while the ledger is out of reach', async () => {
  const team = await api.team();
  api.ledgers.reachable = false;
  const { status, headers, body } = await api.call('GET', `/teams/${team}/ledger`);
  expect({ status, retryAfter: headers.get('retry-after'), body }).toEqual({
    status: 503,
    retryAfter: '2',
    body: refusal('ledger_unavailable'),
  });
  api.ledgers.reachable = true;
});
