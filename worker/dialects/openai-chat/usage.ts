// Chat completion usage in the normal form. Tolerant of every compatible server's way of saying it. Pure.

import { isObject, type JsonObject, objectAt } from '../../../schema/json.ts';
import type { UsageLine, UsageReading } from '../../../schema/usage.ts';
import { billedOutput } from '../billed-output.ts';
import { allCounts, countAt } from '../token-count.ts';

/**
 * Finds the usage of a body or chunk: at the top, beside it as Groq also sends it, or inside the first choice as Moonshot
 * does; null if it has none.
 */
export function findUsage(body: JsonObject): JsonObject | null {
  const top = objectAt(body, 'usage') ?? objectAt(objectAt(body, 'x_groq'), 'usage');
  if (top !== null) return top;
  const choices = body['choices'];
  const [first] = Array.isArray(choices) ? choices : [];
  return isObject(first) ? objectAt(first, 'usage') : null;
}

/**
 * Reads `usage` of a call that asked for `webSearches`, which chat usage itself does not count; null when a count is nonsense. Cached tokens are part of `prompt_tokens`. Reasoning is part of
 * `completion_tokens`, except where the total shows that it comes on top (xAI). A total that fits neither way makes the
 * reading inexact, and the larger output is taken.
 */
export function readChatUsage(usage: JsonObject, webSearches: number): UsageReading | null {
  const promptDetails = objectAt(usage, 'prompt_tokens_details') ?? objectAt(usage, 'prompt_token_details');
  const completionDetails = objectAt(usage, 'completion_tokens_details');
  const counts = allCounts({
    prompt: countAt(usage, 'prompt_tokens', Number.NaN),
    completion: countAt(usage, 'completion_tokens', 0),
    cached: cachedTokens(usage, promptDetails),
    written: countAt(promptDetails, 'cache_write_tokens', 0),
    reasoning: countAt(completionDetails, 'reasoning_tokens', countAt(usage, 'reasoning_tokens', 0) ?? Number.NaN),
  });
  if (counts === null) return null;
  const total = countAt(usage, 'total_tokens', counts.prompt + counts.completion);
  if (total === null) return null;

  const { prompt: input, completion, reasoning } = counts;
  const { output, exact } = billedOutput({ input, output: completion, reasoning, total });
  const cacheRead = Math.min(counts.cached, counts.prompt);
  const cacheWrite = Math.min(counts.written, counts.prompt - cacheRead);
  return {
    lines: [
      {
        model: null,
        usage: {
          input: counts.prompt - cacheRead - cacheWrite,
          cacheRead,
          cacheWrite5m: cacheWrite,
          cacheWrite1h: 0,
          output,
          reasoning: counts.reasoning,
          webSearches,
        },
        media: { ...heard(promptDetails, 'audioInput'), ...heard(completionDetails, 'audioOutput') },
      },
    ],
    inexact: !exact || counts.cached > counts.prompt,
  };
}

/** Tokens of sound, where the details count them; nonsense is charged as if all of them were. */
function heard(details: JsonObject | null, meter: 'audioInput' | 'audioOutput'): UsageLine['media'] {
  const reported = details?.['audio_tokens'] ?? null;
  return reported === null ? {} : { [meter]: countAt(details, 'audio_tokens', 0) ?? Number.MAX_SAFE_INTEGER };
}

/** OpenAI, DeepSeek, Moonshot and Mistral each have a place of their own for tokens read from the cache. */
function cachedTokens(usage: JsonObject, promptDetails: JsonObject | null): number | null {
  for (const [holder, name] of [
    [promptDetails, 'cached_tokens'],
    [usage, 'prompt_cache_hit_tokens'],
    [usage, 'cached_tokens'],
    [usage, 'num_cached_tokens'],
  ] as const) {
    if (holder?.[name] !== undefined && holder[name] !== null) return countAt(holder, name, 0);
  }
  return 0;
}
