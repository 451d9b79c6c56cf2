// Anthropic's clients, Claude Code above all, on models that speak chat completions.

import type { Translation } from '../../../schema/translation.ts';
import { messageOfChat } from './answer.ts';
import { chatRequestOf } from './request.ts';
import { MessagesStream } from './stream.ts';

export const messagesToChat: Translation = {
  from: 'anthropic-messages',
  to: 'openai-chat',
  request: chatRequestOf,
  answer: messageOfChat,
  stream: (asked) => new MessagesStream(asked),
};
