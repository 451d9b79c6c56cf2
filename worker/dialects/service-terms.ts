// Reading the terms of service that a body asks for and an answer names. Whether they have a price is not decided here.

import { badField } from '../../schema/bad-field.ts';
import type { BadRequest } from '../../schema/failure.ts';
import { type JsonObject, stringAt } from '../../schema/json.ts';
import { type Result, succeed } from '../../schema/result.ts';
import type { ServiceTerms, TermMember } from '../../schema/service-terms.ts';

const MAX_LENGTH = 64;

/** Null counts as absent, as the providers read it. */
export function readTerms(body: JsonObject, members: readonly TermMember[]): Result<ServiceTerms, BadRequest> {
  const terms: Partial<Record<TermMember, string>> = {};
  for (const member of members) {
    const value = body[member] ?? null;
    if (value === null) continue;
    if (typeof value !== 'string') return badField(member, 'must be a string');
    if (value.length > MAX_LENGTH) return badField(member, `must be at most ${MAX_LENGTH} characters long`);
    terms[member] = value;
  }
  return succeed(terms);
}

/** What an answer says, laid over what it said before. */
export function answeredTerms(before: ServiceTerms, holder: JsonObject, members: readonly TermMember[]): ServiceTerms {
  const said = members.flatMap((member) => {
    const value = stringAt(holder, member) ?? '';
    return value === '' || value === before[member] ? [] : [[member, value] as const];
  });
  return said.length === 0 ? before : { ...before, ...Object.fromEntries(said) };
}
