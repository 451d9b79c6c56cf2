// Teams. Deleting one marks its row; its id is never given out again, because its ledger and events live on.

import { and, asc, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { teams } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import type { RecordRefusal } from './refusal.ts';
import { type TeamRecord, teamRecord } from './team-row.ts';
import { type Change, isLiveTeam, liveSnapshotOf, snapshotOf, snapshotQueries } from './team-snapshot.ts';

export interface TeamInput {
  readonly id: TeamId;
  readonly name: string;
  readonly timezone: string;
  readonly costCenter: string | null;
  readonly locationHint: DurableObjectLocationHint | null;
}

/** What may change; what is left out stays. */
export interface TeamPatch {
  readonly name?: string | undefined;
  readonly timezone?: string | undefined;
  readonly costCenter?: string | null | undefined;
}

/**
 * Creates a team. Asked again with the same content before the first one came into force, it is that same creation.
 * `usageDatabases` is how many there are, with the record.
 */
export async function createTeam(act: Act, input: TeamInput, usageDatabases: number): Promise<Change<TeamRecord>> {
  const { db, atMs: nowMs } = act;
  const entry: AuditEntry = { action: 'team.create', team: input.id, target: input.id, detail: { ...input } };
  const [inserted, , ...rows] = await audited(act, entry, (log) => [
    db
      .insert(teams)
      .values({ ...input, usageDatabase: emptiest(usageDatabases), createdAt: nowMs, updatedAt: nowMs })
      .onConflictDoNothing()
      .returning({ id: teams.id }),
    log,
    ...snapshotQueries(db, input.id, nowMs),
  ]);
  const snapshot = snapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: notFound(input.id) };
  const { team } = snapshot;
  if (inserted.length > 0 || isUnfinished(team, input)) return { snapshot, finding: succeed(team) };

  const reason = team.deletedAtMs === null ? 'already_exists' : 'id_retired';
  return { snapshot: null, finding: fail({ reason, resource: 'team', id: input.id }) };
}

export async function findTeam(db: Database, team: TeamId): Promise<Result<TeamRecord, RecordRefusal>> {
  const [row] = await db.select().from(teams).where(isLiveTeam(team));
  return row === undefined ? notFound(team) : succeed(teamRecord(row));
}

/** Teams in order of id, after `after`. */
export async function listTeams(db: Database, limit: number, after: string | null): Promise<TeamRecord[]> {
  const rows = await db
    .select()
    .from(teams)
    .where(and(isNull(teams.deletedAt), after === null ? undefined : gt(sql`${teams.id}`, after)))
    .orderBy(asc(teams.id))
    .limit(limit);
  return rows.map((row) => teamRecord(row));
}

export async function patchTeam(act: Act, team: TeamId, patch: TeamPatch): Promise<Change<TeamRecord>> {
  const { db, atMs: nowMs } = act;
  const before = selectTeam(db, team);
  const entry: AuditEntry = { action: 'team.change', team, target: team, detail: { ...patch }, before };
  const [, , ...rows] = await audited(act, entry, (log) => [
    db
      .update(teams)
      .set({ ...patch, updatedAt: nowMs, version: sql`${teams.version} + 1` })
      .where(isLiveTeam(team)),
    log,
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  return { snapshot, finding: snapshot === null ? notFound(team) : succeed(snapshot.team) };
}

/** Deletes a team: its keys stop working. Asked again before that came into force, it is that same deletion. */
export async function deleteTeam(act: Act, team: TeamId): Promise<Change<void>> {
  const { db, atMs: nowMs } = act;
  const entry: AuditEntry = { action: 'team.delete', team, target: team, detail: {}, before: selectTeam(db, team) };
  const [deleted, , ...rows] = await audited(act, entry, (log) => [
    db
      .update(teams)
      .set({ deletedAt: nowMs, updatedAt: nowMs, version: sql`${teams.version} + 1` })
      .where(isLiveTeam(team))
      .returning({ id: teams.id }),
    log,
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = snapshotOf(rows);
  const unfinished = snapshot !== null && snapshot.team.version > snapshot.team.appliedVersion;
  if (deleted.length > 0 || unfinished) return { snapshot, finding: succeed(undefined) };
  return { snapshot: null, finding: notFound(team) };
}

/**
 * Notes that the team's object has confirmed `version`. False if the object was ahead of the record, as after a restored
 * database: the record's version is then lifted above the object's, and must be put in force once more.
 */
export async function confirmVersion(db: Database, team: TeamId, version: number): Promise<boolean> {
  const behind = sql`${teams.version} < ${version}`;
  const rows = await db
    .update(teams)
    .set({
      version: sql`CASE WHEN ${behind} THEN ${version} + 1 ELSE ${teams.version} END`,
      appliedVersion: sql`CASE WHEN ${behind} THEN ${teams.appliedVersion} ELSE max(${teams.appliedVersion}, ${version}) END`,
    })
    .where(eq(teams.id, team))
    .returning({ appliedVersion: teams.appliedVersion });
  return rows.every((row) => row.appliedVersion >= version);
}

/** The one with the fewest teams; the record has enough to hold where there are others. */
function emptiest(usageDatabases: number): SQL<number> | number {
  if (usageDatabases === 1) return 0;
  const numbers = Array.from({ length: usageDatabases - 1 }, (_, index) => index + 1);
  return sql<number>`(
    SELECT number.value FROM json_each(${JSON.stringify(numbers)}) AS number
    ORDER BY (SELECT count(*) FROM teams AS there WHERE there.usage_database = number.value), number.value LIMIT 1)`;
}

function selectTeam(db: Database, team: TeamId) {
  return db.select().from(teams).where(isLiveTeam(team));
}

function isUnfinished(team: TeamRecord, input: TeamInput): boolean {
  return (
    team.deletedAtMs === null &&
    team.appliedVersion === 0 &&
    team.name === input.name &&
    team.timezone === input.timezone &&
    team.costCenter === input.costCenter &&
    team.locationHint === input.locationHint
  );
}

function notFound(team: TeamId): Result<never, RecordRefusal> {
  return fail({ reason: 'not_found', resource: 'team', id: team });
}
