// Pieces of route descriptions, so that /openapi.json says for every route what it can answer.

import type { z } from '@hono/zod-openapi';
import { errorBody } from './failure.ts';

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } };
}

export function jsonAnswer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

/** What every admin route may answer besides its own. */
export const refusals = {
  400: jsonAnswer('The request is not valid; the message names the field', errorBody),
  401: jsonAnswer('The admin token is missing or wrong', errorBody),
  403: jsonAnswer('You may not do this', errorBody),
  404: jsonAnswer('Not found', errorBody),
  409: jsonAnswer('In conflict with what there is', errorBody),
  413: jsonAnswer('The body is too large', errorBody),
  415: jsonAnswer('The body is not JSON', errorBody),
  500: jsonAnswer('An unexpected failure, with the id under which it was noted', errorBody),
  503: jsonAnswer("The team's ledger did not answer; ask again", errorBody),
};
