// Clients of the Responses API, Codex above all, on models that speak chat completions.

import type { Translation } from '../../../schema/translation.ts';
import { responseOfChat } from './answer.ts';
import { chatRequestOf, thinkingRequestOf } from './request.ts';
import { ResponsesStream } from './stream.ts';

export const responsesToChat: Translation = {
  from: 'openai-responses',
  to: 'openai-chat',
  request: chatRequestOf,
  answer: responseOfChat,
  stream: (asked) => new ResponsesStream(asked),
};

/** On the way to a model that signs its thoughts, which chat completions carry as `thinking_blocks`. */
export const responsesToThinkingChat: Translation = { ...responsesToChat, request: thinkingRequestOf };
