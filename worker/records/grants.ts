// Grants as admins see them: listed, and taken back. They are made by decisions.

import { and, desc, eq, gt, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { actorName } from '../../schema/actor.ts';
import { grants, teams } from '../../schema/d1/tables.ts';
import type { GrantId, TeamId } from '../../schema/ids.ts';
import type { GrantState } from '../../schema/request.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { type GrantRow, grantState } from './grant-row.ts';
import type { RecordRefusal } from './refusal.ts';
import { type Change, isLiveTeam, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';

export interface GrantRecord extends GrantRow {
  readonly state: GrantState;
}

/** A team's grants, newest first, before the id `after`; also those that are over. */
export async function listGrants(
  db: Database,
  team: TeamId,
  page: { readonly limit: number; readonly after: string | null },
  nowMs: number,
): Promise<Result<GrantRecord[], RecordRefusal>> {
  const { limit, after } = page;
  const [[live], rows] = await db.batch([
    db.select().from(teams).where(isLiveTeam(team)),
    db
      .select()
      .from(grants)
      .where(and(eq(grants.team, team), after === null ? undefined : lt(sql`${grants.id}`, after)))
      .orderBy(desc(grants.id))
      .limit(limit),
  ]);
  if (live === undefined) return fail({ reason: 'not_found', resource: 'team', id: team });
  return succeed(rows.map((row) => Object.assign(row, { state: grantState(row, live.appliedVersion, nowMs) })));
}

export async function findGrant(db: Database, id: GrantId, nowMs: number): Promise<GrantRecord | null> {
  const [row] = await db
    .select({ grant: grants, appliedVersion: teams.appliedVersion })
    .from(grants)
    .innerJoin(teams, eq(teams.id, grants.team))
    .where(eq(grants.id, id));
  return row === undefined ? null : { ...row.grant, state: grantState(row.grant, row.appliedVersion, nowMs) };
}

/** Takes a grant back. What was spent of it stays spent. */
export async function revokeGrant(act: Act, team: TeamId, id: GrantId): Promise<Change<void>> {
  const { db, atMs: nowMs } = act;
  const before = db
    .select()
    .from(grants)
    .where(and(eq(grants.team, team), eq(grants.id, id)));
  const entry: AuditEntry = { action: 'grant.revoke', team, target: id, detail: {}, before };
  const [revoked, , , ...rows] = await audited(act, entry, (log) => [
    db
      .update(grants)
      .set({ revokedAt: nowMs, revokedBy: actorName(act.by) })
      .where(and(isLiveGrant(team, id, nowMs), teamIsLive(db, team)))
      .returning({ id: grants.id }),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: fail({ reason: 'not_found', resource: 'team', id: team }) };
  return {
    snapshot,
    finding: revoked.length > 0 ? succeed(undefined) : fail({ reason: 'not_found', resource: 'grant', id }),
  };
}

function isLiveGrant(team: TeamId, id: GrantId, nowMs: number): SQL | undefined {
  return and(eq(grants.team, team), eq(grants.id, id), isNull(grants.revokedAt), gt(grants.endsAt, nowMs));
}
