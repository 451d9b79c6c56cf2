// Usage of the Responses API in the normal form, from a response that has ended. Pure.

import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import type { UsageReading } from '../../../schema/usage.ts';
import { billedOutput } from '../billed-output.ts';
import { allCounts, countAt } from '../token-count.ts';

/** Counts that are priced here, or that are part of one that is. */
const KNOWN_TOKENS = new Set([
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'text_tokens',
  'image_tokens',
  'ttl_30m_tokens',
]);
/** Items with a fee of their own. */
const FEE_ITEMS = new Set(['file_search_call', 'code_interpreter_call', 'image_generation_call']);
/** Uses of server-side tools, as xAI counts them, that cost nothing but tokens or are counted as searches. */
const COUNTED_USES = new Set(['web_search_calls', 'mcp_calls']);

/**
 * Reads the usage of a response object; null when it has none, or a count is nonsense. Cached and written tokens are part
 * of `input_tokens`; reasoning is part of `output_tokens` unless the total shows that it comes on top. The reading is
 * inexact where the counts contradict each other, or where the response shows a use that has no price here.
 */
export function readResponsesUsage(response: JsonObject): UsageReading | null {
  const usage = objectAt(response, 'usage');
  if (usage === null) return null;
  const details = objectAt(usage, 'input_tokens_details');
  const counts = allCounts({
    input: countAt(usage, 'input_tokens', Number.NaN),
    output: countAt(usage, 'output_tokens', 0),
    cached: countAt(details, 'cached_tokens', 0),
    written: countAt(details, 'cache_write_tokens', 0),
    reasoning: countAt(objectAt(usage, 'output_tokens_details'), 'reasoning_tokens', 0),
    searches: countSearches(response, usage),
  });
  if (counts === null) return null;
  const total = countAt(usage, 'total_tokens', counts.input + counts.output);
  if (total === null) return null;
  const { output, exact } = billedOutput({ ...counts, total });
  const cacheRead = Math.min(counts.cached, counts.input);
  const cacheWrite = Math.min(counts.written, counts.input - cacheRead);
  return {
    lines: [
      {
        model: null,
        usage: {
          input: counts.input - cacheRead - cacheWrite,
          cacheRead,
          cacheWrite5m: cacheWrite,
          cacheWrite1h: 0,
          output,
          reasoning: counts.reasoning,
          webSearches: counts.searches,
        },
      },
    ],
    inexact: !exact || counts.cached > counts.input || hasUnpricedUse(response, usage),
  };
}

/**
 * What the provider counts comes first: OpenAI's `tool_usage`, or xAI's breakdown. Older answers have only their items,
 * of which those that opened or read a page are no searches, and one that never completed is none either.
 */
function countSearches(response: JsonObject, usage: JsonObject): number | null {
  const counted = objectAt(objectAt(response, 'tool_usage'), 'web_search');
  if (counted !== null) return countAt(counted, 'num_requests', 0);
  const uses = objectAt(usage, 'server_side_tool_usage_details');
  if (uses !== null) return countAt(uses, 'web_search_calls', 0);
  return searchItems(response).filter((item) => item['status'] === 'completed').length;
}

function searchItems(response: JsonObject): readonly JsonObject[] {
  return arrayAt(response, 'output')
    .filter(isObject)
    .filter((item) => item['type'] === 'web_search_call' && stringAt(objectAt(item, 'action'), 'type') === 'search');
}

function hasUnpricedUse(response: JsonObject, usage: JsonObject): boolean {
  if (hasUnknownTokens(usage)) return true;
  const { web_search: _counted, ...otherTools } = objectAt(response, 'tool_usage') ?? {};
  if (hasPositive(otherTools)) return true;
  const uses = Object.entries(objectAt(usage, 'server_side_tool_usage_details') ?? {});
  if (uses.some(([name, count]) => !COUNTED_USES.has(name) && hasPositive(count))) return true;
  const items = arrayAt(response, 'output').filter(isObject);
  if (items.some((item) => FEE_ITEMS.has(stringAt(item, 'type') ?? ''))) return true;
  return hasUncertainSearch(response, usage);
}

/** Searches that did not complete may be billed all the same, and those of the preview tool have fees that differ by model. */
function hasUncertainSearch(response: JsonObject, usage: JsonObject): boolean {
  const searches = searchItems(response);
  if (searches.length === 0 || objectAt(usage, 'server_side_tool_usage_details') !== null) return false;
  const isCounted = objectAt(response, 'tool_usage') !== null;
  if (!isCounted && searches.some((item) => item['status'] !== 'completed')) return true;
  return arrayAt(response, 'tools').some(
    (tool) => isObject(tool) && stringAt(tool, 'type')?.startsWith('web_search_preview') === true,
  );
}

/** Tokens under a name that is not known here: nobody can say whether they are part of the others. */
function hasUnknownTokens(usage: JsonObject): boolean {
  return Object.entries(usage).some(([name, value]) => {
    if (isObject(value) && name.endsWith('_details')) return hasUnknownTokens(value);
    return name.endsWith('_tokens') && !KNOWN_TOKENS.has(name) && hasPositive(value);
  });
}

function hasPositive(value: JsonValue | undefined): boolean {
  if (typeof value === 'number') return value > 0;
  return isObject(value) && Object.values(value).some(hasPositive);
}
