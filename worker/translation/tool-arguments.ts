// The arguments of a tool's call: JSON in a text with some dialects, an object with others. A text may hide a nesting that no
// check of the body saw, so its depth is bounded here. Pure.

import { isObject, type JsonObject, type JsonValue, parseJson } from '../../schema/json.ts';

/** Leaves room for what stands around them in a body, which may be 64 levels deep. */
const MAX_DEPTH = 48;

/** Null for what is no object, or is nested too deeply to be written out again. A call without arguments has empty ones. */
export function readArguments(text: string): JsonObject | null {
  const parsed = text.trim() === '' ? {} : parseJson(text);
  return isObject(parsed) && !isDeeper(parsed, MAX_DEPTH) ? parsed : null;
}

/** The text of arguments that a model gave as an object. */
export function writeArguments(input: JsonValue | undefined): string {
  const problem = { invalid_arguments: `nested deeper than ${MAX_DEPTH} levels` };
  return JSON.stringify(isDeeper(input, MAX_DEPTH) ? problem : (input ?? {}));
}

function isDeeper(value: JsonValue | undefined, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
