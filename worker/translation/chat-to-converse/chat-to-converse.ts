// Chat completions for models that Bedrock serves through Converse.

import type { Translation } from '../../../schema/translation.ts';
import { chatAnswer } from './answer.ts';
import { converseFromChat } from './request.ts';
import { chatStream } from './stream.ts';

export const chatToConverse: Translation = {
  from: 'openai-chat',
  to: 'bedrock-converse',
  request: converseFromChat,
  answer: chatAnswer,
  stream: chatStream,
};
