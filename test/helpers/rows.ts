// Rows of calls in any state, for tests of what is done with them.

import type { EndedCall, OpenCall } from '../../durable-objects/ledger/call-row.ts';
import { budgetIdSchema, type CallId, callId, keyIdSchema, userIdSchema } from '../../schema/ids.ts';
import { NO_AMOUNTS } from '../../schema/amounts.ts';
import { micros } from '../../schema/micros.ts';
import { NO_USAGE } from '../../schema/usage.ts';

export function rowId(number: number): CallId {
  return callId(`req_${String(number).padStart(26, '0')}`);
}

export function openRow(number: number, change: Partial<OpenCall> = {}): OpenCall {
  const amounts = { usd: micros(100), tokens: 10, requests: 1 };
  return {
    state: 'held',
    id: rowId(number),
    key: keyIdSchema.parse('00000001'),
    member: userIdSchema.parse('ada'),
    facts: { model: 'm', provider: 'p', upstreamModel: 'u', dialect: 'openai-chat', stream: false, priceVersion: 'v' },
    admittedAtMs: 0,
    expiresAtMs: 60_000,
    asked: amounts,
    held: amounts,
    charges: [{ budget: budgetIdSchema.parse('monthly'), counted: 'team', windowStartMs: 0, windowEndMs: 1_000_000 }],
    overBudgets: [],
    ...change,
  };
}

export function endedRow(number: number, change: Partial<EndedCall> = {}): EndedCall {
  return {
    ...openRow(number),
    state: 'settled',
    settled: { usd: micros(60), tokens: 8, requests: 1 },
    ending: { outcome: 'completed', status: 200, usage: NO_USAGE, estimated: false, latencyMs: 1, ttfbMs: 1 },
    endedAtMs: 0,
    revision: 0,
    replaced: NO_AMOUNTS,
    ...change,
  };
}
