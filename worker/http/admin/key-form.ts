// A key as it is asked for and shown: what an admin may write, and the form it takes inside. Pure.

import { z } from '@hono/zod-openapi';
import { keyOrigins } from '../../../schema/d1/tables.ts';
import { userIdSchema } from '../../../schema/ids.ts';
import { canonicalRange } from '../../../schema/source-range.ts';
import type { KeyDescription } from '../../records/key-row.ts';
import type { ListedKey } from '../../records/keys.ts';
import { isoTime, isoTimeOrNull, nameField, patternField, timeField } from './fields.ts';

const MAX_OVERLAP_HOURS = 30 * 24;
const OVERLAP_MESSAGE = `must be a whole number from 0 to ${MAX_OVERLAP_HOURS}`;

/** A day in UTC; inside, its beginning in milliseconds since 1970. */
export const dayField = z.iso
  .date({ error: 'must be a day such as "2026-09-01"' })
  .transform((text) => Date.parse(text))
  .openapi({ type: 'string', format: 'date', example: '2026-09-01' });

const MAX_SCOPE = 50;
const SCOPE_MESSAGE = `must name 1 to ${MAX_SCOPE}, or be null for any`;

const modelsField = z
  .array(patternField)
  .min(1, SCOPE_MESSAGE)
  .max(MAX_SCOPE, SCOPE_MESSAGE)
  .readonly()
  .nullable()
  .openapi({ description: 'Patterns of the models that the key is for, whatever else its member may use.' });

const sourceField = z
  .string()
  .transform((text, check) => {
    const range = canonicalRange(text);
    if (range.ok) return range.value;
    check.addIssue({ code: 'custom', message: range.failure });
    return z.NEVER;
  })
  .openapi({ type: 'string', example: '203.0.113.0/24' });

const sourcesField = z
  .array(sourceField)
  .min(1, SCOPE_MESSAGE)
  .max(MAX_SCOPE, SCOPE_MESSAGE)
  .readonly()
  .nullable()
  .openapi({ description: 'Addresses and CIDR ranges that calls with the key may come from.' });

export const keyCreation = z
  .strictObject({
    user: userIdSchema.meta({ description: 'Becomes a member if the team has never had them.' }),
    name: nameField.default('key').openapi({ example: 'laptop' }),
    expiresAt: timeField.nullable().default(null).openapi({ description: 'Null for never.' }),
    models: modelsField.default(null),
    sources: sourcesField.default(null),
  })
  .openapi('KeyCreation');

export const keyChange = z
  .strictObject({
    name: nameField.optional(),
    models: modelsField.optional(),
    sources: sourcesField.optional(),
  })
  .openapi('KeyChange');

export const keyBody = z
  .object({
    id: z.string(),
    team: z.string(),
    user: z.string(),
    name: z.string(),
    last4: z.string().openapi({ description: 'The last four characters of the key.' }),
    createdAt: z.iso.datetime(),
    origin: z.enum(keyOrigins).openapi({ description: 'sign_on: of a member who signs on; nobody has its text.' }),
    expiresAt: z.iso.datetime().nullable(),
    previousUntil: z.iso.datetime().nullable().openapi({ description: 'The text before this one counts until then.' }),
    revokedAt: z.iso.datetime().nullable(),
    models: z.array(z.string()).nullable().openapi({ description: 'Patterns; null for any model.' }),
    sources: z.array(z.string()).nullable().openapi({ description: 'Addresses and ranges; null for any.' }),
  })
  .openapi('Key');

export const listedKeyBody = keyBody
  .extend({
    lastUsedOn: z.iso
      .date()
      .nullable()
      .openapi({ description: 'In UTC, some seconds after the call; null for never.' }),
  })
  .openapi('ListedKey');

export const keyRotation = z
  .strictObject({
    overlapHours: z
      .int(OVERLAP_MESSAGE)
      .min(0, OVERLAP_MESSAGE)
      .max(MAX_OVERLAP_HOURS, OVERLAP_MESSAGE)
      .default(24)
      .openapi({ description: 'How long the text before goes on to count; 0 ends it at once.' }),
  })
  .openapi('KeyRotation');

export const keyRevocation = z
  .strictObject({
    user: userIdSchema.nullable().default(null).openapi({ description: 'Whose keys; null for all of the team.' }),
    unusedSince: dayField.nullable().default(null).openapi({ description: 'Null for all, used or not.' }),
    createdBefore: timeField.nullable().default(null).openapi({ description: 'Null for all, however new.' }),
  })
  .openapi('KeyRevocation');

export const revokedBody = z.object({ revoked: z.int() }).openapi('RevokedKeys');

export const issuedKeyBody = keyBody
  .extend({ key: z.string().openapi({ description: 'The key. It is shown this once and stored nowhere.' }) })
  .openapi('IssuedKey');

export function presentKey(key: KeyDescription): z.infer<typeof keyBody> {
  return {
    id: key.id,
    team: key.team,
    user: key.user,
    name: key.name,
    last4: key.last4,
    origin: key.origin,
    createdAt: isoTime(key.createdAtMs),
    expiresAt: isoTimeOrNull(key.expiresAtMs),
    previousUntil: isoTimeOrNull(key.previousUntilMs),
    revokedAt: isoTimeOrNull(key.revokedAtMs),
    models: key.models === null ? null : [...key.models],
    sources: key.sources === null ? null : [...key.sources],
  };
}

export function presentListed({ key, lastUsedDayMs: dayMs }: ListedKey): z.infer<typeof listedKeyBody> {
  return { ...presentKey(key), lastUsedOn: dayMs === null ? null : isoTime(dayMs).slice(0, 'yyyy-mm-dd'.length) };
}
