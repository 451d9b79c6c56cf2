// Members of a team. Removing one also revokes their keys; the row stays, so that events keep their person.

import { and, asc, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { keys, type MemberRole, members, teams } from '../../schema/d1/tables.ts';
import type { TeamId, UserId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { findErased, noneErased } from './erasures.ts';
import type { RecordRefusal } from './refusal.ts';
import { type Change, isLiveTeam, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';

export const MAX_MEMBERS_PER_TEAM = 10_000;

export interface MemberInput {
  readonly team: TeamId;
  readonly user: UserId;
  /** Null for someone known by id only. */
  readonly email: string | null;
  readonly role: MemberRole;
}

export interface MemberRecord extends MemberInput {
  readonly createdAtMs: number;
}

type Row = typeof members.$inferSelect;

/** Adds a member, brings a removed one back, or changes email and role. */
export async function putMember(
  act: Act,
  input: MemberInput,
): Promise<Change<{ readonly member: MemberRecord; readonly created: boolean }>> {
  const { db, atMs: nowMs } = act;
  const { team, user, email, role } = input;
  const current = db.select().from(members).where(isLiveMember(team, user));
  const entry: AuditEntry = {
    action: 'member.put',
    team,
    target: user,
    person: user,
    detail: { role },
    before: current,
  };
  const [before, [written], , , ...rows] = await audited(act, entry, (log) => [
    current,
    insertMember(db, input, nowMs)
      .onConflictDoUpdate({ target: [members.team, members.user], set: { email, role, removedAt: null } })
      .returning(),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: notFound('team', team) };
  const finding: Change<{ member: MemberRecord; created: boolean }>['finding'] =
    written === undefined
      ? fail(await whyNotAdded(db, user))
      : succeed({ member: memberRecord(written), created: before.length === 0 });
  return { snapshot, finding };
}

/** Members in order of user id, after `after`. */
export async function listMembers(
  db: Database,
  team: TeamId,
  limit: number,
  after: string | null,
): Promise<Result<MemberRecord[], RecordRefusal>> {
  const [live, rows] = await db.batch([
    db.select({ id: teams.id }).from(teams).where(isLiveTeam(team)),
    db
      .select()
      .from(members)
      .where(
        and(
          eq(members.team, team),
          isNull(members.removedAt),
          after === null ? undefined : gt(sql`${members.user}`, after),
        ),
      )
      .orderBy(asc(members.user))
      .limit(limit),
  ]);
  return live.length === 0 ? notFound('team', team) : succeed(rows.map((row) => memberRecord(row)));
}

/** What somebody is in a team now; null if they are not in it, or there is no such team. */
export async function findRole(db: Database, team: TeamId, user: UserId): Promise<MemberRole | null> {
  const [row] = await db
    .select({ role: members.role })
    .from(members)
    .where(and(isLiveMember(team, user), teamIsLive(db, team)));
  return row?.role ?? null;
}

/** The teams somebody is in now, in order of their ids. */
export async function listTeamsOf(db: Database, user: UserId, limit: number): Promise<TeamId[]> {
  const rows = await db
    .select({ team: members.team })
    .from(members)
    .innerJoin(teams, and(eq(teams.id, members.team), isNull(teams.deletedAt)))
    .where(and(eq(members.user, user), isNull(members.removedAt)))
    .orderBy(asc(members.team))
    .limit(limit);
  return rows.map(({ team }) => team);
}

export async function removeMember(act: Act, team: TeamId, user: UserId): Promise<Change<void>> {
  const { db, atMs: nowMs } = act;
  const before = db.select().from(members).where(isLiveMember(team, user));
  const entry: AuditEntry = { action: 'member.remove', team, target: user, detail: {}, before };
  const [removed, , , , ...rows] = await audited(act, entry, (log) => [
    db
      .update(members)
      .set({ removedAt: nowMs })
      .where(and(isLiveMember(team, user), teamIsLive(db, team)))
      .returning({ user: members.user }),
    log,
    db
      .update(keys)
      .set({ revokedAt: nowMs })
      .where(and(eq(keys.team, team), eq(keys.user, user), isNull(keys.revokedAt), teamIsLive(db, team))),
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: notFound('team', team) };
  return { snapshot, finding: removed.length === 0 ? notFound('member', user) : succeed(undefined) };
}

/** Inserts only into a live team that has room; says nothing about what happens to a member who is there already. */
export function insertMember(db: Database, { team, user, email, role }: MemberInput, nowMs: number) {
  const others = sql`(SELECT count(*) FROM ${members}
    WHERE ${members.team} = ${team} AND ${members.user} <> ${user} AND ${members.removedAt} IS NULL)`;
  return db.insert(members).select(
    db
      .select({
        team: sql`${team}`.as('team'),
        user: sql`${user}`.as('user'),
        email: sql`${email}`.as('email'),
        role: sql`${role}`.as('role'),
        createdAt: sql`${nowMs}`.as('created_at'),
        removedAt: sql`NULL`.as('removed_at'),
      })
      .from(teams)
      .where(
        and(isLiveTeam(team), sql`${others} < ${MAX_MEMBERS_PER_TEAM}`, noneErased(sql`${JSON.stringify([user])}`)),
      ),
  );
}

/** A condition on the table `members`. */
export function isLiveMember(team: TeamId, user: UserId): SQL | undefined {
  return and(eq(members.team, team), eq(members.user, user), isNull(members.removedAt));
}

/** Why `insertMember` inserted nobody into a live team. */
export async function whyNotAdded(db: Database, user: UserId): Promise<RecordRefusal> {
  const erased = await findErased(db, [user]);
  if (erased !== null) return { reason: 'erased', user };
  return { reason: 'too_many', resource: 'member', limit: MAX_MEMBERS_PER_TEAM };
}

function memberRecord({ team, user, email, role, createdAt }: Row): MemberRecord {
  return { team, user, email, role, createdAtMs: createdAt };
}

function notFound(resource: 'team' | 'member', id: string): Result<never, RecordRefusal> {
  return fail({ reason: 'not_found', resource, id });
}
