// What pictures were billed: tokens where the answer counts them, and how many there are.

import { arrayAt, type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { NO_USAGE, type UsageLine, type UsageReading } from '../../../schema/usage.ts';
import type { Meter } from '../dialect.ts';
import { allCounts, countAt } from '../token-count.ts';
import { base64Bytes, mediaMeter } from './media-meter.ts';

/** How many there are is kept of them. */
const PICTURES: ReadonlySet<string> = new Set(['data']);

export function imagesMeter({ choices = 1 }: { readonly choices?: number }): Meter {
  return mediaMeter({
    usageOf: readImagesUsage,
    usageOfBytes: null,
    unneeded: PICTURES,
    lastEvent: /^image_(?:generation|edit)\.completed$/,
    lastEvents: choices,
    contentBytesOf: (event) => base64Bytes(stringAt(event, 'b64_json')),
  });
}

/** A count of tokens that is nonsense is no reading. An answer without tokens is billed by the picture. */
export function readImagesUsage(body: JsonObject): UsageReading | null {
  const images = Math.max(arrayAt(body, 'data').length, stringAt(body, 'b64_json') === null ? 0 : 1);
  const usage = objectAt(body, 'usage');
  if (usage === null) return { lines: [{ model: null, usage: NO_USAGE, pieces: { images } }], inexact: false };
  const input = countAt(usage, 'input_tokens', Number.NaN);
  const inputDetails = objectAt(usage, 'input_tokens_details');
  const cached = objectAt(inputDetails, 'cached_tokens_details');
  const counts = allCounts({
    input,
    output: countAt(usage, 'output_tokens', Number.NaN),
    total: countAt(usage, 'total_tokens', 0),
    seen: countAt(inputDetails, 'image_tokens', 0),
    cached: countAt(inputDetails, 'cached_tokens', 0),
    cachedSeen: countAt(cached, 'image_tokens', 0),
  });
  if (counts === null) return null;
  const outputDetails = objectAt(usage, 'output_tokens_details');
  const drawn = countAt(outputDetails, 'image_tokens', counts.output) ?? counts.output;
  const cacheRead = Math.min(counts.cached, counts.input);
  const cachedSeen = Math.min(counts.cachedSeen, cacheRead);
  const line: UsageLine = {
    model: null,
    usage: { ...NO_USAGE, input: counts.input - cacheRead, cacheRead, output: counts.output },
    media: {
      ...(inputDetails !== null && { imageInput: Math.max(0, counts.seen - cachedSeen), imageCacheRead: cachedSeen }),
      imageOutput: drawn,
    },
    pieces: { images },
  };
  const authored = readSvgUsage(objectAt(body, 'svg_usage'));
  return {
    lines: authored === null ? [line] : [line, authored],
    inexact: counts.total !== 0 && counts.total !== counts.input + counts.output,
  };
}

/** A second model's tokens, which wrote the picture as text. */
function readSvgUsage(usage: JsonObject | null): UsageLine | null {
  if (usage === null) return null;
  const input = countAt(usage, 'input_tokens', 0) ?? 0;
  const output = countAt(usage, 'output_tokens', 0) ?? 0;
  const reasoning = countAt(usage, 'reasoning_tokens', 0) ?? 0;
  return { model: stringAt(usage, 'model'), usage: { ...NO_USAGE, input, output, reasoning } };
}
