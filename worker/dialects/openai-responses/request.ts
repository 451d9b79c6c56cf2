// What metering and policy need of a Responses request, and the few members they change. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { Address } from '../../../schema/address.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type JsonObject, objectAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { Edit, ParsedCall, UpstreamTerms } from '../dialect.ts';
import { readCount, readFlag, readModel } from '../request-fields.ts';
import { readTerms } from '../service-terms.ts';
import { boundInput } from './input-bound.ts';
import { mostUses, surveyTools } from './tools.ts';

const CAP = 'max_output_tokens';
/** Members that some servers bill by their use, which nothing here counts. */
const UNPRICED = ['search_parameters'];
/** The lifetime of a cache write that the list price is for. */
const PRICED_CACHE_LIFETIME = '30m';

export function parseResponses(body: JsonObject, bodyBytes: number, address: Address): Result<ParsedCall, BadRequest> {
  const model = readModel(body);
  if (!model.ok) return model;
  const stream = readFlag(body, 'stream');
  if (!stream.ok) return stream;
  const cap = readCount(body, CAP, 1);
  if (!cap.ok) return cap;
  const maxToolCalls = readCount(body, 'max_tool_calls', 0);
  if (!maxToolCalls.ok) return maxToolCalls;
  const priced = checkPriced(body);
  if (!priced.ok) return priced;
  const terms = readTerms(body, ['service_tier']);
  if (!terms.ok) return terms;
  const tools = surveyTools(body);
  if (!tools.ok) return tools;
  // A prompt that is kept at the provider may bring tools along.
  const isKept = (body['prompt'] ?? null) !== null;
  const uses = mostUses(maxToolCalls.value);
  const mayUse = uses > 0 && body['tool_choice'] !== 'none';
  const { any, webSearch, onlySearches } = tools.value;
  // Other tools are read before they are used: a server's list, for one.
  const providersOwn = tools.value.providersOwn && (mayUse || !onlySearches);
  return succeed({
    model: model.value,
    stream: stream.value,
    input: boundInput(body, {
      bodyBytes,
      tools: any,
      unbounded: providersOwn,
      // The model is asked once, and again after each use.
      rounds: providersOwn || isKept ? uses + 1 : 1,
    }),
    cacheWrite: '5m',
    webSearches: (webSearch && mayUse) || isKept ? uses : 0,
    outputCap: cap.value,
    choices: 1,
    extraOutputTokens: 0,
    terms: terms.value,
    wantsUsage: true,
    body,
    address,
  });
}

/** Refuses by name what the list price does not cover, and what nobody could bound. */
function checkPriced(body: JsonObject): Result<null, BadRequest> {
  const background = readFlag(body, 'background');
  if (!background.ok) return background;
  if (background.value) {
    return badField('background', 'is not offered here: the answer would come after the call is settled. Leave it out');
  }
  for (const field of UNPRICED) {
    if ((body[field] ?? null) !== null) return badField(field, 'has no price here');
  }
  for (const field of ['input', 'tools']) {
    const value = body[field] ?? [];
    if (!Array.isArray(value) && !(field === 'input' && typeof value === 'string')) {
      return badField(field, field === 'input' ? 'must be text or a list' : 'must be a list');
    }
  }
  const lifetime = objectAt(body, 'prompt_cache_options')?.['ttl'] ?? PRICED_CACHE_LIFETIME;
  return lifetime === PRICED_CACHE_LIFETIME
    ? succeed(null)
    : badField('prompt_cache_options', `must have a ttl that has a price here: ${PRICED_CACHE_LIFETIME}`);
}

/** The public model becomes the provider's, and an absent cap is written in. Nothing else is touched. */
export function editResponses(call: ParsedCall, terms: UpstreamTerms): readonly Edit[] {
  const edits: Edit[] = [];
  if (call.model !== terms.upstreamModel) edits.push({ member: 'model', value: terms.upstreamModel });
  if (terms.injectedCap !== null) edits.push({ member: CAP, value: terms.injectedCap });
  return edits;
}
