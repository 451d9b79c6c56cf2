// What a target cannot carry, or has no price for, is refused by name before anything is held.

import { describe, expect, test } from 'vitest';
import type { DialectName } from '../../../schema/dialect-name.ts';
import type { JsonObject } from '../../../schema/json.ts';
import { type Multiplier, picos } from '../../../schema/price.ts';
import { succeed } from '../../../schema/result.ts';
import { parseBody } from '../../../worker/dialects/body.ts';
import { Client } from '../../../worker/line/client.ts';
import { dialects } from '../../../worker/line/dialect-table.ts';
import type { Inbound, Target } from '../../../worker/line/gate.ts';
import { renderFor } from '../../../worker/line/rendition.ts';

const MESSAGES = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] };
const RESPONSES = { model: 'm', max_output_tokens: 100, input: 'Hello' };
const rate = picos(1_000_000);
const DOUBLE: Multiplier = { times: 2, per: 1 };

/** The field that is refused, or null where the call is rendered. */
function refusedField(
  client: DialectName,
  body: JsonObject,
  speaks: DialectName,
  multipliers: Readonly<Record<string, Multiplier>> = {},
): string | null {
  const parsed = parseBody(JSON.stringify(body));
  if (!parsed.ok) throw new Error(parsed.failure.message);
  const call = dialects[client].parse(parsed.value.json, 1_000, { operation: client, model: null, search: '' });
  if (!call.ok) throw new Error(call.failure.message);
  const target: Target = {
    model: 'm',
    upstreamModel: 'upstream-m',
    price: {
      version: 'v',
      rates: { input: rate, cacheRead: null, cacheWrite5m: null, cacheWrite1h: null, output: rate },
      tiers: [],
      webSearch: null,
      multipliers,
    },
    contextWindow: 100_000,
    maxOutputTokens: 1_000,
    imageTokens: 0,
    capabilities: null,
    isOutputLimitKnown: true,
    weight: 1,
    firstByteTimeoutMs: null,
    provider: {
      name: 'p',
      speaks: [speaks],
      catalogue: null,
      capMember: 'max_tokens',
      onDisconnect: 'stops',
      send: () => Promise.reject(new Error('not in this test')),
    },
  };
  const inbound: Inbound = {
    dialect: client,
    operation: client,
    pathModel: null,
    search: '',
    headers: new Headers(),
    client: new Client(new AbortController().signal),
    origin: () => 'https://gate.example',
    readBody: () => Promise.resolve(succeed(new Uint8Array())),
  };
  const rendered = renderFor(target, inbound, { call: call.value, body: parsed.value });
  if (rendered.ok) return null;
  return rendered.failure.reason === 'bad_request' ? rendered.failure.field : rendered.failure.reason;
}

const ALL = { 'speed=fast': DOUBLE, 'inference_geo=us': DOUBLE, 'service_tier=priority': DOUBLE };

describe('terms of service', () => {
  test.each([
    [{ speed: 'fast' }, 'speed'],
    [{ inference_geo: 'us' }, 'inference_geo'],
    [{ service_tier: 'priority' }, 'service_tier'],
  ])('%j have a price at a target, or are refused', (change, field) => {
    const body = { ...MESSAGES, ...change };
    expect(refusedField('anthropic-messages', body, 'anthropic-messages')).toBe(field);
    expect(refusedField('anthropic-messages', body, 'anthropic-messages', ALL)).toBeNull();
  });

  test.each([
    [{ speed: 'fast' }, 'speed'],
    [{ inference_geo: 'us' }, 'inference_geo'],
    [{ service_tier: 'priority' }, 'service_tier'],
  ])('%j are refused where they would be lost in translation, whatever has a price', (change, field) => {
    expect(refusedField('anthropic-messages', { ...MESSAGES, ...change }, 'openai-chat', ALL)).toBe(field);
  });

  test('of a response are refused in the same way', () => {
    const body = { ...RESPONSES, service_tier: 'priority' };
    expect(refusedField('openai-responses', body, 'openai-chat', ALL)).toBe('service_tier');
    expect(refusedField('openai-responses', body, 'openai-responses', ALL)).toBeNull();
  });

  test.each([
    {},
    { service_tier: 'auto' },
    { service_tier: 'standard_only', speed: 'standard' },
    { inference_geo: null },
  ])('at the list price pass both ways: %j', (change) => {
    expect(refusedField('anthropic-messages', { ...MESSAGES, ...change }, 'openai-chat')).toBeNull();
    expect(refusedField('anthropic-messages', { ...MESSAGES, ...change }, 'anthropic-messages')).toBeNull();
  });
});
