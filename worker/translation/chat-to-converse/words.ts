// Converse's reasons and counts in the words of chat completions. Pure.

import type { JsonObject } from '../../../schema/json.ts';
import type { ReplyUsage } from '../converse/reply.ts';

const FINISH_REASONS: ReadonlyMap<string, string> = new Map([
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['guardrail_intervened', 'content_filter'],
  ['content_filtered', 'content_filter'],
]);

export function finishReason(stopReason: string | null): string {
  return FINISH_REASONS.get(stopReason ?? '') ?? 'stop';
}

export function chatUsage({ input, cacheRead, cacheWrite, output }: ReplyUsage): JsonObject {
  const prompt = input + cacheRead + cacheWrite;
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
  };
}
