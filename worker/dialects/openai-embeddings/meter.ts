// Metering of embeddings: one answer in one piece, which bills nothing but its input.

import { isObject, type JsonObject, type JsonValue, objectAt } from '../../../schema/json.ts';
import { NO_USAGE, type UsageReading } from '../../../schema/usage.ts';
import type { Meter, MeterReport } from '../dialect.ts';
import { allCounts, countAt } from '../token-count.ts';

const VECTORS: ReadonlySet<string> = new Set(['data']);

export function embeddingsMeter(): Meter {
  let reading: UsageReading | null = null;
  let state: MeterReport['state'] = 'open';
  return {
    observe: () => 'pass',
    unneeded: VECTORS,
    read(body: JsonValue | undefined): void {
      if (!isObject(body)) return;
      state = isObject(body['error']) ? 'failed' : 'complete';
      reading = readEmbeddingsUsage(objectAt(body, 'usage'));
    },
    contentBytes: () => 0,
    isOver: () => false,
    report: (): MeterReport => ({ reading, final: reading !== null, state, contentBytes: 0 }),
  };
}

/** Null when there is none, or a count is nonsense. What the total has beyond the prompt is billed as input as well. */
export function readEmbeddingsUsage(usage: JsonObject | null): UsageReading | null {
  const prompt = countAt(usage, 'prompt_tokens', Number.NaN);
  const counts = allCounts({ prompt, total: countAt(usage, 'total_tokens', prompt ?? Number.NaN) });
  if (counts === null) return null;
  const input = Math.max(counts.prompt, counts.total);
  return { lines: [{ model: null, usage: { ...NO_USAGE, input } }], inexact: counts.prompt !== counts.total };
}
