// Counting the tokens of a Gemini request: of contents, or of a whole request that repeats the model. Pure.

import type { Address } from '../../../schema/address.ts';
import { type JsonObject, objectAt } from '../../../schema/json.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { TokenCount } from '../dialect.ts';
import { readModel } from '../request-fields.ts';
import { checkModelIn, renamedModel, renameModelIn } from './model-name.ts';

/** The member that holds a whole request, under both of its names. */
const WHOLE_REQUEST = ['generateContentRequest', 'generate_content_request'];

/** Counting costs nothing at the provider, so only the model is read; the rest is the provider's to judge. */
export function parseGeminiCount(body: JsonObject, address: Address): Result<TokenCount, BadRequest> {
  const model = readModel({ model: address.model });
  if (!model.ok) return model;
  const holders = WHOLE_REQUEST.flatMap((member) => {
    const request = objectAt(body, member);
    return request === null ? [] : [{ member, request }];
  });
  const named = checkModelIn(body, model.value);
  if (!named.ok) return named;
  for (const { member, request } of holders) {
    const namedThere = checkModelIn(request, model.value, `${member}.model`);
    if (!namedThere.ok) return namedThere;
  }
  return succeed({
    model: model.value,
    edits: (upstreamModel) => [
      ...renameModelIn(body, upstreamModel),
      ...holders.flatMap(({ member, request }) => {
        const renamed = renamedModel(request, upstreamModel);
        return renamed === null ? [] : [{ member, value: { ...request, model: renamed } }];
      }),
    ],
  });
}
