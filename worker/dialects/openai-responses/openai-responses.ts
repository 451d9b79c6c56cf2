// OpenAI's Responses API, and every server that is compatible with it.

import type { Dialect } from '../dialect.ts';
import { renderResponsesFailure, renderResponsesStreamFailure } from './failure.ts';
import { responsesMeter } from './meter.ts';
import { editResponses, parseResponses } from './request.ts';

export const openaiResponses: Dialect = {
  name: 'openai-responses',
  parse: parseResponses,
  edits: editResponses,
  meter: responsesMeter,
  renderFailure: renderResponsesFailure,
  renderStreamFailure: renderResponsesStreamFailure,
};
