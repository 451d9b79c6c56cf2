// What a chat completion used, whichever way its server says it, for clients of other dialects. It is what they are shown;
// the bill is read elsewhere. Pure.

import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt } from '../../schema/json.ts';

export interface ChatUsage {
  /** Tokens of every kind of input, of which `cacheRead` and `cacheWritten` are parts. */
  readonly prompt: number;
  readonly cacheRead: number;
  readonly cacheWritten: number;
  /** Reasoning included. */
  readonly output: number;
  readonly reasoning: number;
}

/** At the top of a body or chunk, or inside its choice, as Moonshot sends it; null where it has none. */
export function usageIn(body: JsonObject): JsonObject | null {
  return objectAt(body, 'usage') ?? objectAt(arrayAt(body, 'choices').find(isObject) ?? null, 'usage');
}

export function chatUsageOf(usage: JsonObject): ChatUsage {
  const details = objectAt(usage, 'prompt_tokens_details') ?? objectAt(usage, 'prompt_token_details');
  const prompt = countOf(usage['prompt_tokens']);
  // OpenAI, DeepSeek, Moonshot and Mistral each have a place of their own.
  const cached =
    details?.['cached_tokens'] ??
    usage['prompt_cache_hit_tokens'] ??
    usage['cached_tokens'] ??
    usage['num_cached_tokens'];
  const cacheRead = Math.min(prompt, countOf(cached));
  const said = countOf(usage['completion_tokens']);
  const reasoning = countOf(
    objectAt(usage, 'completion_tokens_details')?.['reasoning_tokens'] ?? usage['reasoning_tokens'],
  );
  // Where reasoning comes on top of the completion, only the total says so.
  const onTop = countOf(usage['total_tokens']) === prompt + said + reasoning;
  return {
    prompt,
    cacheRead,
    cacheWritten: Math.min(prompt - cacheRead, countOf(details?.['cache_write_tokens'])),
    output: onTop ? said + reasoning : said,
    reasoning,
  };
}

function countOf(value: JsonValue | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
