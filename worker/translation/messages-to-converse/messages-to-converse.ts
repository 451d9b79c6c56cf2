// Anthropic's messages for models that Bedrock serves through Converse.

import type { Translation } from '../../../schema/translation.ts';
import { messagesAnswer } from './answer.ts';
import { converseFromMessages } from './request.ts';
import { messagesStream } from './stream.ts';

export const messagesToConverse: Translation = {
  from: 'anthropic-messages',
  to: 'bedrock-converse',
  request: converseFromMessages,
  answer: messagesAnswer,
  stream: messagesStream,
};
