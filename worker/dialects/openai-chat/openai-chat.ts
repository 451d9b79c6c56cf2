// OpenAI chat completions, and every server that is compatible with them.

import type { Dialect } from '../dialect.ts';
import { renderChatFailure, renderChatStreamFailure } from './failure.ts';
import { chatMeter } from './meter.ts';
import { editChat, parseChat } from './request.ts';

export const openaiChat: Dialect = {
  name: 'openai-chat',
  parse: parseChat,
  edits: editChat,
  meter: chatMeter,
  renderFailure: renderChatFailure,
  renderStreamFailure: renderChatStreamFailure,
};
