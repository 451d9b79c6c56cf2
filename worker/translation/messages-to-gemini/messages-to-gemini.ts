// Clients of Anthropic's messages on Gemini.

import type { Translation } from '../../../schema/translation.ts';
import { messageOfGemini } from './answer.ts';
import { geminiFromMessages } from './request.ts';
import { MessageEvents } from './stream.ts';

export const messagesToGemini: Translation = {
  from: 'anthropic-messages',
  to: 'gemini',
  request: geminiFromMessages,
  answer: messageOfGemini,
  stream: (asked) => new MessageEvents(asked),
};
