// What metering and policy need of a request to write down, or translate, what a file of sound says. Pure.

import type { Address } from '../../../schema/address.ts';
import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type JsonObject, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { ParsedCall } from '../dialect.ts';
import type { FormFile } from '../form-body.ts';
import { readFlag, readModel } from '../request-fields.ts';
import { audioLength } from './audio-length.ts';
import { readFields } from './form-fields.ts';
import { mediaCall, promptBound } from './media-call.ts';

/** OpenAI's own bound. */
const MAX_FILE_BYTES = 25 * 1024 * 1024;
const FORM_ONLY = 'is required: send multipart/form-data with one file of sound';

export function parseTranscription(
  sent: JsonObject,
  _bodyBytes: number,
  address: Address,
  files?: readonly FormFile[],
): Result<ParsedCall, BadRequest> {
  if (files === undefined) return badField('file', FORM_ONLY);
  const body = readFields(sent);
  if (!body.ok) return body;
  const model = readModel(body.value);
  if (!model.ok) return model;
  const stream = readFlag(body.value, 'stream');
  if (!stream.ok) return stream;
  const [file, another] = files;
  if (another !== undefined) return badField(another.field, 'must not be a second file');
  if (file?.field !== 'file') return badField('file', FORM_ONLY);
  const { content } = file;
  if (content.length > MAX_FILE_BYTES) return badField('file', `must be at most ${MAX_FILE_BYTES} bytes`);
  const { seconds, isExact } = audioLength(content);
  return succeed(
    mediaCall(sent, {
      model: model.value,
      stream: stream.value,
      // How many tokens a second of sound has is the model's business.
      input: promptBound(stringAt(body.value, 'prompt') ?? '', { unbounded: true, media: true }),
      pieces: { audioSeconds: seconds },
      piecesAreExact: isExact,
      address,
    }),
  );
}
