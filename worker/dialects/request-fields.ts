// Reading the few request members that metering and policy act on. What is not named here passes unread.

import { badField } from '../../schema/bad-field.ts';
import type { BadRequest } from '../../schema/failure.ts';
import type { JsonObject, JsonValue } from '../../schema/json.ts';
import { type Result, succeed } from '../../schema/result.ts';

const MAX_MODEL_LENGTH = 200;

export function readModel(body: JsonObject): Result<string, BadRequest> {
  const { model } = body;
  if (model === undefined || model === null) return badField('model', 'is required: name the model to call');
  if (typeof model !== 'string') return badField('model', 'must be a string');
  if (model === '' || model.length > MAX_MODEL_LENGTH) {
    return badField('model', `must be 1 to ${MAX_MODEL_LENGTH} characters long`);
  }
  return succeed(model);
}

/** An optional flag; null counts as absent, as the providers read it. */
export function readFlag(body: JsonObject, field: string): Result<boolean, BadRequest> {
  const value = body[field] ?? false;
  return typeof value === 'boolean' ? succeed(value) : badField(field, 'must be true or false');
}

/** An optional whole number of at least `least`; null where it is absent or null. */
export function readCount(body: JsonObject, field: string, least: number): Result<number | null, BadRequest> {
  const value = body[field] ?? null;
  if (value === null) return succeed(null);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    return badField(field, `must be a whole number of at least ${least}`);
  }
  return succeed(value);
}

/** Calls `visit` for every object of a JSON value, outermost first. The value's depth is bounded by its parser. */
export function visitObjects(value: JsonValue | undefined, visit: (object: JsonObject) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (isArray(value)) {
    for (const item of value) visitObjects(item, visit);
    return;
  }
  visit(value);
  for (const item of Object.values(value)) visitObjects(item, visit);
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
