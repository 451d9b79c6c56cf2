// People whom the company's directory provisions. The row of a person and their membership in the team that the directory
// puts them in are one write.

import { and, asc, eq, exists, gt, isNull, or, type SQL, sql } from 'drizzle-orm';
import { directoryUsers } from '../../schema/d1/directory.ts';
import { members, teams } from '../../schema/d1/tables.ts';
import type { TeamId, UserId } from '../../schema/ids.ts';
import type { JsonObject } from '../../schema/json.ts';
import { succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { findErased, noneErased } from './erasures.ts';
import { isLiveMember, MAX_MEMBERS_PER_TEAM } from './members.ts';
import { type Change, isLiveTeam, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';

export type DirectoryUser = typeof directoryUsers.$inferSelect;

/** What is to be known of a person from now on. `team` is theirs while they are active. */
export interface Provision {
  readonly user: UserId;
  readonly email: string | null;
  readonly resource: JsonObject;
}

export async function findDirectoryUser(db: Database, id: string): Promise<DirectoryUser | null> {
  const [row] = await db.select().from(directoryUsers).where(eq(directoryUsers.id, id));
  return row ?? null;
}

export async function findDirectoryUserByName(db: Database, user: UserId): Promise<DirectoryUser | null> {
  const [row] = await db.select().from(directoryUsers).where(eq(directoryUsers.user, user));
  return row ?? null;
}

export async function findDirectoryUserByExternalId(db: Database, externalId: string): Promise<DirectoryUser | null> {
  const [row] = await db
    .select()
    .from(directoryUsers)
    .where(sql`${directoryUsers.resource} ->> 'externalId' = ${externalId}`)
    .orderBy(asc(directoryUsers.id))
    .limit(1);
  return row ?? null;
}

/** In order of their ids, from `offset` on, and how many there are. */
export async function listDirectoryUsers(
  db: Database,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ readonly total: number; readonly rows: readonly DirectoryUser[] }> {
  const [[count], rows] = await db.batch([
    db.select({ total: sql<number>`count(*)` }).from(directoryUsers),
    db.select().from(directoryUsers).orderBy(asc(directoryUsers.id)).limit(limit).offset(offset),
  ]);
  return { total: count?.total ?? 0, rows };
}

/** The teams somebody is in, and those that they were taken from where that is not in force yet. */
export async function teamsToLeave(db: Database, user: UserId, limit: number): Promise<TeamId[]> {
  const rows = await db
    .select({ team: members.team })
    .from(members)
    .innerJoin(teams, and(eq(teams.id, members.team), isNull(teams.deletedAt)))
    .where(and(eq(members.user, user), or(isNull(members.removedAt), gt(teams.version, teams.appliedVersion))))
    .orderBy(asc(members.team))
    .limit(limit);
  return rows.map(({ team }) => team);
}

/** What came between: another change of the person, or their being known already. */
export type NotProvisioned = 'overtaken' | 'known_already' | 'erased' | 'no_team' | 'no_room';

type Place = Pick<DirectoryUser, 'user' | 'team'>;

/** Why a change of a person would be refused, told before anything is taken from them for it. */
export async function whyNotProvisioned(
  db: Database,
  before: Place,
  { user, team }: Place,
): Promise<Exclude<NotProvisioned, 'overtaken'> | null> {
  if (user !== before.user) {
    if ((await findErased(db, [user])) !== null) return 'erased';
    if ((await findDirectoryUserByName(db, user)) !== null) return 'known_already';
  }
  if (team === null || (team === before.team && user === before.user)) return null;
  const [found] = await db
    .select({ hasRoom: sql<number>`${othersIn(team, user)} < ${MAX_MEMBERS_PER_TEAM}` })
    .from(teams)
    .where(isLiveTeam(team));
  if (found === undefined) return 'no_team';
  return found.hasRoom === 0 ? 'no_room' : null;
}

function othersIn(team: TeamId, user: UserId): SQL {
  return sql`(SELECT count(*) FROM ${members} WHERE ${members.team} = ${team} AND ${members.user} <> ${user}
    AND ${members.removedAt} IS NULL)`;
}

/** Writes the row of an active person and makes them a member of their team; a lead there stays one. */
export async function provisionMember(
  act: Act,
  before: Pick<DirectoryUser, 'id' | 'version'> | null,
  { team, ...provision }: Provision & { readonly team: TeamId },
): Promise<Change<DirectoryUser> | NotProvisioned> {
  const { db, atMs: nowMs } = act;
  const { user, email } = provision;
  const row = nextRow(before, { ...provision, active: true, team }, nowMs);
  const entry = entryOf(before, row, db);
  const isWritten = exists(
    db
      .select({ one: sql`1` })
      .from(directoryUsers)
      // Of a change that was overtaken the version is the same, but not what it says.
      .where(and(isInTeam(row), eq(directoryUsers.version, row.version))),
  );
  const [[written], , , [member], [namesake], , ...rows] = await audited(act, entry, (log) => [
    writeRow(db, before, row, teamIsLive(db, team)),
    log,
    joinTeam(db, { team, user, email, nowMs }, isWritten),
    db.select({ user: members.user }).from(members).where(isLiveMember(team, user)),
    db.select({ id: directoryUsers.id }).from(directoryUsers).where(eq(directoryUsers.user, user)),
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return 'no_team';
  if (written === undefined) return whyNotWritten(db, user, { before, namesake });
  return member === undefined ? 'no_room' : { snapshot, finding: succeed(written) };
}

/** Writes the row of somebody who is not active. Their teams are not touched. */
export async function retireUser(
  act: Act,
  before: Pick<DirectoryUser, 'id' | 'version' | 'team'> | null,
  provision: Provision,
): Promise<DirectoryUser | NotProvisioned> {
  const { db, atMs } = act;
  const row = nextRow(before, { ...provision, active: false, team: before?.team ?? null }, atMs);
  const [[written], , [namesake]] = await audited(act, entryOf(before, row, db), (log) => [
    writeRow(db, before, row, sql`true`),
    log,
    db.select({ id: directoryUsers.id }).from(directoryUsers).where(eq(directoryUsers.user, row.user)),
  ]);
  if (written !== undefined) return written;
  return whyNotWritten(db, row.user, { before, namesake });
}

/** Only as they were read: whoever was changed meanwhile stays. */
export async function forgetDirectoryUser(act: Act, { id, user, version }: DirectoryUser): Promise<void> {
  const { db } = act;
  const entry: AuditEntry = { action: 'directory-user.delete', team: null, target: user, person: user, detail: { id } };
  const isSame = and(eq(directoryUsers.id, id), eq(directoryUsers.version, version));
  await audited(act, entry, (log) => [db.delete(directoryUsers).where(isSame), log]);
}

type Seen = Pick<DirectoryUser, 'id'>;

async function whyNotWritten(
  db: Database,
  user: UserId,
  { before, namesake }: { readonly before: Seen | null; readonly namesake: Seen | undefined },
): Promise<NotProvisioned> {
  if ((await findErased(db, [user])) !== null) return 'erased';
  return namesake === undefined || namesake.id === before?.id ? 'overtaken' : 'known_already';
}

type RowContent = Pick<DirectoryUser, 'user' | 'active' | 'team' | 'resource'>;

function isInTeam({ id, user, team }: DirectoryUser): SQL | undefined {
  const isTheirs = team === null ? isNull(directoryUsers.team) : eq(directoryUsers.team, team);
  return and(eq(directoryUsers.id, id), eq(directoryUsers.user, user), eq(directoryUsers.active, true), isTheirs);
}

function nextRow(
  before: Pick<DirectoryUser, 'id' | 'version'> | null,
  { user, active, team, resource }: RowContent,
  nowMs: number,
): DirectoryUser {
  const id = before?.id ?? crypto.randomUUID();
  return { id, user, active, team, resource, version: (before?.version ?? 0) + 1, createdAt: nowMs, updatedAt: nowMs };
}

/** The trail names people and keeps nothing else that the directory says of them. */
function entryOf(
  before: Pick<DirectoryUser, 'id'> | null,
  { user, active, team }: RowContent,
  db: Database,
): AuditEntry {
  return {
    action: 'directory-user.put',
    team,
    target: user,
    person: user,
    detail: { user, active, team },
    ...(before !== null && {
      before: db
        .select({ user: directoryUsers.user, active: directoryUsers.active, team: directoryUsers.team })
        .from(directoryUsers)
        .where(eq(directoryUsers.id, before.id)),
    }),
  };
}

/** Writes nothing where somebody else was first, or is called so already. */
function writeRow(
  db: Database,
  before: Pick<DirectoryUser, 'id' | 'version'> | null,
  row: DirectoryUser,
  condition: SQL,
) {
  const { id, user, active, team, resource, version, createdAt, updatedAt } = row;
  const [seen, flag, text] = [before?.version ?? 0, active ? 1 : 0, JSON.stringify(resource)];
  return db
    .insert(directoryUsers)
    .select(
      sql`SELECT ${id}, ${user}, ${flag}, ${team}, ${text}, ${version}, ${createdAt}, ${updatedAt}
        WHERE ${condition} AND ${noneErased(sql`${JSON.stringify([user])}`)}
          AND NOT EXISTS (SELECT 1 FROM ${directoryUsers} WHERE ${and(eq(directoryUsers.user, user), sql`${directoryUsers.id} <> ${id}`)})
          AND ${seen} = coalesce((SELECT ${directoryUsers.version} FROM ${directoryUsers} WHERE ${eq(directoryUsers.id, id)}), 0)`,
    )
    .onConflictDoUpdate({
      target: directoryUsers.id,
      set: { user, active, team, resource, version, updatedAt },
    })
    .returning();
}

interface Joining {
  readonly team: TeamId;
  readonly user: UserId;
  readonly email: string | null;
  readonly nowMs: number;
}

function joinTeam(db: Database, { team, user, email, nowMs }: Joining, condition: SQL) {
  return db
    .insert(members)
    .select(
      sql`SELECT ${teams.id}, ${user}, ${email}, 'member', ${nowMs}, NULL FROM ${teams}
        WHERE ${isLiveTeam(team)} AND ${condition} AND ${othersIn(team, user)} < ${MAX_MEMBERS_PER_TEAM}`,
    )
    .onConflictDoUpdate({
      target: [members.team, members.user],
      set: {
        email: sql`coalesce(excluded.email, ${members.email})`,
        role: sql`CASE WHEN ${members.removedAt} IS NULL THEN ${members.role} ELSE 'member' END`,
        removedAt: null,
      },
    });
}
