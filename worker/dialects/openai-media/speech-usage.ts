// What speech was billed: characters are known before the call; tokens are told only by events, and guessed from the length
// of what was spoken where the answer is nothing but sound.

import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import type { InputBound } from '../../../schema/call-shape.ts';
import type { Pieces } from '../../../schema/price.ts';
import { NO_USAGE, type UsageLine, type UsageReading } from '../../../schema/usage.ts';
import type { Meter } from '../dialect.ts';
import { allCounts, countAt } from '../token-count.ts';
import { base64Bytes, mediaMeter } from './media-meter.ts';

/** OpenAI's list counts 1,250 tokens a minute. */
const TOKENS_PER_SECOND = 21;
const TEXT_BYTES_PER_TOKEN = 3;
/** Samples of 24 kHz and two bytes, which `wav` and `pcm` are. */
const PLAIN_BYTES_PER_SECOND = 48_000;
/** 32 kbit/s: below what packed speech is sent at, so that a guess is rather too high than too low. */
const PACKED_BYTES_PER_SECOND = 4_000;
const PLAIN = /wav|pcm|L16/i;

interface AskedText {
  readonly input?: InputBound;
  readonly pieces?: Pieces;
}

export function speechMeter({ input, pieces = {} }: AskedText): Meter {
  return mediaMeter({
    usageOf: (body) => readSpeechUsage(body, pieces),
    usageOfBytes: (body, contentType) => {
      const perSecond = PLAIN.test(contentType) ? PLAIN_BYTES_PER_SECOND : PACKED_BYTES_PER_SECOND;
      const output = Math.ceil((body.length / perSecond) * TOKENS_PER_SECOND);
      const usage = { ...NO_USAGE, input: Math.ceil((input?.textBytes ?? 0) / TEXT_BYTES_PER_TOKEN), output };
      return { lines: [{ model: null, usage, pieces, guessed: true }], inexact: false };
    },
    lastEvent: /^speech\.audio\.done$/,
    lastEvents: 1,
    contentBytesOf: (event) =>
      Math.ceil((base64Bytes(stringAt(event, 'audio')) / PACKED_BYTES_PER_SECOND) * TOKENS_PER_SECOND) *
      TEXT_BYTES_PER_TOKEN,
  });
}

function readSpeechUsage(body: JsonObject, pieces: Pieces): UsageReading | null {
  const usage = objectAt(body, 'usage');
  const counts = allCounts({
    input: countAt(usage, 'input_tokens', 0),
    output: countAt(usage, 'output_tokens', 0),
    total: countAt(usage, 'total_tokens', 0),
  });
  if (counts === null) return null;
  const line: UsageLine = {
    model: null,
    usage: { ...NO_USAGE, input: counts.input, output: counts.output },
    media: { audioOutput: counts.output },
    pieces,
  };
  return {
    lines: [line],
    inexact: usage !== null && counts.total !== 0 && counts.total !== counts.input + counts.output,
  };
}
