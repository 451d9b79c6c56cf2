// What a team and its members may use, and how the team is steered. A team's rules are part of its row, but for the steering,
// which few have.

import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { memberPolicies, teamSteering } from '../../schema/d1/steering.ts';
import { teams } from '../../schema/d1/tables.ts';
import type { TeamId, UserId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { TeamSteering } from '../../schema/steering.ts';
import type { MemberAccess, ModelAccess } from '../../schema/team-config.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { memberAccessOf, steeringOf } from './policy-row.ts';
import type { RecordRefusal } from './refusal.ts';
import { accessOf } from './team-row.ts';
import { type Change, isLiveTeam, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';

/** They must fit into the configuration of the team's object. */
export const MAX_MEMBER_POLICIES = 500;

export interface TeamPolicy {
  readonly access: ModelAccess;
  readonly steering: TeamSteering;
}

/** Replaces the team's rules as a whole. */
export async function putPolicy(act: Act, team: TeamId, { access, steering }: TeamPolicy): Promise<Change<TeamPolicy>> {
  const { db, atMs } = act;
  const { allow: allowModels, deny: denyModels, approval: approvalModels } = access;
  const models = { allowModels, denyModels, approvalModels };
  const entry: AuditEntry = {
    action: 'policy.put',
    team,
    target: team,
    detail: { ...models, ...steering },
    before: db.select().from(teams).where(isLiveTeam(team)),
  };
  const [, , , ...rows] = await audited(act, entry, (log) => [
    db
      .update(teams)
      .set({ ...models, updatedAt: atMs, version: sql`${teams.version} + 1` })
      .where(isLiveTeam(team)),
    log,
    insertSteering(db, team, steering),
    ...snapshotQueries(db, team, atMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  return { snapshot, finding: snapshot === null ? noTeam(team) : succeed(snapshot.config) };
}

export async function findPolicy(db: Database, team: TeamId): Promise<Result<TeamPolicy, RecordRefusal>> {
  const [[row], steeringRows] = await db.batch([
    db.select().from(teams).where(isLiveTeam(team)),
    db.select().from(teamSteering).where(eq(teamSteering.team, team)),
  ]);
  return row === undefined ? noTeam(team) : succeed({ access: accessOf(row), steering: steeringOf(steeringRows) });
}

/** Sets or replaces what is said of one member, who need not have joined yet. */
export async function putMemberPolicy(
  act: Act,
  team: TeamId,
  own: MemberAccess,
): Promise<Change<{ readonly own: MemberAccess; readonly created: boolean }>> {
  const { db, atMs } = act;
  const { user, allow, deny, approval } = own;
  const before = selectMemberPolicy(db, team, user);
  const entry: AuditEntry = {
    action: 'member_policy.put',
    team,
    target: `${team}/${user}`,
    detail: { ...own },
    before,
  };
  const [prior, [written], , , ...rows] = await audited(act, entry, (log) => [
    before,
    insertMemberPolicy(db, team, own, atMs)
      .onConflictDoUpdate({
        target: [memberPolicies.team, memberPolicies.user],
        set: { allow, deny, approval, updatedAt: atMs },
      })
      .returning(),
    log,
    raiseVersion(db, team, atMs),
    ...snapshotQueries(db, team, atMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: noTeam(team) };
  if (written !== undefined)
    return { snapshot, finding: succeed({ own: memberAccessOf(written), created: prior.length === 0 }) };
  return { snapshot, finding: fail({ reason: 'too_many', resource: 'member policy', limit: MAX_MEMBER_POLICIES }) };
}

export async function findMemberPolicy(
  db: Database,
  team: TeamId,
  user: UserId,
): Promise<Result<MemberAccess, RecordRefusal>> {
  const [[live], [row]] = await db.batch([
    db.select({ id: teams.id }).from(teams).where(isLiveTeam(team)),
    selectMemberPolicy(db, team, user),
  ]);
  if (live === undefined) return noTeam(team);
  return row === undefined ? notSet(user) : succeed(memberAccessOf(row));
}

/** Members with a policy of their own, in order of user id, after `after`. */
export async function listMemberPolicies(
  db: Database,
  team: TeamId,
  limit: number,
  after: string | null,
): Promise<Result<MemberAccess[], RecordRefusal>> {
  const isLater = after === null ? undefined : gt(sql`${memberPolicies.user}`, after);
  const [[live], rows] = await db.batch([
    db.select({ id: teams.id }).from(teams).where(isLiveTeam(team)),
    db
      .select()
      .from(memberPolicies)
      .where(and(eq(memberPolicies.team, team), isLater))
      .orderBy(asc(memberPolicies.user))
      .limit(limit),
  ]);
  return live === undefined ? noTeam(team) : succeed(rows.map((row) => memberAccessOf(row)));
}

export async function deleteMemberPolicy(act: Act, team: TeamId, user: UserId): Promise<Change<void>> {
  const { db, atMs } = act;
  const before = selectMemberPolicy(db, team, user);
  const entry: AuditEntry = { action: 'member_policy.delete', team, target: `${team}/${user}`, detail: {}, before };
  const [deleted, , , ...rows] = await audited(act, entry, (log) => [
    db
      .delete(memberPolicies)
      .where(and(isOf(team, user), teamIsLive(db, team)))
      .returning({ user: memberPolicies.user }),
    log,
    raiseVersion(db, team, atMs),
    ...snapshotQueries(db, team, atMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: noTeam(team) };
  return { snapshot, finding: deleted.length === 0 ? notSet(user) : succeed(undefined) };
}

function insertSteering(db: Database, team: TeamId, { pin, downshift }: TeamSteering) {
  const pinText = JSON.stringify(pin);
  const downshiftText = downshift === null ? null : JSON.stringify(downshift);
  return db
    .insert(teamSteering)
    .select(
      db
        .select({
          team: sql`${team}`.as('team'),
          pin: sql`${pinText}`.as('pin'),
          downshift: sql`${downshiftText}`.as('downshift'),
        })
        .from(teams)
        .where(isLiveTeam(team)),
    )
    .onConflictDoUpdate({ target: teamSteering.team, set: { pin, downshift } });
}

function insertMemberPolicy(db: Database, team: TeamId, { user, allow, deny, approval }: MemberAccess, nowMs: number) {
  const others = sql`(SELECT count(*) FROM ${memberPolicies}
    WHERE ${memberPolicies.team} = ${team} AND ${memberPolicies.user} <> ${user})`;
  return db.insert(memberPolicies).select(
    db
      .select({
        team: sql`${team}`.as('team'),
        user: sql`${user}`.as('user'),
        allow: sql`${allow === null ? null : JSON.stringify(allow)}`.as('allow'),
        deny: sql`${JSON.stringify(deny)}`.as('deny'),
        approval: sql`${JSON.stringify(approval)}`.as('approval'),
        updatedAt: sql`${nowMs}`.as('updated_at'),
      })
      .from(teams)
      .where(and(isLiveTeam(team), sql`${others} < ${MAX_MEMBER_POLICIES}`)),
  );
}

function selectMemberPolicy(db: Database, team: TeamId, user: UserId) {
  return db.select().from(memberPolicies).where(isOf(team, user));
}

function isOf(team: TeamId, user: UserId) {
  return and(eq(memberPolicies.team, team), eq(memberPolicies.user, user));
}

function noTeam(team: TeamId): Result<never, RecordRefusal> {
  return fail({ reason: 'not_found', resource: 'team', id: team });
}

function notSet(id: UserId): Result<never, RecordRefusal> {
  return fail({ reason: 'not_set', resource: 'member policy', party: { kind: 'member', id } });
}
