// The model's name inside a body. The path decides which model is called; a body that names another one is refused,
// because nobody can say which of the two Google would bill. Pure.

import { badField } from '../../../schema/bad-field.ts';
import { type JsonObject, stringAt } from '../../../schema/json.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { Edit } from '../dialect.ts';

const COLLECTION = 'models/';

export function checkModelIn(holder: JsonObject, model: string, field = 'model'): Result<null, BadRequest> {
  const named = holder['model'] ?? null;
  return named === null || named === model || named === COLLECTION + model
    ? succeed(null)
    : badField(field, 'must be the model that the path names, or left out');
}

export function renameModelIn(body: JsonObject, upstreamModel: string): Edit[] {
  const renamed = renamedModel(body, upstreamModel);
  return renamed === null ? [] : [{ member: 'model', value: renamed }];
}

/** What the name in a body is upstream; null where there is none, or it is that already. */
export function renamedModel(holder: JsonObject, upstreamModel: string): string | null {
  const named = stringAt(holder, 'model');
  const renamed = COLLECTION + upstreamModel;
  return named === null || named === upstreamModel || named === renamed ? null : renamed;
}
