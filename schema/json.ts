// JSON as parsed: narrowing without assertions. It knows no dialect.

export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectAt(holder: JsonObject | null, name: string): JsonObject | null {
  const value = holder?.[name];
  return isObject(value) ? value : null;
}

export function arrayAt(holder: JsonObject | null, name: string): readonly JsonValue[] {
  const value = holder?.[name];
  return Array.isArray(value) ? value : [];
}

export function stringAt(holder: JsonObject | null, name: string): string | null {
  const value = holder?.[name];
  return typeof value === 'string' ? value : null;
}

/** Parses JSON from outside; undefined where it is none. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
