// How a change of the records becomes binding: the record in D1, then the team's budget object, then the answer.
// Nothing is told, not even that something was not found, before the object has what the record says.

import type { KeyId, TeamId, UserId } from '../schema/ids.ts';
import type {
  ConfigureInput,
  ConfigureReply,
  ForgetInput,
  ForgetReply,
  LedgerReport,
  LedgerUnavailable,
  StandingReply,
  VerifyReport,
} from '../schema/ledger.ts';
import { note } from '../schema/operator-log.ts';
import { fail, type Result, succeed } from '../schema/result.ts';
import { mintKey, mintKeyOf } from './callers/key.ts';
import type { Act } from './records/act.ts';
import { endBridges } from './records/bridges.ts';
import type { Database } from './records/database.ts';
import { forgetAnswers } from './records/idempotent-answers.ts';
import type { KeyDescription, KeyScope } from './records/key-row.ts';
import { createKey, revokeKey, rotateKey } from './records/keys.ts';
import { listTeamsOf } from './records/members.ts';
import type { RecordRefusal } from './records/refusal.ts';
import { escalateRequests } from './records/request-stages.ts';
import { expireRequests } from './records/requests.ts';
import { createSessionKey, findSessionKey } from './records/session-keys.ts';
import { listKnown, listUnapplied } from './records/sweep.ts';
import { confirmVersion } from './records/teams.ts';
import { type Change, loadSnapshot, type TeamSnapshot } from './records/team-snapshot.ts';
import type { UsageDatabases } from './records/usage-databases.ts';

/** The budget objects of teams, with deadlines and retries seen to. None of these throws for an object out of reach. */
export interface TeamLedgers {
  /** `locationHint` counts only for the call that creates the object. */
  configureTeam(
    team: TeamId,
    input: ConfigureInput,
    locationHint: DurableObjectLocationHint | null,
  ): Promise<Result<ConfigureReply, LedgerUnavailable>>;
  /** Where the holder of a key stands who asks from `source`; null where that is not known. */
  standingOf(team: TeamId, keyDigest: string, source: string | null): Promise<Result<StandingReply, LedgerUnavailable>>;
  readLedger(team: TeamId): Promise<Result<LedgerReport, LedgerUnavailable>>;
  /** The ledger's checks of itself, and what D1 must have of it. */
  verifyLedger(team: TeamId): Promise<Result<VerifyReport, LedgerUnavailable>>;
  wakeTeam(team: TeamId): Promise<Result<void, LedgerUnavailable>>;
  /** Puts a pseudonym for a person wherever the team's ledger names them. */
  forgetMember(team: TeamId, person: ForgetInput): Promise<Result<ForgetReply, LedgerUnavailable>>;
}

export interface Administration {
  readonly db: Database;
  readonly usage: UsageDatabases;
  readonly ledgers: TeamLedgers;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A restored database is lifted above its object once; a second time would be a bug. */
const MAX_CONFIGURE_ATTEMPTS = 2;
const MAX_TEAMS_OF_PERSON = 100;
const MAX_CONFIGURED_PER_SWEEP = 50;
const MAX_WOKEN_PER_SWEEP = 500;
const SWEEP_CONCURRENCY = 20;
/** A deleted team's ledger may still have holds to expire and events to deliver. */
const DELETED_TEAM_WOKEN_MS = 7 * 24 * 3_600_000;

/** Puts a change in force and then tells what it came to. */
export async function inForce<Finding>(
  administration: Administration,
  change: Change<Finding>,
): Promise<Result<Finding, RecordRefusal | LedgerUnavailable>> {
  if (change.snapshot === null) return change.finding;
  const applied = await apply(administration, change.snapshot);
  return applied.ok ? change.finding : applied;
}

/** The same for changes of several teams that are in the record already. */
export async function allInForce(
  administration: Administration,
  teams: readonly TeamId[],
): Promise<Result<void, LedgerUnavailable>> {
  const { db, now } = administration;
  for (const team of teams) {
    const snapshot = await loadSnapshot(db, team, now());
    const applied = snapshot === null ? succeed(undefined) : await apply(administration, snapshot);
    if (!applied.ok) return applied;
  }
  return succeed(undefined);
}

export interface KeyRequest extends KeyScope {
  readonly team: TeamId;
  readonly user: UserId;
  readonly name: string;
  readonly expiresAtMs: number | null;
}

/** Makes a key. One that did not come into force is revoked again, since nobody will ever see its text. */
export async function issueKey(
  administration: Administration,
  act: Act,
  request: KeyRequest,
): Promise<Result<KeyDescription & { readonly key: string }, RecordRefusal | LedgerUnavailable>> {
  const { key, id, digest } = await mintKey(request.team);
  const change = await createKey(act, { ...request, id, digest, last4: key.slice(-4) });
  const issued = await inForce(administration, change);
  if (issued.ok) return succeed({ ...issued.value, key });
  if (issued.failure.reason === 'ledger_unavailable') await revokeKey(act, request.team, id);
  return issued;
}

/**
 * Gives a key another text; the one before goes on to count for a while. Where that is not confirmed, nobody sees the new text,
 * and the same may be asked again: the text that is in use stays.
 */
export async function exchangeKey(
  administration: Administration,
  act: Act,
  { team, id, overlapMs }: { readonly team: TeamId; readonly id: KeyId; readonly overlapMs: number },
): Promise<Result<KeyDescription & { readonly key: string }, RecordRefusal | LedgerUnavailable>> {
  const { key, digest } = await mintKeyOf(team, id);
  const rotation = { team, id, digest, last4: key.slice(-4), previousUntilMs: act.atMs + overlapMs };
  const rotated = await inForce(administration, await rotateKey(act, rotation));
  return rotated.ok ? succeed({ ...rotated.value, key }) : rotated;
}

/** Somebody who signed on, as a member of one of their teams. */
export interface Session {
  readonly team: TeamId;
  readonly user: UserId;
  /** Of the key under which the team's ledger knows them. */
  readonly digest: string;
}

export type NoSession =
  | RecordRefusal
  | LedgerUnavailable
  | { readonly reason: 'no_team' }
  /** They are in several teams and have not said which they mean. */
  | { readonly reason: 'team_needed'; readonly teams: readonly TeamId[] };

/**
 * The team that is named, or the only one they are in, and their key there. It is made when they first come, and its text is
 * thrown away: nobody can call with it but through single sign-on.
 */
export async function beginSession(
  administration: Administration,
  user: UserId,
  { team: named, requestId }: { readonly team: string | null; readonly requestId: string | null },
): Promise<Result<Session, NoSession>> {
  const { db, now } = administration;
  const found = chooseTeam(await listTeamsOf(db, user, MAX_TEAMS_OF_PERSON), named);
  if (!found.ok) return found;
  const member = { team: found.value, user };
  const known = await findSessionKey(db, member.team, user);
  if (known !== null) return succeed({ ...member, digest: known });
  const { id, digest } = await mintKey(member.team);
  const act = { db, by: { kind: 'member', ...member }, atMs: now(), requestId } as const;
  const made = await inForce(administration, await createSessionKey(act, { ...member, id, digest }));
  return made.ok ? succeed({ ...member, digest: made.value }) : made;
}

/** One that is not theirs is not there. */
function chooseTeam(teams: readonly TeamId[], named: string | null): Result<TeamId, NoSession> {
  const [first, second] = teams;
  if (first === undefined) return fail({ reason: 'no_team' });
  if (named === null) return second === undefined ? succeed(first) : fail({ reason: 'team_needed', teams });
  const team = teams.find((each) => each === named);
  return team === undefined ? fail({ reason: 'not_found', resource: 'team', id: named }) : succeed(team);
}

export interface SweepReport {
  /** Teams whose last change came into force just now. */
  readonly configured: number;
  /** Teams whose object could not be reached. */
  readonly unreachable: number;
  readonly woken: number;
  /** Requests that nobody decided on in time. */
  readonly expired: number;
  /** Requests that came before more people. */
  readonly escalated: number;
}

/**
 * Finishes changes that were cut off and wakes ledgers with work left: at most 50 and 500 teams a run, chosen at random,
 * so that a deployment with more teams gets to all of them over some runs. What is done by the way, and fails, is tried again
 * the next time: it keeps no ledger from being woken.
 */
export async function sweep(administration: Administration): Promise<SweepReport> {
  const { db, ledgers, now } = administration;
  await byTheWay(endBridges(db, now()), undefined);
  const unapplied = await listUnapplied(db, MAX_CONFIGURED_PER_SWEEP);
  const configured = await forEachTeam(unapplied, async (team) => {
    const snapshot = await loadSnapshot(db, team, now());
    return snapshot !== null && (await apply(administration, snapshot)).ok;
  });
  const known = await listKnown(db, MAX_WOKEN_PER_SWEEP, now() - DELETED_TEAM_WOKEN_MS);
  const woken = await forEachTeam(known, async (team) => (await ledgers.wakeTeam(team)).ok);
  const expired = await byTheWay(expireRequests(db, now()), 0);
  const escalated = await byTheWay(escalateRequests(db, now()), 0);
  await byTheWay(forgetAnswers(db, now()), undefined);
  return { configured, woken, expired, escalated, unreachable: unapplied.length - configured + known.length - woken };
}

async function byTheWay<Value>(step: Promise<Value>, otherwise: Value): Promise<Value> {
  try {
    return await step;
  } catch (error) {
    note({ event: 'sweep_step_failed', error });
    return otherwise;
  }
}

/** Gives the object the snapshot and notes that it has it. */
async function apply(
  { db, ledgers, now }: Administration,
  first: TeamSnapshot,
): Promise<Result<void, LedgerUnavailable>> {
  let snapshot: TeamSnapshot | null = first;
  for (let attempt = 0; attempt < MAX_CONFIGURE_ATTEMPTS && snapshot !== null; attempt += 1) {
    const { team, config } = snapshot;
    const configured = await ledgers.configureTeam(team.id, { version: team.version, config }, team.locationHint);
    if (!configured.ok) return configured;
    if (await confirmVersion(db, team.id, configured.value.version)) return succeed(undefined);
    snapshot = await loadSnapshot(db, team.id, now());
  }
  return fail({ reason: 'ledger_unavailable' });
}

/** Counts the teams for which `step` came out true. */
async function forEachTeam(teams: readonly TeamId[], step: (team: TeamId) => Promise<boolean>): Promise<number> {
  let successes = 0;
  for (let start = 0; start < teams.length; start += SWEEP_CONCURRENCY) {
    const outcomes = await Promise.all(teams.slice(start, start + SWEEP_CONCURRENCY).map((team) => step(team)));
    successes += outcomes.filter(Boolean).length;
  }
  return successes;
}
