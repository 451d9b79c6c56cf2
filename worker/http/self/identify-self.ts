// Who asks, by their own key, and where they stand: what every route below /me begins with.

import type { LedgerUnavailable, StandingReply } from '../../../schema/ledger.ts';
import type { TeamId } from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import type { Administration } from '../../administration.ts';
import { credentialOf } from '../../callers/credential.ts';
import { digestKey, parseKey } from '../../callers/key.ts';
import type { MemberDecider } from '../../records/rights.ts';

type Standing = Extract<StandingReply, { readonly outcome: 'identified' }>;

/** Whoever holds the key, and where they stand. */
export interface Self extends Standing {
  readonly team: TeamId;
}

export type NotSelf = LedgerUnavailable | { readonly reason: 'invalid_key' } | { readonly reason: 'suspended' };

/** Whose key the request carries. One answer for a key that is missing, malformed, unknown, revoked or expired. */
export async function identifySelf(
  { ledgers }: Pick<Administration, 'ledgers'>,
  headers: Headers,
): Promise<Result<Self, NotSelf>> {
  const credential = credentialOf(headers, '');
  const key = credential === null ? null : parseKey(credential);
  if (key === null) return fail({ reason: 'invalid_key' });
  const standing = await ledgers.standingOf(key.team, await digestKey(key.text));
  if (!standing.ok) return standing;
  if (standing.value.outcome === 'identified') return succeed({ ...standing.value, team: key.team });
  return fail({ reason: standing.value.reason === 'suspended' ? 'suspended' : 'invalid_key' });
}

/** The same as one who decides on requests. */
export function deciderOf({ team, member }: Self): MemberDecider {
  return { kind: 'member', team, user: member };
}
