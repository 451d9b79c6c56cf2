// Members of Google's JSON go by two names, camelCase and snake_case; here they are put under the first. Pure.

import type { JsonObject } from './json.ts';

export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** For objects in which nothing is capped or priced: of a member under both names, the last counts. */
export function inCamelCase(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [camelCase(name), value]));
}
