// Anthropic messages.

import type { Dialect } from '../dialect.ts';
import { renderMessagesFailure, renderMessagesStreamFailure } from './failure.ts';
import { messagesMeter } from './meter.ts';
import { editMessages, parseMessages } from './request.ts';

export const anthropicMessages: Dialect = {
  name: 'anthropic-messages',
  parse: parseMessages,
  edits: editMessages,
  meter: messagesMeter,
  renderFailure: renderMessagesFailure,
  renderStreamFailure: renderMessagesStreamFailure,
};
