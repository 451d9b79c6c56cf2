// Counting the tokens of a request whose body names the model. Counting costs nothing at the provider, so only the model is
// read; the rest is the provider's to judge. Pure.

import type { BadRequest } from '../../schema/failure.ts';
import type { JsonObject } from '../../schema/json.ts';
import { type Result, succeed } from '../../schema/result.ts';
import type { TokenCount } from './dialect.ts';
import { readModel } from './request-fields.ts';

export function parseModelCount(body: JsonObject): Result<TokenCount, BadRequest> {
  const model = readModel(body);
  if (!model.ok) return model;
  return succeed({
    model: model.value,
    edits: (upstreamModel) => (model.value === upstreamModel ? [] : [{ member: 'model', value: upstreamModel }]),
  });
}
