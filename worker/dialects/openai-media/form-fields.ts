// The fields of a form as the same request would have them in JSON: counts and flags, which a form can only spell. Pure.

import { isObject, type JsonObject, type JsonValue } from '../../../schema/json.ts';
import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type Result, succeed } from '../../../schema/result.ts';

const COUNTS = new Set(['n', 'partial_images']);
const FLAGS = new Set(['stream']);
/** Fields that are acted on. A server that ignores case or brackets would read another spelling as well. */
const READ_FIELDS = new Set([
  ...COUNTS,
  ...FLAGS,
  'model',
  'prompt',
  'quality',
  'size',
  'output_format',
  'response_format',
  'file',
]);

export function readFields(form: JsonObject): Result<JsonObject, BadRequest> {
  const fields: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(form)) {
    const plain = name.toLowerCase().replace(/\[.*$/, '');
    if (plain !== name && READ_FIELDS.has(plain)) return badField(name, `must be spelled "${plain}"`);
    if (READ_FIELDS.has(name) && name !== 'file' && isObject(value)) return badField(name, 'must be no file');
    fields.push([name, typeof value === 'string' ? meant(name, value) : (value ?? null)]);
  }
  return succeed(Object.fromEntries(fields));
}

function meant(name: string, text: string): JsonValue {
  if (COUNTS.has(name) && /^\d{1,9}$/.test(text)) return Number(text);
  if (!FLAGS.has(name)) return text;
  return text === 'true' ? true : text === 'false' ? false : text;
}
