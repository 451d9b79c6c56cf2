// Usage as Converse reports it: four disjoint counts, lifetimes of caches, and totals that do not add up.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import type { StreamEvent } from '../../../schema/stream-event.ts';
import type { Meter } from '../../../worker/dialects/dialect.ts';
import { readConverseUsage } from '../../../worker/dialects/bedrock-converse/usage.ts';
import { bedrockConverse } from '../../../worker/dialects/bedrock-converse/bedrock-converse.ts';

const plain: JsonObject = { inputTokens: 100, outputTokens: 20, totalTokens: 120 };

function usageOf(usage: JsonObject, cacheWrite: 'none' | '5m' | '1h' = '5m') {
  const reading = readConverseUsage(usage, cacheWrite);
  return reading === null ? null : { ...reading.lines[0]?.usage, inexact: reading.inexact };
}

describe('usage', () => {
  test.each([
    ['plain', plain, { input: 100, output: 20, inexact: false }],
    [
      'with cache, in a total that counts it',
      { ...plain, totalTokens: 190, cacheReadInputTokens: 40, cacheWriteInputTokens: 30 },
      { input: 100, cacheRead: 40, cacheWrite5m: 30, cacheWrite1h: 0, output: 20, inexact: false },
    ],
    [
      'with cache, in a total that does not',
      { ...plain, cacheReadInputTokens: 40 },
      { input: 100, cacheRead: 40, output: 20, inexact: false },
    ],
    [
      'under the longer names',
      { ...plain, cacheReadInputTokenCount: 40, cacheWriteInputTokenCount: 30 },
      { cacheRead: 40, cacheWrite5m: 30 },
    ],
    [
      'under both names, counted once',
      { ...plain, cacheReadInputTokens: 40, cacheReadInputTokenCount: 40 },
      { cacheRead: 40 },
    ],
    [
      'with lifetimes',
      {
        ...plain,
        cacheWriteInputTokens: 30,
        cacheDetails: [
          { ttl: '1h', inputTokens: 20 },
          { ttl: '5m', inputTokens: 10 },
        ],
      },
      { cacheWrite5m: 10, cacheWrite1h: 20 },
    ],
    ['whose total is larger than its parts', { ...plain, totalTokens: 150 }, { input: 130, output: 20, inexact: true }],
    ['whose total is smaller', { ...plain, totalTokens: 90 }, { input: 100, output: 20, inexact: true }],
    ['without a total', { inputTokens: 1, outputTokens: 2 }, { input: 1, output: 2, inexact: false }],
    ['of nothing', { inputTokens: 0, outputTokens: 0, totalTokens: 0 }, { input: 0, output: 0, inexact: false }],
    ['with tools that have no price', { ...plain, serverToolUsage: { webSearches: 2 } }, { inexact: true }],
    ['with tools that were not used', { ...plain, serverToolUsage: {} }, { inexact: false }],
  ])('%s', (_, usage, expected) => {
    expect(usageOf(usage)).toMatchObject(expected);
  });

  test('gives writes of unknown lifetime the longest that was asked for', () => {
    const usage = { ...plain, cacheWriteInputTokens: 30, cacheDetails: [{ ttl: '5m', inputTokens: 10 }] };
    expect(usageOf(usage, '1h')).toMatchObject({ cacheWrite5m: 10, cacheWrite1h: 20 });
    expect(usageOf(usage, '5m')).toMatchObject({ cacheWrite5m: 30, cacheWrite1h: 0 });
  });

  test.each([
    ['inputTokens', -1],
    ['inputTokens', undefined],
    ['inputTokens', '7'],
    ['outputTokens', 1.5],
    ['totalTokens', -3],
    ['cacheReadInputTokens', -1],
    ['cacheWriteInputTokenCount', Number.NaN],
    ['cacheDetails', [{ ttl: '5m', inputTokens: -1 }]],
  ])('with %s = %j is none', (member, value) => {
    expect(usageOf({ ...plain, [member]: value })).toBeNull();
  });
});

describe('a stream', () => {
  test('is complete with its end, and final with its usage', () => {
    const stream = meter();
    stream.observe(event('contentBlockDelta', { delta: { text: 'Grüße' } }));
    expect(stream.report()).toEqual({ reading: null, final: false, state: 'open', contentBytes: 7 });
    stream.observe(event('messageStop', { stopReason: 'end_turn' }));
    expect(stream.report()).toMatchObject({ state: 'complete', final: false });
    expect(stream.isOver()).toBe(false);
    stream.observe(event('metadata', { usage: plain }));
    expect(stream.report()).toMatchObject({ state: 'complete', final: true });
    expect(stream.isOver()).toBe(true);
  });

  test('that an exception ends has failed', () => {
    const stream = meter();
    stream.observe(event('exception', { type: 'throttlingException', message: 'Slow down' }));
    expect(stream.report()).toMatchObject({ reading: null, state: 'failed' });
  });
});

function meter(): Meter {
  return bedrockConverse.meter({ wantsUsage: true, cacheWrite: 'none', webSearches: 0 });
}

function event(name: string, payload: object): StreamEvent {
  return { event: name, data: JSON.stringify(payload) };
}
