// Metering of Gemini answers, whole or streamed: every chunk reports all that was used so far, and the last one that
// counts anything is the bill. A stream has no last event; it ends with its connection.

import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  parseJson,
  stringAt,
} from '../../../schema/json.ts';
import type { StreamEvent } from '../../../schema/stream-event.ts';
import { NO_USAGE, type UsageReading } from '../../../schema/usage.ts';
import { contentBytesOf } from '../content-bytes.ts';
import type { Meter, MeteredCall, MeterReport } from '../dialect.ts';
import { CandidateEnds } from './candidates.ts';
import { SearchCount } from './searches.ts';
import { readGeminiUsage } from './usage.ts';

/** English and code run at four to five bytes a token: rather too high than too low. */
const BYTES_PER_TOKEN = 3;

const VECTORS: ReadonlySet<string> = new Set(['embedding', 'embeddings']);

export function geminiMeter({ input, choices = 1 }: MeteredCall): Meter {
  const ends = new CandidateEnds(choices);
  const searches = new SearchCount();
  const read = (said: JsonObject): UsageReading | null =>
    readGeminiUsage(said, { webSearches: searches.billed(), mayHaveMedia: input?.media === true });
  let usage: JsonObject | null = null;
  let failed = false;
  /** Nothing was or will be generated, or all of it came in one piece. */
  let closed = false;
  let contentBytes = 0;
  let embedded = false;

  const take = (chunk: JsonObject): void => {
    if (isObject(chunk['error'])) failed = true;
    const said = objectAt(chunk, 'usageMetadata');
    // Nonsense after a good reading does not undo it; nonsense alone is a missing reading.
    if (said !== null && read(said) !== null) usage = said;
    const candidates = arrayAt(chunk, 'candidates').filter(isObject);
    searches.take(candidates, stringAt(chunk, 'modelVersion'));
    ends.take(candidates);
    for (const candidate of candidates) contentBytes += contentBytesOf(candidate['content']);
    if (typeof objectAt(chunk, 'promptFeedback')?.['blockReason'] === 'string') closed = true;
    embedded ||= isObject(chunk['embedding']) || Array.isArray(chunk['embeddings']);
  };

  const reading = (): UsageReading | null => {
    if (usage !== null) return read(usage);
    // Google's embeddings used to come without a bill: then the text is one, at its usual density.
    if (!embedded || input === undefined || input.unbounded) return null;
    const tokens = Math.ceil(input.textBytes / BYTES_PER_TOKEN);
    return { lines: [{ model: null, usage: { ...NO_USAGE, input: tokens } }], inexact: true };
  };

  return {
    observe({ data }: StreamEvent): 'pass' {
      const chunk = data === null ? undefined : parseJson(data);
      if (isObject(chunk)) take(chunk);
      return 'pass';
    },
    unneeded: VECTORS,
    read(body: JsonValue | undefined): void {
      const chunks = (Array.isArray(body) ? body : [body]).filter(isObject);
      for (const chunk of chunks) take(chunk);
      if (chunks.length > 0) closed = true;
    },
    contentBytes: () => contentBytes,
    // More may follow the chunk that says why the answer ended, and it may count more.
    isOver: () => false,
    isWhole: () => usage !== null && !failed && ends.noneToCome(),
    report: (): MeterReport => {
      const said = reading();
      const state = failed ? 'failed' : closed || ends.allEnded() ? 'complete' : 'open';
      const final = said !== null && !failed && (closed || ends.noneToCome());
      return { reading: said, final, state, contentBytes };
    },
  };
}
