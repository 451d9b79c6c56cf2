// What metering and policy need of a request for pictures, drawn or changed. Pure.

import type { Address } from '../../../schema/address.ts';
import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { ParsedCall } from '../dialect.ts';
import type { FormFile } from '../form-body.ts';
import { readCount, readFlag, readModel } from '../request-fields.ts';
import { readFields } from './form-fields.ts';
import { mediaCall, promptBound } from './media-call.ts';

const MAX_IMAGES = 10;
const MAX_PARTIAL_IMAGES = 3;
const MAX_INPUT_IMAGES = 16;
/** OpenAI's guide to image generation: each partial picture is 100 tokens more. */
const PARTIAL_IMAGE_TOKENS = 100;
/** What the bound of a picture is known for. `standard` and `hd` are DALL·E's. */
const QUALITIES = ['auto', 'low', 'medium', 'high', 'standard', 'hd'];

export function parseImages(
  sent: JsonObject,
  _bodyBytes: number,
  address: Address,
  files?: readonly FormFile[],
): Result<ParsedCall, BadRequest> {
  const body = files === undefined ? succeed(sent) : readFields(sent);
  if (!body.ok) return body;
  const model = readModel(body.value);
  if (!model.ok) return model;
  const stream = readFlag(body.value, 'stream');
  if (!stream.ok) return stream;
  const size = readSize(body.value);
  if (!size.ok) return size;
  const { prompt, quality = null, output_format: format } = body.value;
  if (typeof prompt !== 'string') return badField('prompt', 'is required and must be a string');
  if (quality !== null && (typeof quality !== 'string' || !QUALITIES.includes(quality))) {
    return badField('quality', `has no price here; use one of ${QUALITIES.join(', ')}`);
  }
  if (format === 'svg') return badField('output_format', 'must not be svg: what a second model writes has no bound');
  const pictures = countPictures(body.value, files ?? []);
  if (pictures > MAX_INPUT_IMAGES) return badField('image', `must be at most ${MAX_INPUT_IMAGES} pictures`);

  const { images, partialImages } = size.value;
  const input = promptBound(prompt, { images: pictures * images, media: pictures > 0 });
  return succeed(
    mediaCall(sent, {
      model: model.value,
      stream: stream.value,
      // Several pictures are drawn, and billed, each on its own.
      input: { ...input, textBytes: input.textBytes * images, texts: images },
      choices: images,
      extraOutputTokens: images * partialImages * PARTIAL_IMAGE_TOKENS,
      pieces: { images },
      piecesAreExact: true,
      address,
    }),
  );
}

function readSize(body: JsonObject): Result<{ readonly images: number; readonly partialImages: number }, BadRequest> {
  const images = readCount(body, 'n', 1);
  if (!images.ok) return images;
  if ((images.value ?? 1) > MAX_IMAGES) return badField('n', `must be at most ${MAX_IMAGES}`);
  const partial = readCount(body, 'partial_images', 0);
  if (!partial.ok) return partial;
  if ((partial.value ?? 0) > MAX_PARTIAL_IMAGES)
    return badField('partial_images', `must be at most ${MAX_PARTIAL_IMAGES}`);
  return succeed({ images: images.value ?? 1, partialImages: partial.value ?? 0 });
}

/** Files of a form, and pictures that a body in JSON names; a mask is one as well. */
function countPictures(body: JsonObject, files: readonly FormFile[]): number {
  const named = ['image', 'images', 'image[]'].flatMap((field) => arrayAt(body, field)).filter(isPicture);
  const single = ['image', 'mask'].filter((field) => isPicture(body[field])).length;
  return Math.max(files.length, named.length + single);
}

function isPicture(value: unknown): boolean {
  return typeof value === 'string' || isObject(value);
}
