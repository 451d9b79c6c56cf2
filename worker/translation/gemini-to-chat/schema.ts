// Gemini's own form of a schema, as OpenAPI writes it, in JSON Schema. Pure.

import { inCamelCase } from '../../../schema/camel-case.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../schema/json.ts';

/** Say how Gemini writes, not what is valid. */
const LEFT_OUT = new Set(['propertyOrdering', 'nullable', 'example']);
/** Google writes its long integers as texts. */
const COUNTS = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);

export function jsonSchemaOf(schema: JsonObject): JsonObject {
  const written = inCamelCase(schema);
  const members = Object.entries(written).flatMap(([name, value]) =>
    LEFT_OUT.has(name) ? [] : [[name, memberOf(name, value)] as const],
  );
  return written['nullable'] === true ? nullable(Object.fromEntries(members)) : Object.fromEntries(members);
}

function memberOf(name: string, value: JsonValue | undefined): JsonValue | undefined {
  if (name === 'type') return typeof value === 'string' ? value.toLowerCase() : value;
  if (COUNTS.has(name)) return typeof value === 'string' ? Number(value) : value;
  if (name === 'properties' && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, schemaIn(each)]));
  }
  if (name === 'items') return schemaIn(value);
  if (name === 'anyOf' || name === 'prefixItems') return Array.isArray(value) ? value.map(schemaIn) : value;
  return value;
}

function schemaIn<Value extends JsonValue | undefined>(value: Value): Value | JsonObject {
  return isObject(value) ? jsonSchemaOf(value) : value;
}

function nullable(schema: JsonObject): JsonObject {
  const { type, anyOf, enum: values, ...rest } = schema;
  return {
    ...rest,
    ...(typeof type === 'string' && { type: [type, 'null'] }),
    ...(Array.isArray(anyOf) && { anyOf: [...anyOf, { type: 'null' }] }),
    ...(Array.isArray(values) && { enum: [...values, null] }),
  };
}
