// What metering and policy need of a request to read a text aloud. Pure.

import type { Address } from '../../../schema/address.ts';
import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type JsonObject, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { ParsedCall } from '../dialect.ts';
import { readModel } from '../request-fields.ts';
import { mediaCall, promptBound } from './media-call.ts';

const STREAM_FORMATS = ['audio', 'sse'];

export function parseSpeech(body: JsonObject, _bodyBytes: number, address: Address): Result<ParsedCall, BadRequest> {
  const model = readModel(body);
  if (!model.ok) return model;
  const { input: text, stream_format: format = null } = body;
  if (typeof text !== 'string') return badField('input', 'is required and must be a string');
  if (format !== null && (typeof format !== 'string' || !STREAM_FORMATS.includes(format))) {
    return badField('stream_format', `must be one of ${STREAM_FORMATS.join(', ')}`);
  }
  return succeed(
    mediaCall(body, {
      model: model.value,
      stream: format === 'sse',
      input: promptBound(text + (stringAt(body, 'instructions') ?? '')),
      // Counted in UTF-16, which is never less than what a provider counts.
      pieces: { characters: text.length },
      piecesAreExact: true,
      address,
    }),
  );
}
