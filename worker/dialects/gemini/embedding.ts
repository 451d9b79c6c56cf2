// Embeddings in Gemini's form: one content, or a batch of requests that each repeat the model. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { Address } from '../../../schema/address.ts';
import { arrayAt, isObject, type JsonObject } from '../../../schema/json.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { Edit, ParsedCall, UpstreamTerms } from '../dialect.ts';
import { surveyContents } from './input.ts';
import { checkModelIn, renamedModel, renameModelIn } from './model-name.ts';

const BATCH = 'batchEmbedContents';
export const EMBEDDING_OPERATIONS: ReadonlySet<string> = new Set(['embedContent', BATCH]);

/** A request whose address and spelling have been understood. */
interface Understood {
  readonly members: JsonObject;
  readonly model: string;
  readonly bodyBytes: number;
  readonly address: Address;
}

export function parseEmbedding(
  body: JsonObject,
  { members, model, bodyBytes, address }: Understood,
): Result<ParsedCall, BadRequest> {
  const isBatch = address.operation === BATCH;
  if (isBatch && !Array.isArray(members['requests'])) return badField('requests', 'is required and must be a list');
  if (!isBatch && !isObject(members['content'])) return badField('content', 'is required and must be an object');
  const requests = isBatch ? arrayAt(members, 'requests').filter(isObject) : [members];
  for (const [index, request] of requests.entries()) {
    const named = checkModelIn(request, model, `requests[${index}].model`);
    if (!named.ok) return named;
  }
  const found = surveyContents(requests.map((request) => request['content']));
  return succeed({
    model,
    stream: false,
    input: {
      textBytes: bodyBytes - found.imageBytes,
      images: found.images,
      tools: false,
      unbounded: found.unbounded,
      media: found.images > 0 || found.unbounded,
    },
    cacheWrite: 'none',
    webSearches: 0,
    // An embedding has no tokens of output.
    outputCap: 0,
    choices: 1,
    extraOutputTokens: 0,
    wantsUsage: true,
    body,
    address,
  });
}

export function editEmbedding({ body }: ParsedCall, { upstreamModel }: UpstreamTerms): readonly Edit[] {
  const edits = renameModelIn(body, upstreamModel);
  const requests = arrayAt(body, 'requests');
  const renamed = requests.map((request) => {
    const model = isObject(request) ? renamedModel(request, upstreamModel) : null;
    return isObject(request) && model !== null ? { ...request, model } : request;
  });
  return renamed.every((request, index) => request === requests[index])
    ? edits
    : [...edits, { member: 'requests', value: renamed }];
}
