// A call in the words of OpenTelemetry's GenAI conventions.

import { describe, expect, it } from 'vitest';
import { callId, teamIdSchema } from '../../../schema/ids.ts';
import { micros } from '../../../schema/micros.ts';
import { callOutcomes, type CallEnding } from '../../../schema/usage-event.ts';
import { type ObservedCall, type ObservedEnd, type OtlpSpan, spanOf } from '../../../worker/telemetry/span.ts';

const call: ObservedCall = {
  callId: callId(`req_${'0'.repeat(26)}`),
  team: teamIdSchema.parse('payments'),
  dialect: 'anthropic-messages',
  model: 'claude-sonnet-4-5',
  stream: true,
  outputCap: 1_024,
  startedAtMs: 1_796_000_000_123,
  endedAtMs: 1_796_000_002_000,
};
const ending: CallEnding = {
  outcome: 'completed',
  status: 200,
  usage: { input: 5, cacheRead: 100, cacheWrite5m: 20, cacheWrite1h: 3, output: 50, reasoning: 40, webSearches: 0 },
  estimated: false,
  latencyMs: 1_877,
  ttfbMs: 250,
};
const end: ObservedEnd = {
  kind: 'ended',
  system: 'anthropic',
  upstreamModel: 'claude-sonnet-4-5-20250929',
  priceVersion: 'v1',
  cost: micros(1_234),
  ending,
};
const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };

function attributes({ attributes: all }: OtlpSpan): Record<string, unknown> {
  return Object.fromEntries(all.map(({ key, value }) => [key, Object.values(value)[0]]));
}

describe('the span of a call', () => {
  it('says what the convention asks for, with cached input as part of the input', () => {
    const span = spanOf(call, end, null, ids);
    expect(span).toMatchObject({
      name: 'chat claude-sonnet-4-5',
      kind: 3,
      ...ids,
      startTimeUnixNano: '1796000000123000000',
      endTimeUnixNano: '1796000002000000000',
      status: { code: 0 },
    });
    expect(span.parentSpanId).toBeUndefined();
    expect(attributes(span)).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      'gen_ai.request.stream': true,
      'gen_ai.request.max_tokens': '1024',
      'gen_ai.response.model': 'claude-sonnet-4-5-20250929',
      'gen_ai.response.time_to_first_chunk': 0.25,
      'gen_ai.usage.input_tokens': '128',
      'gen_ai.usage.output_tokens': '50',
      'gen_ai.usage.cache_read.input_tokens': '100',
      'gen_ai.usage.cache_creation.input_tokens': '23',
      'gen_ai.usage.reasoning.output_tokens': '40',
      'http.response.status_code': '200',
      'ai_gateway.call.id': call.callId,
      'ai_gateway.team': 'payments',
      'ai_gateway.dialect': 'anthropic-messages',
      'ai_gateway.outcome': 'completed',
      'ai_gateway.cost.micro_usd': '1234',
      'ai_gateway.cost.estimated': false,
      'ai_gateway.price.version': 'v1',
      'ai_gateway.attempts': '1',
    });
  });

  it('is a child of the span of its client', () => {
    const parent = { traceId: 'c'.repeat(32), parentSpanId: 'd'.repeat(16), sampled: true };
    expect(spanOf(call, end, parent, ids)).toMatchObject({
      traceId: parent.traceId,
      spanId: ids.spanId,
      parentSpanId: parent.parentSpanId,
    });
  });

  it('measures seconds as numbers with a fraction, also where they are whole', () => {
    const span = spanOf(call, { ...end, ending: { ...ending, ttfbMs: 2_000 } }, null, ids);
    expect(span.attributes).toContainEqual({
      key: 'gen_ai.response.time_to_first_chunk',
      value: { doubleValue: 2 },
    });
  });

  it.each(callOutcomes)('says of a call that was %s whether that is an error', (outcome) => {
    const span = spanOf(call, { ...end, ending: { ...ending, outcome, status: 503 } }, null, ids);
    const isError = outcome !== 'completed' && outcome !== 'client_gone';
    const type = outcome === 'upstream_refused' ? '503' : outcome;
    expect(span.status).toEqual(isError ? { code: 2, message: type } : { code: 0 });
    expect(attributes(span)['error.type']).toBe(isError ? type : undefined);
  });

  it('of a refused call has the reason, and no usage', () => {
    const span = spanOf(call, { kind: 'refused', reason: 'exhausted' }, null, ids);
    expect(span.status).toEqual({ code: 2, message: 'exhausted' });
    expect(attributes(span)).toMatchObject({ 'error.type': 'exhausted', 'ai_gateway.outcome': 'refused' });
    expect(Object.keys(attributes(span)).filter((key) => key.startsWith('gen_ai.usage'))).toEqual([]);
  });

  it('does not end before it began, whatever the clock does', () => {
    const span = spanOf({ ...call, endedAtMs: call.startedAtMs - 5 }, end, null, ids);
    expect(span.endTimeUnixNano).toBe(span.startTimeUnixNano);
  });
});
