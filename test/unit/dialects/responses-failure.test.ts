// Refusals and broken streams as clients of the Responses API read them. Codex asks six times after a 402, once after a 429
// that names the quota; the SDKs stop where x-should-retry says so.

import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../schema/failure.ts';
import { budgetIdSchema } from '../../../schema/ids.ts';
import type { BudgetState } from '../../../schema/ledger.ts';
import {
  renderResponsesFailure,
  renderResponsesStreamFailure,
} from '../../../worker/dialects/openai-responses/failure.ts';

const budget: BudgetState = {
  id: budgetIdSchema.parse('monthly'),
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
  window: { startMs: 0, endMs: null },
};
const broken: Failure = { reason: 'upstream_invalid', provider: 'openai', message: 'broke the answer off' };

const events = (lastRead: string | null) =>
  renderResponsesStreamFailure(broken, 'req_01k', lastRead)
    .split('\n\n')
    .slice(0, -1)
    .map((frame) => {
      const [name = '', data = ''] = frame.split('\n');
      return { name, data: JSON.parse(data.replace('data: ', '')) };
    });

describe('a budget without room', () => {
  test.each([
    ['exhausted', 'usage_limit_reached'],
    ['too_expensive', 'insufficient_quota'],
  ] as const)('(%s) is a 429 that names the quota, once', (reason, type) => {
    expect(renderResponsesFailure({ reason, budget, estimate: 1, retryAfterMs: null }, 'req_1')).toMatchObject({
      status: 429,
      headers: { 'x-should-retry': 'false' },
      body: { error: { type, code: reason, details: { budget: 'monthly' } } },
    });
  });

  test.each([
    [1_764_547_200_000, 1_764_547_200],
    [1_764_547_200_001, 1_764_547_201],
    [null, null],
  ])('(until %s) says in seconds when it starts anew', (endMs, resetsAt) => {
    const ending = { ...budget, window: { startMs: 0, endMs } };
    const rendered = renderResponsesFailure(
      { reason: 'exhausted', budget: ending, estimate: 1, retryAfterMs: null },
      'req_1',
    );
    expect(rendered.body).toMatchObject({ error: { plan_type: 'business', resets_at: resetsAt } });
  });

  test('that only calls now running take up is worth another try', () => {
    expect(
      renderResponsesFailure({ reason: 'contended', budget, estimate: 1, retryAfterMs: 1_500 }, 'req_1'),
    ).toMatchObject({ status: 429, headers: { 'retry-after': '2' }, body: { error: { type: 'rate_limit_error' } } });
  });
});

test.each<[Failure, number]>([
  [{ reason: 'invalid_key' }, 401],
  [{ reason: 'bad_request', message: 'x', field: 'input' }, 400],
  [{ reason: 'body_too_large', limitBytes: 1 }, 413],
  [{ reason: 'model_not_found', model: 'x' }, 404],
  [{ reason: 'model_not_allowed', model: 'x' }, 403],
  [{ reason: 'price_unknown', model: 'x' }, 400],
  [{ reason: 'ledger_unavailable' }, 503],
  [{ reason: 'upstream_unreachable', provider: 'x' }, 502],
  [{ reason: 'upstream_timeout', provider: 'x', timeoutMs: 1 }, 504],
])('%j has the status that all of OpenAI’s protocols have', (failure, status) => {
  expect(renderResponsesFailure(failure, 'req_1').status).toBe(status);
});

describe('a stream that breaks', () => {
  test('says so, and ends the response as failed', () => {
    expect(events(null)).toEqual([
      {
        name: 'event: error',
        data: {
          type: 'error',
          sequence_number: 0,
          code: 'upstream_invalid',
          message: 'The provider "openai" broke the answer off.',
          param: null,
          error: expect.objectContaining({ code: 'upstream_invalid', type: 'server_error', request_id: 'req_01k' }),
        },
      },
      {
        name: 'event: response.failed',
        data: {
          type: 'response.failed',
          sequence_number: 1,
          response: expect.objectContaining({
            id: 'resp_01k',
            object: 'response',
            status: 'failed',
            error: { code: 'upstream_invalid', message: 'The provider "openai" broke the answer off.' },
            usage: null,
          }),
        },
      },
    ]);
  });

  test.each([
    ['{"type":"response.output_text.delta","sequence_number":41,"delta":"x"}', 42],
    ['{"sequence_number": 7}', 8],
    ['event: a\ndata: {"sequence_number":3}\n\nevent: b\ndata: {"sequence_number":4}\n\n', 5],
    [JSON.stringify({ delta: '"sequence_number":99', sequence_number: 12 }), 13],
    [JSON.stringify({ sequence_number: 12, delta: '\\"sequence_number":99' }), 13],
    [JSON.stringify({ delta: '"sequence_number":99' }), 0],
    ['[DONE]', 0],
  ])('numbers on after %s', (lastRead, next) => {
    expect(events(lastRead).map(({ data }) => data.sequence_number)).toEqual([next, next + 1]);
  });
});
