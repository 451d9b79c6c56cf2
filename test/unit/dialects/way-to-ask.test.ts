// The request for more that a refusal offers: filled in, in the budget's unit, and only where an approval would help.

import { expect, test } from 'vitest';
import type { Failure } from '../../../schema/failure.ts';
import { budgetIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { BudgetState } from '../../../schema/ledger.ts';
import { messageOf } from '../../../worker/dialects/refusal-text.ts';
import { pageToAsk, seenAt, wayToAsk } from '../../../worker/dialects/way-to-ask.ts';

const budget: BudgetState = {
  id: budgetIdSchema.parse('main'),
  scope: { kind: 'team' },
  subject: null,
  unit: 'usd',
  period: 'month',
  enforcement: 'hard',
  limit: 500_000_000,
  carried: 0,
  granted: 0,
  settled: 500_000_000,
  held: 0,
  remaining: 0,
  window: { startMs: 0, endMs: 1 },
};

function proposed(over: Partial<BudgetState>, estimate: number, reason: 'exhausted' | 'too_expensive' = 'exhausted') {
  return wayToAsk({ reason, budget: { ...budget, ...over }, estimate, retryAfterMs: null });
}

function askFor(amount: string | number) {
  const body = { kind: 'budget_increase', budget: 'main', amount, reason: '' };
  return { method: 'POST', path: '/me/requests', body };
}

function rateAsk(amount: number, rate: string, scope: string) {
  return { method: 'POST', path: '/me/requests', body: { kind: 'rate_increase', rate, scope, amount, reason: '' } };
}

test('of a budget asks for a fifth of its limit, or for what the call needs if that is more, in whole cents', () => {
  expect(proposed({}, 1)).toEqual(askFor('100.00'));
  expect(proposed({}, 100_000_001, 'too_expensive')).toEqual(askFor('100.01'));
  expect(proposed({ limit: 0 }, 1)).toEqual(askFor('0.01'));
  expect(proposed({ limit: 1_000_000_000_000_000 }, 1_000_000_000_000_000)).toEqual(askFor('1000000000.00'));
});

test('of a counted budget asks for a count', () => {
  expect(proposed({ unit: 'tokens', limit: 1_001 }, 7)).toEqual(askFor(201));
  expect(proposed({ unit: 'requests', limit: 0 }, 1)).toEqual(askFor(1));
});

test('of a model that needs approval asks for that model', () => {
  expect(wayToAsk({ reason: 'approval_required', model: 'claude-opus-5' })).toEqual({
    method: 'POST',
    path: '/me/requests',
    body: { kind: 'model_access', models: ['claude-opus-5'], reason: '' },
  });
});

const exhausted: Failure = { reason: 'exhausted', budget, estimate: 1, retryAfterMs: null };
const needed: Failure = { reason: 'approval_required', model: 'inhouse/coder & more' };
const gate = () => 'https://gate.example';

test('leads to a page with the same filled in, where the gateway was reached', () => {
  const page = 'https://gate.example/ask#kind=budget_increase&budget=main&amount=100.00';
  expect(pageToAsk(seenAt(exhausted, gate))).toBe(page);
  expect(wayToAsk(seenAt(exhausted, gate))).toEqual({ ...askFor('100.00'), page });
  expect(messageOf(seenAt(exhausted, gate))).toMatch(/ Ask for more: https:\/\/gate\.example\/ask#\S+$/);
  expect(pageToAsk(seenAt(needed, gate))).toBe(
    'https://gate.example/ask#kind=model_access&models=inhouse%2Fcoder+%26+more',
  );
});

test('names the team lead where nobody has said where the gateway is', () => {
  expect(pageToAsk(exhausted)).toBeNull();
  expect(messageOf(exhausted)).toMatch(/Ask your team lead for more\.$/);
  expect(messageOf(needed)).toMatch(/Ask your team lead for it\.$/);
});

test('of a rate asks where waiting does not help: what the call is above it, or a fifth', () => {
  const rate = { party: { kind: 'team' }, kind: 'tokensPerMinute', limit: 1_000, used: 0 } as const;
  expect(wayToAsk({ reason: 'rate_limited', rate, estimate: 1_500, retryAfterMs: null })).toEqual(
    rateAsk(500, 'tokensPerMinute', 'team'),
  );
  expect(wayToAsk({ reason: 'rate_limited', rate, estimate: 1_001, retryAfterMs: null })).toEqual(
    rateAsk(200, 'tokensPerMinute', 'team'),
  );
  const atOnce = {
    party: { kind: 'member', id: userIdSchema.parse('ada') },
    kind: 'concurrency',
    limit: 2,
    used: 2,
  } as const;
  expect(wayToAsk({ reason: 'concurrency_exceeded', rate: atOnce, estimate: 1, retryAfterMs: null })).toEqual(
    rateAsk(1, 'concurrency', 'member'),
  );
  expect(wayToAsk({ reason: 'rate_limited', rate, estimate: 10, retryAfterMs: 30_000 })).toBeNull();
});

test.each<Failure>([
  { reason: 'contended', budget, estimate: 1, retryAfterMs: 1 },
  { reason: 'model_not_allowed', model: 'm' },
  { reason: 'invalid_key' },
  { reason: 'ledger_unavailable' },
])('of $reason there is nothing to ask for', (failure) => {
  expect(wayToAsk(failure)).toBeNull();
  expect(seenAt(failure, gate)).toBe(failure);
});
