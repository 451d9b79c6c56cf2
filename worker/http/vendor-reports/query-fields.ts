// Query fields as the vendors' SDKs and their curl examples write them: a list is a name given several times, with or
// without brackets, or values with commas between. Pure.

import { z } from '@hono/zod-openapi';
import type { UsageGroup } from '../../records/usage-totals.ts';

/** D1 would take more; nobody reads a bill by so many. */
const MAX_VALUES = 100;

const LIMIT_MESSAGE = 'must be a whole number of 1 or more';

export const limitField = z.coerce
  .number({ error: LIMIT_MESSAGE })
  .int(LIMIT_MESSAGE)
  .min(1, LIMIT_MESSAGE)
  .optional()
  .openapi({ type: 'integer', minimum: 1 });

/** A list of values that match; null where the list is left out. */
export function listField<Value extends z.ZodType<unknown, string>>(value: Value) {
  return z
    .union([z.string().transform((text) => text.split(',')), z.array(z.string())])
    .pipe(z.array(value).max(MAX_VALUES, `must be at most ${MAX_VALUES} values`))
    .optional()
    .openapi({ type: 'array', items: { type: 'string' } });
}

/** The same field with brackets behind its name and without. */
export function bothNames<Name extends string, Field extends z.ZodType>(
  name: Name,
  field: Field,
): Record<Name | `${Name}[]`, Field>;
export function bothNames(name: string, field: z.ZodType): Record<string, z.ZodType> {
  return { [name]: field, [`${name}[]`]: field };
}

/** The list under whichever of its names it was given. */
export function given<Value>(plain: readonly Value[] | undefined, bracketed: readonly Value[] | undefined) {
  return plain === undefined && bracketed === undefined ? null : [...(plain ?? []), ...(bracketed ?? [])];
}

/** What of a vendor's groups is recorded, each once. */
export function knownGroups<Name extends string>(
  names: readonly Name[] | null,
  groupsOf: Readonly<Record<Name, UsageGroup | null>>,
): UsageGroup[] {
  return [...new Set((names ?? []).map((name) => groupsOf[name]).filter((group) => group !== null))];
}
