// What metering and policy need of an Anthropic messages request, and the few members they change. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { Address } from '../../../schema/address.ts';
import type { CacheWrite, InputBound } from '../../../schema/call-shape.ts';
import { isObject, type JsonObject, objectAt, stringAt, arrayAt } from '../../../schema/json.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { Edit, ParsedCall, UpstreamTerms } from '../dialect.ts';
import { readCount, readFlag, readModel, visitObjects } from '../request-fields.ts';
import { readTerms } from '../service-terms.ts';

/** Tools that the provider runs itself and feeds back as input, by the beginning of their type. */
const SERVER_TOOLS = ['web_search', 'web_fetch', 'code_execution', 'tool_search'];
/** Kinds of `source` whose tokens the bytes of the body do not bound. */
const SOURCES_ELSEWHERE = new Set(['base64', 'url', 'file']);
/** Uses that a server tool without `max_uses` may make, for the bound. */
const USUAL_MAX_USES = 10;
/**
 * How often the provider's own loop asks the model at most before it pauses the turn and hands back.
 * Source: "Handling stop reasons" of Anthropic's documentation, on pause_turn.
 */
const MAX_ROUNDS = 10;
const TERMS = ['service_tier', 'speed', 'inference_geo'] as const;

/** Members that bring other models into the call, or another account: neither policy nor bound would cover those. */
const ELSEWHERE_BILLED = ['fallbacks', 'billing_policy'];

export function parseMessages(body: JsonObject, bodyBytes: number, address: Address): Result<ParsedCall, BadRequest> {
  const model = readModel(body);
  if (!model.ok) return model;
  const stream = readFlag(body, 'stream');
  if (!stream.ok) return stream;
  if (!Array.isArray(body['messages'])) return badField('messages', 'is required and must be a list');
  const cap = readCount(body, 'max_tokens', 0);
  if (!cap.ok) return cap;
  const terms = readTerms(body, TERMS);
  if (!terms.ok) return terms;
  for (const field of ELSEWHERE_BILLED) {
    if (body[field] !== undefined && body[field] !== null)
      return badField(field, 'is not offered here: it bills elsewhere');
  }
  if (arrayAt(body, 'tools').some((tool) => isObject(tool) && stringAt(tool, 'type')?.startsWith('advisor') === true)) {
    return badField('tools', 'must not contain an advisor: it calls another model');
  }
  const found = survey(body);
  return succeed({
    model: model.value,
    stream: stream.value,
    input: boundInput(body, bodyBytes, found),
    cacheWrite: found.cacheWrite,
    webSearches: found.webSearches,
    outputCap: cap.value,
    choices: 1,
    extraOutputTokens: 0,
    terms: terms.value,
    wantsUsage: true,
    body,
    address,
  });
}

export function editMessages(call: ParsedCall, terms: UpstreamTerms): readonly Edit[] {
  const edits: Edit[] = [];
  if (call.model !== terms.upstreamModel) edits.push({ member: 'model', value: terms.upstreamModel });
  if (terms.injectedCap !== null) edits.push({ member: 'max_tokens', value: terms.injectedCap });
  return edits;
}

interface Survey {
  images: number;
  imageBytes: number;
  documents: boolean;
  /** Files for a container, which only its tools read. */
  uploads: boolean;
  serverTools: boolean;
  /** Uses of server tools that the body allows. */
  serverUses: number;
  webSearches: number;
  cacheWrite: CacheWrite;
}

/** What only looks like a source of cost, say inside a tool's input, makes the bound larger, never smaller. */
function survey(body: JsonObject): Survey {
  const usesRemote = body['mcp_servers'] !== undefined || body['container'] !== undefined;
  const found: Survey = {
    images: 0,
    imageBytes: 0,
    documents: false,
    uploads: false,
    serverTools: usesRemote,
    serverUses: usesRemote ? USUAL_MAX_USES : 0,
    webSearches: 0,
    cacheWrite: 'none',
  };
  visitObjects(body, (object) => {
    const cache = object['cache_control'];
    if (isObject(cache)) found.cacheWrite = cache['ttl'] === '1h' || found.cacheWrite === '1h' ? '1h' : '5m';
  });
  visitObjects(body['messages'], (object) => {
    if (object['type'] === 'container_upload') found.uploads = true;
    const source = stringAt(objectAt(object, 'source'), 'type');
    if (object['type'] !== 'image' && SOURCES_ELSEWHERE.has(source ?? '')) found.documents = true;
  });
  for (const message of arrayAt(body, 'messages')) surveyImages(isObject(message) ? message : {}, found);
  for (const tool of arrayAt(body, 'tools')) {
    const type = (isObject(tool) ? stringAt(tool, 'type') : null) ?? '';
    if (!SERVER_TOOLS.some((name) => type.startsWith(name)) || !isObject(tool)) continue;
    found.serverTools = true;
    const limit = tool['max_uses'];
    const uses = typeof limit === 'number' && limit >= 0 ? Math.ceil(limit) : USUAL_MAX_USES;
    found.serverUses += uses;
    if (type.startsWith('web_search')) found.webSearches += uses;
  }
  return found;
}

/** Counts images where the protocol has them: in content, and in tool results. Elsewhere their bytes are text. */
function surveyImages(holder: JsonObject, found: Survey): void {
  for (const block of arrayAt(holder, 'content').filter(isObject)) {
    if (block['type'] === 'tool_result') surveyImages(block, found);
    if (block['type'] !== 'image') continue;
    const source = objectAt(block, 'source');
    found.images += 1;
    if (source?.['type'] === 'base64') found.imageBytes += stringAt(source, 'data')?.length ?? 0;
  }
}

function boundInput(body: JsonObject, bodyBytes: number, found: Survey): InputBound {
  return {
    textBytes: bodyBytes - found.imageBytes,
    images: found.images,
    tools: body['tools'] !== undefined,
    unbounded: found.documents || found.uploads || found.serverTools,
    // The model is asked once, and again after each use.
    rounds: Math.min(found.serverUses + 1, MAX_ROUNDS),
    media: found.images > 0 || found.documents || found.uploads || found.serverTools,
    countable: !found.serverTools && !found.uploads,
  };
}
