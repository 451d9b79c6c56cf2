// Clients of Gemini on models that speak chat completions.

import type { Translation } from '../../../schema/translation.ts';
import { geminiOfChat } from './answer.ts';
import { chatFromGemini } from './request.ts';
import { geminiStream } from './stream.ts';

export const geminiToChat: Translation = {
  from: 'gemini',
  to: 'openai-chat',
  request: chatFromGemini,
  answer: geminiOfChat,
  stream: geminiStream,
};
