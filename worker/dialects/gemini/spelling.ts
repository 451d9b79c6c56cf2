// Google reads every member by two names, camelCase and snake_case. Whoever looks at one of them only is told half of
// the request, and where a body has both, nobody can say which one counts. Pure.

import { badField } from '../../../schema/bad-field.ts';
import { camelCase, inCamelCase } from '../../../schema/camel-case.ts';
import type { JsonObject } from '../../../schema/json.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type Result, succeed } from '../../../schema/result.ts';

/** An object with its members under their camelCase names, and the name that the client used for each. */
export interface Spelled {
  readonly members: JsonObject;
  readonly written: ReadonlyMap<string, string>;
}

/** Refuses a member that is there under both names; `path` is where the object stands, with a dot, or empty. */
export function spell(object: JsonObject, path: string): Result<Spelled, BadRequest> {
  const written = new Map<string, string>();
  const members: Record<string, JsonObject[string]> = {};
  for (const [name, value] of Object.entries(object)) {
    const camel = camelCase(name);
    const other = written.get(camel);
    if (other !== undefined) return badField(`${path}${name}`, `is there a second time, as ${path}${other}`);
    written.set(camel, name);
    members[camel] = value;
  }
  return succeed({ members, written });
}

export function isAmbiguous(object: JsonObject): boolean {
  return Object.keys(inCamelCase(object)).length < Object.keys(object).length;
}
