// The parts of a chat completion that both its forms have: why it ended, what it used. Pure.

import { type JsonObject, type JsonValue, objectAt } from '../../../schema/json.ts';

export function finishReasonOf(stopReason: string | null): string {
  switch (stopReason ?? '') {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'tool_use':
      return 'tool_calls';
    case 'refusal':
      return 'content_filter';
    default:
      return 'stop';
  }
}

/** The three kinds of input are disjoint at Anthropic; here the prompt is their sum. */
export function usageOf(message: JsonObject): JsonObject {
  const read = countOf(message['cache_read_input_tokens']);
  const written = countOf(message['cache_creation_input_tokens']);
  const prompt = countOf(message['input_tokens']) + read + written;
  const completion = countOf(message['output_tokens']);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    completion_tokens_details: {
      reasoning_tokens: countOf(objectAt(message, 'output_tokens_details')?.['thinking_tokens']),
    },
  };
}

function countOf(value: JsonValue | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
