// The parts of an Anthropic answer that both its forms have: why it stopped, what it used, what it says. Pure.

import { type JsonObject, stringAt } from '../../../schema/json.ts';
import { chatUsageOf } from '../chat-usage.ts';
import { refusalIn, textIn } from '../chat-words.ts';
import { NO_TOKENS, type Stop } from '../messages/message.ts';

/** `choice` is that of a whole completion, or the one of a chunk that ends it. */
export function stopOf(choice: JsonObject, calledTools: boolean): Stop {
  // vLLM says which sequence ended the answer.
  const sequence = stringAt(choice, 'stop_reason');
  switch (stringAt(choice, 'finish_reason') ?? '') {
    case 'length':
      return { stop_reason: 'max_tokens', stop_sequence: null };
    case 'content_filter':
      return { stop_reason: 'refusal', stop_sequence: null };
    default:
      // A client that reads of tools and finds no call would wait for one; some servers say "stop" where there are calls.
      if (calledTools) return { stop_reason: 'tool_use', stop_sequence: null };
      return { stop_reason: sequence === null ? 'end_turn' : 'stop_sequence', stop_sequence: sequence };
  }
}

/** The three kinds of input are disjoint here. */
export function usageOf(chat: JsonObject | null): JsonObject {
  if (chat === null) return NO_TOKENS;
  const { prompt, cacheRead, cacheWritten, output } = chatUsageOf(chat);
  return {
    input_tokens: prompt - cacheRead - cacheWritten,
    cache_creation_input_tokens: cacheWritten,
    cache_read_input_tokens: cacheRead,
    output_tokens: output,
  };
}

/** Text, and the words with which a model declines: Anthropic's clients have no place of their own for those. */
export function wordsIn(message: JsonObject | null): string {
  return textIn(message) + refusalIn(message);
}
