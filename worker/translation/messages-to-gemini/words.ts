// Gemini's endings and counts in Anthropic's words. Pure.

import type { JsonObject } from '../../../schema/json.ts';
import type { Ending, ReplyUsage } from '../gemini/reply.ts';
import { NO_TOKENS, type Stop } from '../messages/message.ts';

/** Google does not say which sequence ended an answer, or whether one did. */
export function stopOf(ending: Ending, calledTools: boolean): Stop {
  switch (ending) {
    case 'too_long':
      return { stop_reason: 'max_tokens', stop_sequence: null };
    case 'filtered':
      return { stop_reason: 'refusal', stop_sequence: null };
    case 'whole':
      return { stop_reason: calledTools ? 'tool_use' : 'end_turn', stop_sequence: null };
  }
}

/** The kinds of input are disjoint here. */
export function messageUsageOf(usage: ReplyUsage | null): JsonObject {
  if (usage === null) return NO_TOKENS;
  const { prompt, cached, output } = usage;
  return { ...NO_TOKENS, input_tokens: prompt - cached, cache_read_input_tokens: cached, output_tokens: output };
}
