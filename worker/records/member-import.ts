// Many members of a team in one write: added, brought back or changed as a list says. One row of the audit trail for all.

import { eq, sql } from 'drizzle-orm';
import { type MemberRole, members, teams } from '../../schema/d1/tables.ts';
import type { TeamId, UserId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { findErased, noneErased } from './erasures.ts';
import { MAX_MEMBERS_PER_TEAM } from './members.ts';
import type { RecordRefusal } from './refusal.ts';
import { type Change, isLiveTeam, liveSnapshotOf, raiseVersion, snapshotQueries } from './team-snapshot.ts';

export const MAX_IMPORTED_MEMBERS = 2_000;

export interface ImportedMember {
  readonly user: UserId;
  readonly email: string | null;
  readonly role: MemberRole;
}

export interface ImportCount {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** What taking the list would do now. */
export async function previewImport(
  db: Database,
  team: TeamId,
  list: readonly ImportedMember[],
): Promise<Result<ImportCount, RecordRefusal>> {
  const [live, before] = await db.batch([db.select().from(teams).where(isLiveTeam(team)), selectAll(db, team)]);
  if (live.length === 0) return fail({ reason: 'not_found', resource: 'team', id: team });
  const erased = await findErased(
    db,
    list.map(({ user }) => user),
  );
  if (erased !== null) return fail({ reason: 'erased', user: erased });
  return hasRoom(before, list) ? succeed(countOf(before, list)) : fail(tooMany);
}

export async function importMembers(
  act: Act,
  team: TeamId,
  list: readonly ImportedMember[],
): Promise<Change<ImportCount>> {
  const { db, atMs: nowMs } = act;
  const detail = { members: list.map(({ user, role }) => ({ user, role })) };
  const entry: AuditEntry = { action: 'member.import', team, target: team, detail };
  const text = JSON.stringify(list);
  const users = list.map(({ user }) => user);
  const [before, , , , ...rows] = await audited(act, entry, (log) => [
    selectAll(db, team),
    db
      .insert(members)
      .select(
        sql`SELECT teams.id, row.value ->> 'user', row.value ->> 'email', row.value ->> 'role', ${nowMs}, NULL
          FROM json_each(${text}) AS row INNER JOIN ${teams} ON ${isLiveTeam(team)}
          WHERE (SELECT count(*) FROM ${members} WHERE ${members.team} = ${team} AND ${members.removedAt} IS NULL
            AND ${members.user} NOT IN (SELECT value ->> 'user' FROM json_each(${text}))) + ${list.length} <= ${MAX_MEMBERS_PER_TEAM}
            AND ${noneErased(sql`${JSON.stringify(users)}`)}`,
      )
      .onConflictDoUpdate({
        target: [members.team, members.user],
        set: { email: sql`excluded.email`, role: sql`excluded.role`, removedAt: null },
        setWhere: sql`${members.email} IS NOT excluded.email OR ${members.role} <> excluded.role
          OR ${members.removedAt} IS NOT NULL`,
      }),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  const erased = await findErased(db, users);
  if (erased !== null) return { snapshot, finding: fail({ reason: 'erased', user: erased }) };
  if (snapshot === null) return { snapshot, finding: fail({ reason: 'not_found', resource: 'team', id: team }) };
  return { snapshot, finding: hasRoom(before, list) ? succeed(countOf(before, list)) : fail(tooMany) };
}

const tooMany: RecordRefusal = { reason: 'too_many', resource: 'member', limit: MAX_MEMBERS_PER_TEAM };

type Row = typeof members.$inferSelect;

function selectAll(db: Database, team: TeamId) {
  return db.select().from(members).where(eq(members.team, team));
}

function hasRoom(before: readonly Row[], list: readonly ImportedMember[]): boolean {
  const named = new Set(list.map(({ user }) => user));
  const others = before.filter(({ user, removedAt }) => removedAt === null && !named.has(user));
  return others.length + list.length <= MAX_MEMBERS_PER_TEAM;
}

function countOf(before: readonly Row[], list: readonly ImportedMember[]): ImportCount {
  const live = new Map(before.flatMap((row) => (row.removedAt === null ? [[row.user, row] as const] : [])));
  const added = list.filter(({ user }) => !live.has(user)).length;
  const unchanged = list.filter(({ user, email, role }) => {
    const row = live.get(user);
    return row !== undefined && row.email === email && row.role === role;
  }).length;
  return { added, changed: list.length - added - unchanged, unchanged };
}
