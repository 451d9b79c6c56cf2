// What a transcription was billed: tokens or seconds, whichever the answer counts; of an answer that counts neither, the
// length of the file where that is known, or the time of the last subtitle.

import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import type { Pieces } from '../../../schema/price.ts';
import { NO_USAGE, type Usage, type UsageLine, type UsageReading } from '../../../schema/usage.ts';
import type { Meter } from '../dialect.ts';
import { allCounts, countAt } from '../token-count.ts';
import { mediaMeter } from './media-meter.ts';

export interface AskedFile {
  readonly pieces?: Pieces;
  readonly piecesAreExact?: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** The end of a subtitle in SRT or WebVTT: hours are left out of the latter where there are none. */
const SUBTITLE_END = /-->\s*(?:(\d+):)?(\d\d):(\d\d)[.,](\d\d\d)/g;

export function transcriptionMeter({ pieces, piecesAreExact = false }: AskedFile): Meter {
  const ofFile = piecesAreExact && pieces !== undefined ? readingOf(NO_USAGE, pieces, true) : null;
  return mediaMeter({
    usageOf: (body) => readTranscriptionUsage(body, ofFile),
    usageOfBytes: (body) => ofFile ?? subtitled(decoder.decode(body)),
    lastEvent: /^transcript\.text\.done$/,
    lastEvents: 1,
    contentBytesOf: (event) => encoder.encode(stringAt(event, 'delta') ?? '').length,
  });
}

/** `usage` says tokens, seconds, or (Mistral) both; older answers have only `duration`. */
export function readTranscriptionUsage(body: JsonObject, ofFile: UsageReading | null): UsageReading | null {
  const usage = objectAt(body, 'usage');
  if (usage === null) {
    const seconds = secondsOf(body['duration']);
    return seconds === null ? ofFile : readingOf(NO_USAGE, { audioSeconds: seconds }, false);
  }
  if (stringAt(usage, 'type') === 'duration') {
    const seconds = secondsOf(usage['seconds']);
    return seconds === null ? null : readingOf(NO_USAGE, { audioSeconds: seconds }, false);
  }
  const isMistral = usage['prompt_tokens'] !== undefined;
  const input = countAt(usage, isMistral ? 'prompt_tokens' : 'input_tokens', Number.NaN);
  const output = countAt(usage, isMistral ? 'completion_tokens' : 'output_tokens', 0);
  const counts = allCounts({ input, output, total: countAt(usage, 'total_tokens', 0) });
  if (counts === null) return null;
  const details = objectAt(usage, 'input_token_details') ?? objectAt(usage, 'prompt_tokens_details');
  const heard = countAt(details, 'audio_tokens', 0);
  const seconds = secondsOf(usage['prompt_audio_seconds']);
  const line: UsageLine = {
    model: null,
    usage: { ...NO_USAGE, input: counts.input, output: counts.output },
    ...(details !== null && heard !== null && { media: { audioInput: heard } }),
    ...(seconds !== null && { pieces: { audioSeconds: seconds } }),
  };
  return { lines: [line], inexact: counts.total !== 0 && counts.total !== counts.input + counts.output };
}

/** Whole seconds, a part of one counted as one; null for what is no time. */
function secondsOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.ceil(value) : null;
}

function readingOf(usage: Usage, pieces: Pieces, inexact: boolean): UsageReading {
  return { lines: [{ model: null, usage, pieces }], inexact };
}

/** Null for a plain text, which does not say how long it took to say it. */
function subtitled(text: string): UsageReading | null {
  let seconds = 0;
  for (const [, hours = '0', minutes, wholes, thousandths] of text.matchAll(SUBTITLE_END)) {
    const end = Number(hours) * 3_600 + Number(minutes) * 60 + Number(wholes) + Number(thousandths) / 1_000;
    seconds = Math.max(seconds, end);
  }
  return seconds === 0 ? null : readingOf(NO_USAGE, { audioSeconds: Math.ceil(seconds) }, true);
}
