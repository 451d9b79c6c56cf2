// Who asks, by their own key or signed on, and where they stand: what every route below /me begins with.

import type { StandingReply } from '../../../schema/ledger.ts';
import type { TeamId } from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { beginSession, type NoSession, type Session } from '../../administration.ts';
import { accessAssertion, credentialOf, looksLikeToken } from '../../callers/credential.ts';
import { digestKey, parseKey } from '../../callers/key.ts';
import { sourceOf } from '../../callers/source.ts';
import type { NotSignedOn } from '../../callers/sign-on/sign-on.ts';
import type { MemberDecider } from '../../records/rights.ts';
import type { AdminDependencies } from '../admin/dependencies.ts';

type Standing = Extract<StandingReply, { readonly outcome: 'identified' }>;

/** Whoever asks, and where they stand. */
export interface Self extends Standing {
  readonly team: TeamId;
}

export type NotSelf =
  | NoSession
  | NotSignedOn
  /** Whether there was any. */
  | { readonly reason: 'invalid_key'; readonly sent: boolean }
  | { readonly reason: 'suspended' }
  /** The address that was seen, null for none. */
  | { readonly reason: 'source_not_allowed'; readonly source: string | null };

type Found = Promise<Result<Self, NotSelf>>;

const TEAM_HEADER = 'x-headgate-team';

export async function identifySelf(admin: AdminDependencies, headers: Headers, requestId: string): Found {
  const credential = credentialOf(headers, '') ?? accessAssertion(headers);
  if (credential === null) return fail({ reason: 'invalid_key', sent: false });
  const source = sourceOf(headers);
  if (admin.signOn === null || !looksLikeToken(credential)) return byKey(admin, credential, source);
  const person = await admin.signOn.identify(credential);
  if (!person.ok) return person;
  const { user, team } = person.value;
  const session = await beginSession(admin, user, { team: headers.get(TEAM_HEADER) ?? team, requestId });
  return bySignOn(admin, session, source);
}

/** One answer for a key that is malformed, unknown, revoked or expired. */
async function byKey({ ledgers }: AdminDependencies, credential: string, source: string | null): Found {
  const key = parseKey(credential);
  if (key === null) return fail({ reason: 'invalid_key', sent: true });
  const standing = await ledgers.standingOf(key.team, await digestKey(key.text), source);
  if (!standing.ok) return standing;
  if (standing.value.outcome === 'identified') return succeed({ ...standing.value, team: key.team });
  return refused(standing.value, source, 'invalid_key');
}

async function bySignOn(
  { ledgers }: AdminDependencies,
  session: Result<Session, NoSession>,
  source: string | null,
): Found {
  if (!session.ok) return session;
  const { team, digest } = session.value;
  const standing = await ledgers.standingOf(team, digest, source);
  if (!standing.ok) return standing;
  if (standing.value.outcome === 'identified') return succeed({ ...standing.value, team });
  // A key that the ledger does not know, or no more: the record is ahead of it.
  return refused(standing.value, source, 'ledger_unavailable');
}

type Refused = Extract<StandingReply, { readonly outcome: 'refused' }>;

function refused(
  { reason }: Refused,
  source: string | null,
  otherwise: 'invalid_key' | 'ledger_unavailable',
): Result<Self, NotSelf> {
  if (reason === 'source_not_allowed') return fail({ reason, source });
  if (reason === 'suspended') return fail({ reason });
  return fail(otherwise === 'invalid_key' ? { reason: otherwise, sent: true } : { reason: otherwise });
}

/** The same as one who decides on requests. */
export function deciderOf({ team, member }: Self): MemberDecider {
  return { kind: 'member', team, user: member };
}
