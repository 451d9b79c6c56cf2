// Anthropic usage in the normal form. Input, cache reads and cache writes are disjoint; streams report them
// cumulatively, so the last value that is not null wins, field by field. Pure.

import type { CacheWrite } from '../../../schema/call-shape.ts';
import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { inputTokens, totalUsage, type Usage, type UsageLine, type UsageReading } from '../../../schema/usage.ts';
import { allCounts, countAt } from '../token-count.ts';

/** Lays a later report over an earlier one: what it leaves out or says as null keeps its former value. */
export function mergeUsage(earlier: JsonObject | null, later: JsonObject): JsonObject {
  const said = Object.entries(later).filter(([, value]) => value !== null && value !== undefined);
  return { ...earlier, ...Object.fromEntries(said) };
}

/**
 * Reads a complete or merged `usage`; null when a count is nonsense. Where `iterations` break the call down, each is
 * billed at its own model and they are summed, because the top level leaves compaction and advisors out.
 */
export function readMessagesUsage(usage: JsonObject, cacheWrite: CacheWrite): UsageReading | null {
  const iterations = arrayAt(usage, 'iterations').filter(isObject);
  const webSearches = countAt(objectAt(usage, 'server_tool_use'), 'web_search_requests', 0);
  if (webSearches === null) return null;
  const lines: UsageLine[] = [];
  for (const entry of iterations.length === 0 ? [usage] : iterations) {
    const line = readLine(entry, cacheWrite);
    if (line === null) return null;
    lines.push(line);
  }
  const whole = readLine(usage, cacheWrite);
  if (whole === null) return null;
  // A breakdown that explains less than the whole is no breakdown: then the whole is the bill.
  const inexact = isLess(totalUsage(lines), whole.usage);
  const [first = whole, ...rest] = inexact ? [whole] : lines;
  // Searches are counted for the call as a whole; they cost the same whichever iteration made them.
  return { lines: [{ ...first, usage: { ...first.usage, webSearches } }, ...rest], inexact };
}

function isLess(sum: Usage, whole: Usage): boolean {
  return inputTokens(sum) < inputTokens(whole) || sum.output < whole.output;
}

function readLine(entry: JsonObject, cacheWrite: CacheWrite): UsageLine | null {
  const split = objectAt(entry, 'cache_creation');
  const counts = allCounts({
    input: countAt(entry, 'input_tokens', Number.NaN),
    cacheRead: countAt(entry, 'cache_read_input_tokens', 0),
    written: countAt(entry, 'cache_creation_input_tokens', 0),
    written5m: countAt(split, 'ephemeral_5m_input_tokens', 0),
    written1h: countAt(split, 'ephemeral_1h_input_tokens', 0),
    output: countAt(entry, 'output_tokens', 0),
    reasoning: countAt(objectAt(entry, 'output_tokens_details'), 'thinking_tokens', 0),
  });
  if (counts === null) return null;
  // A delta raises the sum without saying for how long: what the split does not explain has the longest lifetime asked for.
  const unexplained = Math.max(0, counts.written - counts.written5m - counts.written1h);
  return {
    model: stringAt(entry, 'model'),
    usage: {
      input: counts.input,
      cacheRead: counts.cacheRead,
      cacheWrite5m: counts.written5m + (cacheWrite === '1h' ? 0 : unexplained),
      cacheWrite1h: counts.written1h + (cacheWrite === '1h' ? unexplained : 0),
      output: counts.output,
      reasoning: counts.reasoning,
      webSearches: 0,
    },
  };
}
