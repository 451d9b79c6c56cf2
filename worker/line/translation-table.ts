// Which translations there are, by the client's dialect and the provider's.

import type { DialectName } from '../../schema/dialect-name.ts';
import type { Translation } from '../../schema/translation.ts';
import { chatToConverse } from '../translation/chat-to-converse/chat-to-converse.ts';
import { chatToGemini } from '../translation/chat-to-gemini/chat-to-gemini.ts';
import { chatToMessages } from '../translation/chat-to-messages/chat-to-messages.ts';
import { geminiToChat } from '../translation/gemini-to-chat/gemini-to-chat.ts';
import { messagesToChat } from '../translation/messages-to-chat/messages-to-chat.ts';
import { messagesToConverse } from '../translation/messages-to-converse/messages-to-converse.ts';
import { messagesToGemini } from '../translation/messages-to-gemini/messages-to-gemini.ts';
import { responsesToChat, responsesToThinkingChat } from '../translation/responses-to-chat/responses-to-chat.ts';
import { type Names, through } from '../translation/through.ts';

/** What members of a chat completion are called by clients of Responses. */
const RESPONSES_NAMES: Names = {
  messages: 'input',
  max_tokens: 'max_output_tokens',
  response_format: 'text.format',
  reasoning_effort: 'reasoning.effort',
  tools: 'tools',
};

/** The same for clients of Gemini. */
const GEMINI_NAMES: Names = {
  messages: 'contents',
  max_tokens: 'generationConfig.maxOutputTokens',
  response_format: 'generationConfig.responseJsonSchema',
  reasoning_effort: 'generationConfig.thinkingConfig',
  n: 'generationConfig.candidateCount',
  seed: 'generationConfig.seed',
  presence_penalty: 'generationConfig.presencePenalty',
  frequency_penalty: 'generationConfig.frequencyPenalty',
  tools: 'tools',
};

const TRANSLATIONS: readonly Translation[] = [
  chatToConverse,
  chatToGemini,
  chatToMessages,
  geminiToChat,
  messagesToChat,
  messagesToConverse,
  messagesToGemini,
  responsesToChat,
  through(responsesToThinkingChat, chatToConverse, RESPONSES_NAMES),
  through(responsesToThinkingChat, chatToMessages, RESPONSES_NAMES),
  through(responsesToChat, chatToGemini, RESPONSES_NAMES),
  through(geminiToChat, chatToMessages, GEMINI_NAMES),
  through(geminiToChat, chatToConverse, GEMINI_NAMES),
];

/** The translation into one of the dialects that a provider speaks, the provider's own order first; null for none. */
export function translationInto(speaks: readonly DialectName[], from: DialectName): Translation | null {
  for (const to of speaks) {
    const found = TRANSLATIONS.find((translation) => translation.from === from && translation.to === to);
    if (found !== undefined) return found;
  }
  return null;
}
