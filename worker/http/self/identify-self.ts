// Who asks, by their own key or signed on, and where they stand: what every route below /me begins with.

import type { LedgerUnavailable, StandingReply } from '../../../schema/ledger.ts';
import type { TeamId, UserId } from '../../../schema/ids.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { sessionDigest } from '../../administration.ts';
import { accessAssertion, credentialOf, looksLikeToken } from '../../callers/credential.ts';
import { digestKey, parseKey } from '../../callers/key.ts';
import type { NotSignedOn } from '../../callers/sign-on/sign-on.ts';
import { listTeamsOf } from '../../records/members.ts';
import type { RecordRefusal } from '../../records/refusal.ts';
import type { MemberDecider } from '../../records/rights.ts';
import type { AdminDependencies } from '../admin/dependencies.ts';

type Standing = Extract<StandingReply, { readonly outcome: 'identified' }>;

/** Whoever asks, and where they stand. */
export interface Self extends Standing {
  readonly team: TeamId;
}

export type NotSelf =
  | LedgerUnavailable
  | NotSignedOn
  | RecordRefusal
  | { readonly reason: 'invalid_key' }
  | { readonly reason: 'suspended' }
  | { readonly reason: 'no_team' }
  /** Whoever signed on is in several teams and has not said which they mean. */
  | { readonly reason: 'team_needed'; readonly teams: readonly TeamId[] };

type Found = Promise<Result<Self, NotSelf>>;

const TEAM_HEADER = 'x-headgate-team';
const MAX_TEAMS_OF_PERSON = 100;

export async function identifySelf(admin: AdminDependencies, headers: Headers, requestId: string): Found {
  const credential = credentialOf(headers, '') ?? accessAssertion(headers);
  if (credential === null) return fail({ reason: 'invalid_key' });
  if (admin.signOn === null || !looksLikeToken(credential)) return byKey(admin, credential);
  const person = await admin.signOn.identify(credential);
  if (!person.ok) return person;
  const { user } = person.value;
  const team = await teamOf(admin, user, headers.get(TEAM_HEADER));
  return team.ok ? bySignOn(admin, { team: team.value, user }, requestId) : team;
}

/** One answer for a key that is malformed, unknown, revoked or expired. */
async function byKey({ ledgers }: AdminDependencies, credential: string): Found {
  const key = parseKey(credential);
  if (key === null) return fail({ reason: 'invalid_key' });
  const standing = await ledgers.standingOf(key.team, await digestKey(key.text));
  if (!standing.ok) return standing;
  if (standing.value.outcome === 'identified') return succeed({ ...standing.value, team: key.team });
  return fail({ reason: standing.value.reason === 'suspended' ? 'suspended' : 'invalid_key' });
}

async function bySignOn(
  admin: AdminDependencies,
  member: { readonly team: TeamId; readonly user: UserId },
  requestId: string,
): Found {
  const { team } = member;
  const act = { db: admin.db, by: { kind: 'member', ...member }, atMs: admin.now(), requestId } as const;
  const digest = await sessionDigest(admin, act, member);
  if (!digest.ok) return digest;
  const standing = await admin.ledgers.standingOf(team, digest.value);
  if (!standing.ok) return standing;
  if (standing.value.outcome === 'identified') return succeed({ ...standing.value, team });
  // A key that the ledger does not know, or no more: the record is ahead of it.
  return fail({ reason: standing.value.reason === 'suspended' ? 'suspended' : 'ledger_unavailable' });
}

/** The one that is named, or the only one there is. One that is not theirs is not there. */
async function teamOf({ db }: AdminDependencies, user: UserId, named: string | null): Promise<Result<TeamId, NotSelf>> {
  const teams = await listTeamsOf(db, user, MAX_TEAMS_OF_PERSON);
  const [first, second] = teams;
  if (first === undefined) return fail({ reason: 'no_team' });
  if (named === null) return second === undefined ? succeed(first) : fail({ reason: 'team_needed', teams });
  const team = teams.find((each) => each === named);
  return team === undefined ? fail({ reason: 'not_found', resource: 'team', id: named }) : succeed(team);
}

/** The same as one who decides on requests. */
export function deciderOf({ team, member }: Self): MemberDecider {
  return { kind: 'member', team, user: member };
}
