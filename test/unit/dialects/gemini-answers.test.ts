// What Google's clients read that is Headgate's own: refusals in their form, and streams as one JSON array.

import { describe, expect, test } from 'vitest';
import type { Failure } from '../../../schema/failure.ts';
import { budgetIdSchema } from '../../../schema/ids.ts';
import { jsonArray } from '../../../schema/json-array-stream.ts';
import type { BudgetState, RateState } from '../../../schema/ledger.ts';
import { gemini } from '../../../worker/dialects/gemini/gemini.ts';

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
const rate: RateState = { party: { kind: 'team' }, kind: 'requestsPerMinute', limit: 6, used: 6 };

const render = (failure: Failure) => gemini.renderFailure(failure, 'req_1');
const detail = (failure: Failure, type: string): unknown => {
  const { error } = render(failure).body;
  const { details }: { details: { '@type': string }[] } = JSON.parse(JSON.stringify(error));
  return details.find((each) => each['@type'] === `type.googleapis.com/google.rpc.${type}`);
};

describe('a refusal', () => {
  test.each<[Failure, number, string]>([
    [{ reason: 'invalid_key' }, 401, 'UNAUTHENTICATED'],
    [{ reason: 'bad_request', message: 'contents is required.', field: 'contents' }, 400, 'INVALID_ARGUMENT'],
    [{ reason: 'price_unknown', model: 'm' }, 400, 'INVALID_ARGUMENT'],
    [{ reason: 'body_too_large', limitBytes: 1 }, 413, 'INVALID_ARGUMENT'],
    [{ reason: 'unknown_path', method: 'POST', path: '/v1beta/x' }, 404, 'NOT_FOUND'],
    [{ reason: 'model_not_found', model: 'm' }, 404, 'NOT_FOUND'],
    [{ reason: 'model_not_allowed', model: 'm' }, 403, 'PERMISSION_DENIED'],
    [{ reason: 'suspended', party: { kind: 'team' } }, 403, 'PERMISSION_DENIED'],
    [{ reason: 'exhausted', budget, estimate: 1, retryAfterMs: null }, 429, 'RESOURCE_EXHAUSTED'],
    [{ reason: 'ledger_unavailable' }, 503, 'UNAVAILABLE'],
    [{ reason: 'upstream_timeout', provider: 'gemini', timeoutMs: 1 }, 504, 'DEADLINE_EXCEEDED'],
    [{ reason: 'internal' }, 500, 'INTERNAL'],
    [{ reason: 'upstream_refused', provider: 'p', status: 404, message: 'no', retryAfterMs: null }, 404, 'NOT_FOUND'],
  ])('of %o has Google’s code and status', (failure, code, status) => {
    const { status: sent, body } = render(failure);
    expect(sent).toBe(code);
    expect(body).toMatchObject({ error: { code, status, message: expect.any(String) } });
    expect(detail(failure, 'ErrorInfo')).toMatchObject({
      domain: 'headgate',
      reason: failure.reason === 'invalid_key' ? 'INVALID_API_KEY' : failure.reason.toUpperCase(),
    });
    expect(detail(failure, 'RequestInfo')).toMatchObject({ requestId: 'req_1' });
  });

  test.each(['exhausted', 'too_expensive'] as const)('that is %s is final to every client', (reason) => {
    const failure = { reason, budget, estimate: 1_000_000, retryAfterMs: null };
    expect(render(failure).headers).toEqual({ 'x-should-retry': 'false' });
    expect(detail(failure, 'QuotaFailure')).toMatchObject({
      violations: [{ quotaId: expect.stringContaining('PerDay'), description: expect.stringContaining('$500.00') }],
    });
    expect(detail(failure, 'RetryInfo')).toBeUndefined();
    expect(JSON.stringify(render(failure).body)).toContain('Retry limit: 0.');
    expect(detail(failure, 'ErrorInfo')).toMatchObject({
      metadata: { budget: 'monthly', settled: '500.00', estimate: '1.00' },
    });
  });

  test.each<Failure>([
    { reason: 'contended', budget, estimate: 1, retryAfterMs: 1_500 },
    { reason: 'rate_limited', rate, estimate: 1, retryAfterMs: 1_500 },
  ])('that is $reason says when to come back', (failure) => {
    expect(render(failure).headers).toEqual({ 'retry-after': '2' });
    expect(detail(failure, 'RetryInfo')).toMatchObject({ retryDelay: '2s' });
    expect(detail(failure, 'QuotaFailure')).toBeUndefined();
  });

  test('by a rate for which waiting does not help is final', () => {
    const failure: Failure = { reason: 'rate_limited', rate: { ...rate, limit: 0 }, estimate: 1, retryAfterMs: null };
    expect(detail(failure, 'QuotaFailure')).toBeDefined();
  });

  test('names the field that is wrong', () => {
    const failure: Failure = { reason: 'bad_request', message: 'contents is required.', field: 'contents' };
    expect(detail(failure, 'BadRequest')).toMatchObject({
      fieldViolations: [{ field: 'contents', description: 'contents is required.' }],
    });
  });
});

const event = (data: string | null) => ({ event: null, data });

const made = (operation: string, search: string) => {
  const body = { contents: [] };
  const call = gemini.parse(body, 10, { operation, model: 'm', search });
  return call.ok ? (gemini.rewriter?.(call.value) ?? null) !== null : null;
};

describe('a JSON array', () => {
  const lastWords = gemini.renderStreamFailure({ reason: 'internal' }, 'req_1', null);

  test('is whole after its end, whatever came', () => {
    for (const chunks of [[], ['{"a":1}'], ['{"a":1}', null, '{"b":"[]"}', '{\n"c":3}']]) {
      const array = jsonArray();
      const text = chunks.map((chunk) => array.push(event(chunk))).join('') + array.end();
      const values: unknown = chunks.flatMap((chunk) => (chunk === null ? [] : [JSON.parse(chunk)]));
      expect(JSON.parse(text)).toEqual(values);
    }
  });

  test('that breaks off says so as its last element', () => {
    for (const chunks of [[], ['{"a":1}']]) {
      const array = jsonArray();
      const text = chunks.map((chunk) => array.push(event(chunk))).join('') + (array.breakOff?.(lastWords) ?? '');
      const values: unknown[] = JSON.parse(text);
      expect(values).toHaveLength(chunks.length + 1);
      expect(values.at(-1)).toMatchObject({ error: { code: 500, status: 'INTERNAL' } });
    }
  });

  test('in which the provider said the last words is closed after them', () => {
    const array = jsonArray();
    expect(JSON.parse(array.push(event('{"error":{}}')) + (array.breakOff?.(null) ?? ''))).toEqual([{ error: {} }]);
  });

  test('is made unless the client asked for events', () => {
    expect(made('streamGenerateContent', '')).toBe(true);
    expect(made('streamGenerateContent', '?alt=json')).toBe(true);
    expect(made('streamGenerateContent', '?alt=sse')).toBe(false);
    expect(made('streamGenerateContent', '?%24alt=sse')).toBe(false);
    expect(made('generateContent', '')).toBe(false);
  });
});
