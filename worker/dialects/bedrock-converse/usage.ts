// Converse usage in the normal form. Input, cache reads and cache writes are disjoint, as with Anthropic. Pure.

import type { CacheWrite } from '../../../schema/call-shape.ts';
import { arrayAt, isObject, type JsonObject, objectAt } from '../../../schema/json.ts';
import type { UsageReading } from '../../../schema/usage.ts';
import { allCounts, countAt } from '../token-count.ts';

/**
 * Null when a count is nonsense. A total that fits neither with the cache nor without makes the reading inexact, and what
 * it has above the parts counts as input.
 */
export function readConverseUsage(usage: JsonObject, cacheWrite: CacheWrite): UsageReading | null {
  const counts = allCounts({
    input: countAt(usage, 'inputTokens', Number.NaN),
    output: countAt(usage, 'outputTokens', 0),
    cacheRead: eitherCount(usage, 'cacheReadInputTokens'),
    written: eitherCount(usage, 'cacheWriteInputTokens'),
    written1h: writtenFor(usage, '1h'),
    written5m: writtenFor(usage, '5m'),
  });
  if (counts === null) return null;
  const { input, output, cacheRead, written, written1h, written5m } = counts;
  const withoutCache = input + output;
  const parts = withoutCache + cacheRead + Math.max(written, written1h + written5m);
  const total = countAt(usage, 'totalTokens', parts);
  if (total === null) return null;
  // What the details do not explain has the longest lifetime that was asked for.
  const unexplained = Math.max(0, written - written1h - written5m);
  return {
    lines: [
      {
        model: null,
        usage: {
          input: input + Math.max(0, total - parts),
          cacheRead,
          cacheWrite5m: written5m + (cacheWrite === '1h' ? 0 : unexplained),
          cacheWrite1h: written1h + (cacheWrite === '1h' ? unexplained : 0),
          output,
          reasoning: 0,
          webSearches: 0,
        },
      },
    ],
    inexact: (total !== parts && total !== withoutCache) || usesServerTools(usage),
  };
}

/** Some answers have the count under a longer name as well, or only there. */
function eitherCount(usage: JsonObject, name: string): number | null {
  return countAt(usage, name, countAt(usage, name.replace(/Tokens$/, 'TokenCount'), 0) ?? Number.NaN);
}

function writtenFor(usage: JsonObject, ttl: string): number | null {
  return arrayAt(usage, 'cacheDetails')
    .filter((detail) => isObject(detail) && detail['ttl'] === ttl)
    .reduce<number | null>((sum, detail) => {
      const count = isObject(detail) ? countAt(detail, 'inputTokens', 0) : null;
      return sum === null || count === null ? null : sum + count;
    }, 0);
}

/** Their fees have no price here. */
function usesServerTools(usage: JsonObject): boolean {
  return Object.values(objectAt(usage, 'serverToolUsage') ?? {}).some(
    (count) => typeof count === 'number' && count > 0,
  );
}
