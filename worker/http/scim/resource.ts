// A person as a directory says them (RFC 7643): what is read of them, and how they are shown to it. Attributes that nothing
// here needs and no directory asks back for are not kept.

import { z } from 'zod';
import type { JsonObject } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { teamAttributes } from '../../../schema/scim-settings.ts';
import type { DirectoryUser } from '../../records/directory.ts';
import { invalid, type ScimRefusal } from './refusal.ts';

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const NAME_PARTS = ['formatted', 'givenName', 'familyName'] as const;
export const EMAIL_PARTS = ['value', 'type', 'primary'] as const;

const MAX_TEXT_LENGTH = 320;
const MAX_EMAILS = 10;
/** As the table has it. */
const MAX_STORED_LENGTH = 16_384;
const TOO_LONG = `the person is too long: at most ${MAX_STORED_LENGTH} characters of JSON are kept`;
const FLAG_MESSAGE = 'must be true or false';

const text = z.string().max(MAX_TEXT_LENGTH, `must be at most ${MAX_TEXT_LENGTH} characters`);
const optional = text.nullish();
/** Microsoft's directory writes flags as words with a capital. */
const flag = z.union(
  [
    z.boolean(),
    z
      .string()
      .regex(/^(?:true|false)$/i)
      .transform((word) => word.toLowerCase() === 'true'),
  ],
  FLAG_MESSAGE,
);

const resource = z.object({
  userName: text.min(1, 'must not be empty'),
  externalId: optional,
  displayName: optional,
  active: flag.default(true),
  name: z.object({ formatted: optional, givenName: optional, familyName: optional }).nullish(),
  emails: z
    .array(z.object({ value: text, type: optional, primary: flag.nullish() }))
    .max(MAX_EMAILS, `must be at most ${MAX_EMAILS}`)
    .nullish(),
  [ENTERPRISE]: z
    .object({ department: optional, costCenter: optional, division: optional, organization: optional })
    .nullish(),
});

export type Resource = z.output<typeof resource>;
export const KNOWN_ATTRIBUTES = ['userName', 'externalId', 'displayName', 'active', 'name', 'emails'] as const;
export const ENTERPRISE_PARTS = teamAttributes;

export function parseResource(value: unknown): Result<Resource, ScimRefusal> {
  const parsed = resource.safeParse(value);
  if (parsed.success) {
    const isShort = JSON.stringify(storedOf(parsed.data)).length <= MAX_STORED_LENGTH;
    return isShort ? succeed(parsed.data) : fail(invalid('invalidValue', TOO_LONG));
  }
  const [issue] = parsed.error.issues;
  return fail(invalid('invalidValue', `${issue?.path.join('.') || 'the body'} ${issue?.message ?? 'is not valid'}`));
}

/** What is kept of a person: nothing that was not said. */
export function storedOf(said: Resource): JsonObject {
  const stored: JsonObject = JSON.parse(JSON.stringify(said, (_, value: unknown) => value ?? undefined));
  return stored;
}

/** The address that mail reaches them at: their first one that is primary, or for work, or any. */
export function emailOf({ emails }: Resource): string | null {
  const list = emails ?? [];
  const best = list.find(({ primary }) => primary === true) ?? list.find(({ type }) => type === 'work') ?? list[0];
  const parsed = z.email().safeParse(best?.value);
  return parsed.success ? parsed.data : null;
}

export function present({ id, resource: stored, createdAt, updatedAt }: DirectoryUser, origin: string): JsonObject {
  const isEnterprise = stored[ENTERPRISE] !== undefined;
  return {
    schemas: isEnterprise ? [USER, ENTERPRISE] : [USER],
    id,
    ...stored,
    meta: {
      resourceType: 'User',
      created: new Date(createdAt).toISOString(),
      lastModified: new Date(updatedAt).toISOString(),
      location: locationOf(id, origin),
    },
  };
}

export function locationOf(id: string, origin: string): string {
  return `${origin}/scim/v2/Users/${id}`;
}
