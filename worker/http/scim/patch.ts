// A change of a person, operation by operation (RFC 7644, section 3.5.2), in the ways that directories write them: with a
// path or without, attributes by their short or their whole name, "Replace" or "replace". What is not kept is passed over. Pure.

import { z } from 'zod';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { invalid, type ScimRefusal } from './refusal.ts';
import { EMAIL_PARTS, ENTERPRISE, ENTERPRISE_PARTS, KNOWN_ATTRIBUTES, NAME_PARTS, USER } from './resource.ts';

const MAX_OPERATIONS = 100;
const OPERATIONS = ['add', 'replace', 'remove'] as const;

const patchForm = z.object({
  Operations: z
    .array(z.object({ op: z.string(), path: z.string().nullish(), value: z.unknown().optional() }))
    .min(1, 'must not be empty')
    .max(MAX_OPERATIONS, `must be at most ${MAX_OPERATIONS}`),
});

type Operation = z.output<typeof patchForm>['Operations'][number];
type Patched = Result<JsonObject, ScimRefusal>;

export function applyPatch(person: JsonObject, body: unknown): Patched {
  const parsed = patchForm.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail(invalid('invalidSyntax', `${issue?.path.join('.') || 'the body'} ${issue?.message ?? 'is not valid'}`));
  }
  let patched: Patched = succeed(person);
  for (const operation of parsed.data.Operations) {
    if (!patched.ok) return patched;
    patched = applyOne(patched.value, operation);
  }
  return patched;
}

function applyOne(person: JsonObject, { op, path, value }: Operation): Patched {
  const kind = OPERATIONS.find((each) => each === op.toLowerCase());
  if (kind === undefined) return fail(invalid('invalidSyntax', `op must be one of ${OPERATIONS.join(', ')}`));
  const given = jsonOf(value);
  if (path !== undefined && path !== null) {
    const place = placeOf(path);
    if (place === null)
      return fail(invalid('invalidPath', `the path "${path.slice(0, 100)}" is not one that can be read`));
    return succeed(kind === 'remove' ? without(person, place) : withValue(person, place, given, kind));
  }
  if (kind === 'remove' || !isObject(given)) {
    return fail(invalid('invalidSyntax', 'an operation without a path must add or replace an object of attributes'));
  }
  let next = person;
  for (const [name, each] of Object.entries(given)) {
    const place = placeOf(name);
    if (place !== null && each !== undefined) next = withValue(next, place, each, kind);
  }
  return succeed(next);
}

/** Undefined where there is none. */
function jsonOf(value: unknown): JsonValue | undefined {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

type Place =
  | { readonly attribute: (typeof KNOWN_ATTRIBUTES)[number] | typeof ENTERPRISE; readonly part: string | null }
  | { readonly attribute: 'emails'; readonly part: string | null; readonly type: string }
  /** Of something that is not kept. */
  | { readonly attribute: 'other' };

const PATH = /^([\w-]+)(?:\[\s*(\w+)\s+eq\s+"?([^"\]]*)"?\s*\])?(?:\.([\w-]+))?$/i;

function placeOf(path: string): Place | null {
  const lower = path.toLowerCase();
  const extension = ENTERPRISE.toLowerCase();
  if (lower === extension) return { attribute: ENTERPRISE, part: null };
  if (lower.startsWith(`${extension}:`)) {
    const part = partOf(ENTERPRISE_PARTS, path.slice(extension.length + 1));
    return part === null ? { attribute: 'other' } : { attribute: ENTERPRISE, part };
  }
  const core = lower.startsWith(`${USER.toLowerCase()}:`) ? path.slice(USER.length + 1) : path;
  if (core.includes(':')) return { attribute: 'other' };
  const match = PATH.exec(core);
  if (match === null) return null;
  const [, name = '', condition, type = '', sub = ''] = match;
  const attribute = KNOWN_ATTRIBUTES.find((each) => each.toLowerCase() === name.toLowerCase());
  if (attribute === undefined) return { attribute: 'other' };
  if (attribute === 'emails') {
    const part = sub === '' ? null : partOf(EMAIL_PARTS, sub);
    if (sub !== '' && part === null) return { attribute: 'other' };
    if (condition === undefined) return part === null ? { attribute, part } : { attribute, part, type: 'work' };
    return condition.toLowerCase() === 'type' ? { attribute, part, type } : { attribute: 'other' };
  }
  if (sub === '') return { attribute, part: null };
  const part = attribute === 'name' ? partOf(NAME_PARTS, sub) : null;
  return part === null ? { attribute: 'other' } : { attribute, part };
}

function partOf(parts: readonly string[], name: string): string | null {
  return parts.find((each) => each.toLowerCase() === name.toLowerCase()) ?? null;
}

function withValue(
  person: JsonObject,
  place: Place,
  value: JsonValue | undefined,
  kind: 'add' | 'replace',
): JsonObject {
  if (place.attribute === 'other') return person;
  if ('type' in place) return withEmail(person, place, value);
  const { attribute, part } = place;
  if (part !== null) return { ...person, [attribute]: { ...objectAt(person, attribute), [part]: value } };
  if (attribute === 'emails') {
    const given: readonly JsonValue[] = Array.isArray(value) ? value : [value ?? null];
    return { ...person, emails: kind === 'add' ? [...arrayAt(person, 'emails'), ...given] : given };
  }
  const isMerged = isObject(value) && (attribute === 'name' || attribute === ENTERPRISE);
  return { ...person, [attribute]: isMerged ? { ...objectAt(person, attribute), ...value } : value };
}

type EmailPlace = Extract<Place, { readonly type: string }>;

/** The address of this type, which may be a new one. */
function withEmail(person: JsonObject, { part, type }: EmailPlace, value: JsonValue | undefined): JsonObject {
  const emails = arrayAt(person, 'emails');
  const isThis = (email: JsonValue) => isObject(email) && stringAt(email, 'type')?.toLowerCase() === type.toLowerCase();
  const known = emails.find(isThis);
  const before = isObject(known) ? known : { type };
  const after = part === null ? { ...before, ...(isObject(value) ? value : {}) } : { ...before, [part]: value };
  return {
    ...person,
    emails: known === undefined ? [...emails, after] : emails.map((each) => (each === known ? after : each)),
  };
}

function without(person: JsonObject, place: Place): JsonObject {
  if (place.attribute === 'other') return person;
  if ('type' in place) {
    const isOther = (email: JsonValue) =>
      !isObject(email) || stringAt(email, 'type')?.toLowerCase() !== place.type.toLowerCase();
    return { ...person, emails: arrayAt(person, 'emails').filter(isOther) };
  }
  const { attribute, part } = place;
  // Whoever is neither active nor not is not: nobody is let in by something that is taken away.
  if (attribute === 'active') return { ...person, active: false };
  return { ...person, [attribute]: part === null ? undefined : { ...objectAt(person, attribute), [part]: undefined } };
}
