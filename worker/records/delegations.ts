// Who stands in for whom: somebody who may decide on requests hands that on for an absence. What the delegate then may is
// asked at each vote, of whoever they stand in for.

import { and, desc, eq, gt, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import { actorName } from '../../schema/actor.ts';
import { delegations } from '../../schema/d1/approvals.ts';
import { members } from '../../schema/d1/tables.ts';
import type { DelegationId, TeamId, UserId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { isLiveMember } from './members.ts';
import type { RecordRefusal } from './refusal.ts';
import { mayDecideSomewhere, type MemberDecider } from './rights.ts';

/** Delegations of one person that are not over. */
export const MAX_DELEGATIONS_PER_MEMBER = 20;

export interface DelegationInput {
  readonly id: DelegationId;
  readonly from: { readonly team: TeamId; readonly user: UserId };
  readonly to: UserId;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

export interface DelegationRecord extends DelegationInput {
  readonly state: 'scheduled' | 'active' | 'ended' | 'revoked';
  readonly createdAtMs: number;
}

/** Hands on what `from` may decide; refused to whoever may decide nothing themselves. */
export async function createDelegation(
  act: Act,
  input: DelegationInput,
): Promise<Result<DelegationRecord, RecordRefusal>> {
  const { db, atMs } = act;
  const { id, from, to, startsAtMs, endsAtMs } = input;
  const entry: AuditEntry = {
    action: 'delegation.create',
    team: from.team,
    target: id,
    detail: { from, to, startsAtMs, endsAtMs },
  };
  const [[written], , entitled, known] = await audited(act, entry, (log) => [
    insertDelegation(act, input).returning(),
    log,
    selectEntitled(db, from),
    selectKnown(db, to),
  ]);
  if (written !== undefined) return succeed(delegationRecord(written, atMs));
  if (entitled.length === 0) return fail({ reason: 'nothing_to_delegate' });
  if (known.length === 0) return fail({ reason: 'not_found', resource: 'member', id: to });
  return fail({ reason: 'too_many', resource: 'delegation', limit: MAX_DELEGATIONS_PER_MEMBER });
}

/** Ends it now; only whoever handed it on can. */
export async function revokeDelegation(
  act: Act,
  id: DelegationId,
  from: DelegationInput['from'],
): Promise<Result<void, RecordRefusal>> {
  const { db, atMs } = act;
  const entry: AuditEntry = { action: 'delegation.revoke', team: from.team, target: id, detail: {} };
  const [revoked] = await audited(act, entry, (log) => [
    db
      .update(delegations)
      .set({ revokedAt: atMs })
      .where(and(eq(delegations.id, id), isFrom(from), isNull(delegations.revokedAt), gt(delegations.endsAt, atMs)))
      .returning({ id: delegations.id }),
    log,
  ]);
  return revoked.length > 0 ? succeed(undefined) : fail({ reason: 'not_found', resource: 'delegation', id });
}

/** Null means any. */
export interface DelegationFilter {
  readonly team: TeamId | null;
  /** Who handed it on or had it handed on to. */
  readonly about: MemberDecider | null;
}

/** Delegations, newest first, before the id `after`; also those that are over. */
export async function listDelegations(
  db: Database,
  { team, about }: DelegationFilter,
  { limit, after }: { readonly limit: number; readonly after: string | null },
  nowMs: number,
): Promise<DelegationRecord[]> {
  const rows = await db
    .select()
    .from(delegations)
    .where(
      and(
        team === null ? undefined : eq(delegations.fromTeam, team),
        about === null ? undefined : or(isFrom(about), eq(delegations.toUser, about.user)),
        after === null ? undefined : lt(sql`${delegations.id}`, after),
      ),
    )
    .orderBy(desc(delegations.id))
    .limit(limit);
  return rows.map((row) => delegationRecord(row, nowMs));
}

function insertDelegation({ db, by, atMs }: Act, { id, from, to, startsAtMs, endsAtMs }: DelegationInput) {
  const others = sql`(SELECT count(*) FROM delegations
    WHERE from_team = ${from.team} AND from_user = ${from.user} AND revoked_at IS NULL AND ends_at > ${atMs})`;
  return db.insert(delegations).select(
    sql`SELECT ${id}, ${from.team}, ${from.user}, ${to}, ${startsAtMs}, ${endsAtMs}, ${atMs}, ${actorName(by)}, NULL
      WHERE ${mayDecideSomewhere(from)} AND ${others} < ${MAX_DELEGATIONS_PER_MEMBER}
        AND EXISTS (SELECT 1 FROM members WHERE user = ${to} AND removed_at IS NULL)`,
  );
}

function selectEntitled(db: Database, { team, user }: DelegationInput['from']) {
  return db
    .select({ user: members.user })
    .from(members)
    .where(and(isLiveMember(team, user), mayDecideSomewhere({ team, user })));
}

function selectKnown(db: Database, user: UserId) {
  return db
    .select({ user: members.user })
    .from(members)
    .where(and(eq(members.user, user), isNull(members.removedAt)))
    .limit(1);
}

function isFrom({ team, user }: DelegationInput['from']): SQL | undefined {
  return and(eq(delegations.fromTeam, team), eq(delegations.fromUser, user));
}

function delegationRecord(row: typeof delegations.$inferSelect, nowMs: number): DelegationRecord {
  const { id, fromTeam, fromUser, toUser: to, startsAt: startsAtMs, endsAt: endsAtMs, createdAt: createdAtMs } = row;
  return {
    id,
    from: { team: fromTeam, user: fromUser },
    to,
    startsAtMs,
    endsAtMs,
    createdAtMs,
    state: stateOf(row, nowMs),
  };
}

function stateOf(
  { revokedAt, startsAt, endsAt }: typeof delegations.$inferSelect,
  nowMs: number,
): DelegationRecord['state'] {
  if (revokedAt !== null) return 'revoked';
  if (nowMs >= endsAt) return 'ended';
  return nowMs < startsAt ? 'scheduled' : 'active';
}
