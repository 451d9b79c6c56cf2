// Clients of chat completions on Gemini.

import type { Translation } from '../../../schema/translation.ts';
import { completionOfGemini } from './answer.ts';
import { geminiFromChat } from './request.ts';
import { ChatChunks } from './stream.ts';

export const chatToGemini: Translation = {
  from: 'openai-chat',
  to: 'gemini',
  request: geminiFromChat,
  answer: completionOfGemini,
  stream: (asked) => new ChatChunks(asked),
};
