// Converse's reasons and counts in Anthropic's words. Pure.

import type { JsonObject } from '../../../schema/json.ts';
import type { ReplyUsage } from '../converse/reply.ts';

const SAME = new Set(['end_turn', 'tool_use', 'max_tokens', 'stop_sequence', 'model_context_window_exceeded']);
const REFUSALS = new Set(['guardrail_intervened', 'content_filtered']);

export function stopReason(reason: string | null): string {
  if (reason !== null && SAME.has(reason)) return reason;
  return REFUSALS.has(reason ?? '') ? 'refusal' : 'end_turn';
}

export function messagesUsage({ input, cacheRead, cacheWrite, output }: ReplyUsage): JsonObject {
  return {
    input_tokens: input,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: output,
  };
}
