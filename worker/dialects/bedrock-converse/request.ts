// What metering needs of a Converse request, and the one member it changes. The model and whether to stream are in the
// address. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { Address } from '../../../schema/address.ts';
import type { CacheWrite, InputBound } from '../../../schema/call-shape.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { Edit, ParsedCall, UpstreamTerms } from '../dialect.ts';
import { readCount, visitObjects } from '../request-fields.ts';

/** Members that bill at rates, or for services, that have no price here. */
const UNPRICED = ['guardrailConfig', 'performanceConfig', 'promptVariables', 'serviceTier'];
/** Blocks whose size the bytes of the body bound. */
const TEXT_BLOCKS = new Set(['text', 'toolUse', 'reasoningContent', 'cachePoint']);

export function parseConverse(body: JsonObject, bodyBytes: number, address: Address): Result<ParsedCall, BadRequest> {
  const { model, operation } = address;
  if (model === null) return badField('modelId', 'is required: name the model to call');
  if (!Array.isArray(body['messages'])) return badField('messages', 'is required and must be a list');
  for (const field of UNPRICED) {
    if (body[field] !== undefined && body[field] !== null) return badField(field, 'has no price here');
  }
  const cap = readCount(objectAt(body, 'inferenceConfig') ?? {}, 'maxTokens', 1);
  if (!cap.ok) return cap;
  return succeed({
    model,
    stream: operation === 'converse-stream',
    input: boundInput(body, bodyBytes),
    cacheWrite: longestCache(body),
    webSearches: 0,
    outputCap: cap.value,
    choices: 1,
    extraOutputTokens: 0,
    wantsUsage: true,
    body,
    address,
  });
}

/** The provider puts its model into the address. */
export function editConverse({ body }: ParsedCall, { injectedCap }: UpstreamTerms): readonly Edit[] {
  if (injectedCap === null) return [];
  return [{ member: 'inferenceConfig', value: { ...objectAt(body, 'inferenceConfig'), maxTokens: injectedCap } }];
}

function boundInput(body: JsonObject, bodyBytes: number): InputBound {
  const found = { images: 0, imageBytes: 0, unbounded: false };
  const survey = (block: JsonObject): void => {
    const image = objectAt(block, 'image');
    const result = objectAt(block, 'toolResult');
    if (image !== null) {
      found.images += 1;
      const inline = stringAt(objectAt(image, 'source'), 'bytes');
      if (inline === null) found.unbounded = true;
      else found.imageBytes += inline.length;
    } else if (result !== null) {
      for (const inner of arrayAt(result, 'content').filter(isObject)) {
        if (inner['json'] === undefined) survey(inner);
      }
    } else if (!Object.keys(block).every((kind) => TEXT_BLOCKS.has(kind))) {
      found.unbounded = true;
    }
  };
  for (const message of arrayAt(body, 'messages').filter(isObject)) {
    for (const block of arrayAt(message, 'content').filter(isObject)) survey(block);
  }
  for (const block of arrayAt(body, 'system').filter(isObject)) survey(block);
  const tools = objectAt(body, 'toolConfig');
  // A tool that Bedrock runs itself feeds its results back as input.
  const serverTools = arrayAt(tools, 'tools').some((tool) => isObject(tool) && tool['systemTool'] !== undefined);
  return {
    textBytes: bodyBytes - found.imageBytes,
    images: found.images,
    tools: tools !== null,
    unbounded: found.unbounded || serverTools,
  };
}

function longestCache(body: JsonObject): CacheWrite {
  let longest: CacheWrite = 'none';
  visitObjects(body, (object) => {
    const point = object['cachePoint'];
    if (isObject(point)) longest = point['ttl'] === '1h' || longest === '1h' ? '1h' : '5m';
  });
  return longest;
}
