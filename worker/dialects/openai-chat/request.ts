// What metering and policy need of a chat completion request, and the few members they change. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { Address } from '../../../schema/address.ts';
import type { InputBound } from '../../../schema/call-shape.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { Edit, ParsedCall, UpstreamTerms } from '../dialect.ts';
import { readCount, readFlag, readModel, visitObjects } from '../request-fields.ts';
import { readTerms } from '../service-terms.ts';

const CURRENT_CAP = 'max_completion_tokens';
const MAX_CHOICES = 128;
/** Members that some servers bill by their use, which nothing here counts. */
const UNPRICED = ['search_parameters'];
/** Parts whose size the bytes of the body bound. */
const TEXT_PARTS = new Set(['text', 'refusal']);

export function parseChat(body: JsonObject, bodyBytes: number, address: Address): Result<ParsedCall, BadRequest> {
  const model = readModel(body);
  if (!model.ok) return model;
  const stream = readFlag(body, 'stream');
  if (!stream.ok) return stream;
  if (!Array.isArray(body['messages'])) return badField('messages', 'is required and must be a list');
  const cap = readCap(body);
  if (!cap.ok) return cap;
  const choices = readChoices(body);
  if (!choices.ok) return choices;
  const terms = readTerms(body, ['service_tier']);
  if (!terms.ok) return terms;
  for (const field of UNPRICED) {
    if (body[field] !== undefined && body[field] !== null) return badField(field, 'has no price here');
  }
  return succeed({
    model: model.value,
    stream: stream.value,
    input: boundInput(body, bodyBytes),
    cacheWrite: '5m',
    webSearches: body['web_search_options'] === undefined ? 0 : 1,
    outputCap: cap.value,
    choices: choices.value,
    extraOutputTokens: predictionBytes(body),
    terms: terms.value,
    wantsUsage: objectAt(body, 'stream_options')?.['include_usage'] === true,
    body,
    address,
  });
}

/** `max_completion_tokens` is today's name of the cap and `max_tokens` the former; with both, the larger bounds. */
function readCap(body: JsonObject): Result<number | null, BadRequest> {
  const current = readCount(body, CURRENT_CAP, 1);
  if (!current.ok) return current;
  const former = readCount(body, 'max_tokens', 1);
  if (!former.ok) return former;
  if (current.value === null) return former;
  return succeed(Math.max(current.value, former.value ?? 0));
}

function readChoices(body: JsonObject): Result<number, BadRequest> {
  let most = 1;
  for (const field of ['n', 'best_of']) {
    const count = readCount(body, field, 1);
    if (!count.ok) return count;
    if ((count.value ?? 1) > MAX_CHOICES) return badField(field, `must be at most ${MAX_CHOICES}`);
    most = Math.max(most, count.value ?? 1);
  }
  return succeed(most);
}

function boundInput(body: JsonObject, bodyBytes: number): InputBound {
  let images = 0;
  let imageBytes = 0;
  let unbounded = body['web_search_options'] !== undefined;
  for (const message of arrayAt(body, 'messages')) {
    // An answer that is played back by its id has no bytes here.
    if (isObject(message) && isObject(message['audio'])) unbounded = true;
    for (const part of isObject(message) ? arrayAt(message, 'content') : []) {
      const type = isObject(part) ? stringAt(part, 'type') : null;
      if (type === 'image_url' && isObject(part) && isImage(part)) {
        images += 1;
        imageBytes += inlineBytes(part);
      } else if (type === null || !TEXT_PARTS.has(type)) {
        unbounded = true;
      }
    }
  }
  return {
    textBytes: bodyBytes - imageBytes,
    images,
    tools: body['tools'] !== undefined || body['functions'] !== undefined,
    unbounded,
    media: images > 0 || unbounded,
  };
}

/** Some servers take documents in the place of images; those are bounded by nothing but the window. */
function isImage(part: JsonObject): boolean {
  const url = urlOf(part);
  return !url.startsWith('data:') || url.startsWith('data:image/');
}

function inlineBytes(part: JsonObject): number {
  const url = urlOf(part);
  return url.startsWith('data:') ? url.length : 0;
}

function urlOf(part: JsonObject): string {
  return stringAt(objectAt(part, 'image_url'), 'url') ?? stringAt(part, 'image_url') ?? '';
}

/** Rejected prediction tokens are billed as output; each covers at least one byte of the prediction. */
function predictionBytes(body: JsonObject): number {
  let bytes = 0;
  const { prediction } = body;
  visitObjects(prediction, (object) => {
    for (const value of Object.values(object)) if (typeof value === 'string') bytes += value.length * 3;
  });
  return bytes;
}

/** The client's cap, where it stands under a name that this server may not know: there it would cap nothing. */
function capElsewhere({ body, outputCap }: ParsedCall, capMember: string): number | null {
  if (capMember === CURRENT_CAP) return null;
  return typeof body[capMember] === 'number' ? null : outputCap;
}

/**
 * The public model becomes the provider's, an absent cap is written in, and streams are made to report their usage where
 * they do not by themselves.
 * Nothing else is touched.
 */
export function editChat(call: ParsedCall, terms: UpstreamTerms): readonly Edit[] {
  const edits: Edit[] = [];
  if (call.model !== terms.upstreamModel) edits.push({ member: 'model', value: terms.upstreamModel });
  const cap = terms.injectedCap ?? capElsewhere(call, terms.capMember);
  if (cap !== null) edits.push({ member: terms.capMember, value: cap });
  if (call.stream && !call.wantsUsage && terms.reportsUsageUnasked !== true) {
    const options: JsonValue = { ...objectAt(call.body, 'stream_options'), include_usage: true };
    edits.push({ member: 'stream_options', value: options });
  }
  return edits;
}
