// What clients of other dialects are shown of a chat completion's usage, whichever way its server says it.

import { expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { chatUsageOf, usageIn } from '../../../worker/translation/chat-usage.ts';

const said = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
const read = { prompt: 100, cacheRead: 0, cacheWritten: 0, output: 20, reasoning: 0 };

test.each<[string, JsonObject, Partial<typeof read>]>([
  [
    'OpenAI',
    { prompt_tokens_details: { cached_tokens: 64, cache_write_tokens: 6 } },
    { cacheRead: 64, cacheWritten: 6 },
  ],
  ['DeepSeek', { prompt_cache_hit_tokens: 64 }, { cacheRead: 64 }],
  ['Moonshot', { cached_tokens: 64 }, { cacheRead: 64 }],
  ['Mistral', { num_cached_tokens: 64 }, { cacheRead: 64 }],
  ['Mistral, elsewhere', { prompt_token_details: { cached_tokens: 64 } }, { cacheRead: 64 }],
  ['OpenAI, reasoning', { completion_tokens_details: { reasoning_tokens: 8 } }, { reasoning: 8 }],
  ['DeepSeek at Azure', { reasoning_tokens: 8, prompt_tokens_details: null }, { reasoning: 8 }],
  ['xAI', { total_tokens: 130, completion_tokens_details: { reasoning_tokens: 10 } }, { output: 30, reasoning: 10 }],
  ['more read than asked', { prompt_tokens_details: { cached_tokens: 140 } }, { cacheRead: 100 }],
  ['nonsense', { completion_tokens: -5, prompt_tokens_details: { cached_tokens: 'many' } }, { output: 0 }],
])('%s', (_server, change, expected) => {
  expect(chatUsageOf({ ...said, ...change })).toEqual({ ...read, ...expected });
});

test('usage is found at the top, in the choice, or nowhere', () => {
  expect(usageIn({ usage: said, choices: [{ usage: {} }] })).toBe(said);
  expect(usageIn({ usage: null, choices: [{ usage: said }] })).toBe(said);
  expect(usageIn({ choices: [] })).toBeNull();
});
