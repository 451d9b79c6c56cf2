// Usage as every provider writes it, in hand-made bodies of their shapes.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { NO_USAGE, totalUsage } from '../../../schema/usage.ts';
import { mergeUsage, readMessagesUsage } from '../../../worker/dialects/anthropic-messages/usage.ts';
import { findUsage, readChatUsage } from '../../../worker/dialects/openai-chat/usage.ts';

const readUsage = (usage: JsonObject) => readChatUsage(usage, 0);

describe('chat usage', () => {
  test.each([
    ['plain', { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }, { input: 10, output: 5 }],
    ['without a total', { prompt_tokens: 10, completion_tokens: 5 }, { input: 10, output: 5 }],
    ['an embedding', { prompt_tokens: 10, total_tokens: 10 }, { input: 10 }],
    [
      'cached',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, prompt_tokens_details: { cached_tokens: 4 } },
      { input: 6, cacheRead: 4, output: 5 },
    ],
    [
      'written to a cache',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
      },
      { input: 3, cacheRead: 4, cacheWrite5m: 3, output: 5 },
    ],
    [
      'DeepSeek',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_cache_hit_tokens: 8,
        prompt_cache_miss_tokens: 2,
      },
      { input: 2, cacheRead: 8, output: 5 },
    ],
    [
      'Moonshot',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, cached_tokens: 10 },
      { cacheRead: 10, output: 5 },
    ],
    [
      'Mistral',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, num_cached_tokens: 1 },
      { input: 9, cacheRead: 1, output: 5 },
    ],
    [
      'reasoning inside',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, completion_tokens_details: { reasoning_tokens: 4 } },
      { input: 10, output: 5, reasoning: 4 },
    ],
    [
      'reasoning on top, as xAI bills it',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 19, completion_tokens_details: { reasoning_tokens: 4 } },
      { input: 10, output: 9, reasoning: 4 },
    ],
    [
      'details that are null',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, prompt_tokens_details: null, reasoning_tokens: 2 },
      { input: 10, output: 5, reasoning: 2 },
    ],
  ])('%s', (_, usage, expected) => {
    const reading = readUsage(usage);
    expect(totalUsage(reading?.lines ?? [])).toEqual({ ...NO_USAGE, ...expected });
    expect(reading?.inexact).toBe(false);
  });

  test('that contradicts itself takes the larger reading and says so', () => {
    const larger = readUsage({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 40 });
    expect(larger).toMatchObject({ inexact: true, lines: [{ usage: { output: 30 } }] });
    const smaller = readUsage({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 12 });
    expect(smaller).toMatchObject({ inexact: true, lines: [{ usage: { output: 5 } }] });
    const cached = readUsage({
      prompt_tokens: 10,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 12 },
    });
    expect(cached).toMatchObject({ inexact: true, lines: [{ usage: { input: 0, cacheRead: 10 } }] });
  });

  test.each([
    {},
    { prompt_tokens: -1 },
    { prompt_tokens: 1.5 },
    { prompt_tokens: '1' },
    { prompt_tokens: 1, completion_tokens: Number.NaN },
    { prompt_tokens: 1, total_tokens: -1 },
  ])('%j is none', (usage) => {
    expect(readUsage(usage)).toBeNull();
  });

  test('bills the searches that the call asked for, since it does not count them itself', () => {
    expect(readChatUsage({ prompt_tokens: 1 }, 2)?.lines).toMatchObject([{ usage: { webSearches: 2 } }]);
  });

  test('is found at the top or inside the first choice', () => {
    const usage = { prompt_tokens: 1 };
    expect(findUsage({ usage })).toBe(usage);
    expect(findUsage({ usage: null, choices: [{ usage }] })).toBe(usage);
    expect(findUsage({ choices: [] })).toBeNull();
  });
});

describe('messages usage', () => {
  const start = {
    input_tokens: 43,
    cache_read_input_tokens: 5,
    cache_creation_input_tokens: 100,
    cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 0 },
    output_tokens: 1,
  };

  test('grows between start and delta, field by field, and null says nothing', () => {
    const merged = mergeUsage(start, { input_tokens: 61, cache_read_input_tokens: null, output_tokens: 20 });
    expect(readMessagesUsage(merged, '5m')?.lines).toMatchObject([
      { usage: { input: 61, cacheRead: 5, cacheWrite5m: 100, cacheWrite1h: 0, output: 20 } },
    ]);
  });

  test.each([
    ['none', { cacheWrite5m: 130, cacheWrite1h: 0 }],
    ['5m', { cacheWrite5m: 130, cacheWrite1h: 0 }],
    ['1h', { cacheWrite5m: 100, cacheWrite1h: 30 }],
  ] as const)('gives writes of unknown lifetime the longest asked for (%s)', (cacheWrite, written) => {
    const merged = mergeUsage(start, { cache_creation_input_tokens: 130, output_tokens: 20 });
    expect(readMessagesUsage(merged, cacheWrite)?.lines).toMatchObject([{ usage: written }]);
  });

  test('is billed iteration by iteration, each at its own model', () => {
    const iterations = [
      { type: 'message', input_tokens: 10, output_tokens: 2 },
      { type: 'advisor_message', model: 'claude-opus-4-7', input_tokens: 100, output_tokens: 20 },
      { type: 'compaction', input_tokens: 1_000, output_tokens: 200 },
    ];
    const reading = readMessagesUsage({ ...start, iterations, server_tool_use: { web_search_requests: 2 } }, '5m');
    expect(reading?.lines.map(({ model, usage }) => [model, usage.input, usage.output, usage.webSearches])).toEqual([
      [null, 10, 2, 2],
      ['claude-opus-4-7', 100, 20, 0],
      [null, 1_000, 200, 0],
    ]);
  });

  test('takes the whole where the iterations explain less than it', () => {
    const iterations = [{ type: 'message', input_tokens: 10, output_tokens: 5 }];
    const reading = readMessagesUsage({ input_tokens: 1_000, output_tokens: 500, iterations }, '5m');
    expect(reading).toMatchObject({ inexact: true, lines: [{ usage: { input: 1_000, output: 500 } }] });
    expect(reading?.lines).toHaveLength(1);
  });

  test.each([
    { output_tokens: 1 },
    { input_tokens: -1 },
    { input_tokens: 1, iterations: [{ output_tokens: 1 }] },
    { input_tokens: 1, server_tool_use: { web_search_requests: -1 } },
  ])('%j is none', (usage) => {
    expect(readMessagesUsage(usage, '5m')).toBeNull();
  });
});
