// Clients of chat completions on Claude.

import type { Translation } from '../../../schema/translation.ts';
import { completionOfMessage } from './answer.ts';
import { messagesRequestOf } from './request.ts';
import { ChatStream } from './stream.ts';

export const chatToMessages: Translation = {
  from: 'openai-chat',
  to: 'anthropic-messages',
  request: messagesRequestOf,
  answer: completionOfMessage,
  stream: (asked) => new ChatStream(asked),
};
