// What the claims of a verified token make of whoever carries it: their user id, and their roles in the company. Pure.

import type { JWTPayload } from 'jose';
import type { UserId } from '../../../schema/ids.ts';
import { isObject } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import type { CompanyRole } from '../../../schema/roles.ts';
import type { ClaimPath, SignOnIssuer } from '../../../schema/sign-on-settings.ts';
import { userOfName } from '../../../schema/user-name.ts';

export interface Person {
  readonly user: UserId;
  readonly roles: readonly CompanyRole[];
  /** Which of their teams the issuer says they mean; null where it does not. */
  readonly team: string | null;
}

type Rules = Pick<SignOnIssuer, 'userClaim' | 'userDomain' | 'groupsClaim' | 'teamClaim' | 'roles'>;

/** Null where the claims name nobody who can be a user here. */
export function personOf(claims: JWTPayload, rules: Rules): Result<Person, 'nobody'> {
  const user = userOf(claims, rules);
  if (user === null) return fail('nobody');
  const groups = listAt(claims, rules.groupsClaim);
  const roles = rules.roles.flatMap(({ role, ...has }) =>
    has.users.has(user) || groups.some((group) => has.groups.has(group)) ? [role] : [],
  );
  const team = rules.teamClaim === null ? undefined : valueAt(claims, rules.teamClaim);
  return succeed({ user, roles, team: typeof team === 'string' ? team : null });
}

/** An address that the issuer says is not verified is nobody's. */
function userOf(claims: JWTPayload, { userClaim, userDomain }: Rules): UserId | null {
  const value = valueAt(claims, userClaim);
  if (typeof value !== 'string' || (value.includes('@') && claims['email_verified'] === false)) return null;
  return userOfName(value, userDomain);
}

function listAt(claims: JWTPayload, path: ClaimPath): string[] {
  const value = valueAt(claims, path);
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === 'string');
}

/** Own members alone: no claim is called "constructor" unless the issuer wrote it. */
function valueAt(claims: unknown, path: ClaimPath): unknown {
  return path.reduce(
    (holder, name) => (isObject(holder) && Object.hasOwn(holder, name) ? holder[name] : undefined),
    claims,
  );
}
