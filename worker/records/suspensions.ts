// Teams, members and keys whose calls are refused until an admin lifts it. The reason is kept for admins.

import { and, sql } from 'drizzle-orm';
import { suspensions, teams } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Party } from '../../schema/team-config.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { keyIsLive } from './keys.ts';
import { countOthers, insertedParty, isAbout, idOfParty } from './party-row.ts';
import type { RecordRefusal } from './refusal.ts';
import { type Change, isLiveTeam, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';

/** Parties of a team that are suspended. They, too, must fit into its object's configuration. */
export const MAX_SUSPENSIONS_PER_TEAM = 500;

export interface Suspension {
  readonly party: Party;
  readonly reason: string;
  readonly sinceMs: number;
}

/** Suspends a party, or gives its suspension another reason. A key must be live; a member need not have joined yet. */
export async function putSuspension(
  act: Act,
  team: TeamId,
  { party, reason }: Omit<Suspension, 'sinceMs'>,
): Promise<Change<{ readonly suspension: Suspension; readonly created: boolean }>> {
  const { db, atMs: nowMs } = act;
  const current = selectSuspension(db, team, party);
  const entry: AuditEntry = {
    action: 'suspension.put',
    team,
    target: idOfParty(team, party),
    detail: { party, reason },
    before: current,
  };
  const [before, [written], , , ...rows] = await audited(act, entry, (log) => [
    current,
    insertSuspension(db, team, { party, reason, sinceMs: nowMs })
      .onConflictDoUpdate({
        target: [suspensions.team, suspensions.partyKind, suspensions.partyId],
        set: { reason },
      })
      .returning(),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: teamNotFound(team) };
  if (written !== undefined) {
    const suspension = { party, reason: written.reason, sinceMs: written.since };
    return { snapshot, finding: succeed({ suspension, created: before.length === 0 }) };
  }
  const full = before.length === 0 && snapshot.config.suspended.length >= MAX_SUSPENSIONS_PER_TEAM;
  const refusal: RecordRefusal =
    full || party.kind !== 'key' ? tooMany : { reason: 'not_found', resource: 'live key', id: party.id };
  return { snapshot, finding: fail(refusal) };
}

export async function deleteSuspension(act: Act, team: TeamId, party: Party): Promise<Change<void>> {
  const { db, atMs: nowMs } = act;
  const before = selectSuspension(db, team, party);
  const entry: AuditEntry = {
    action: 'suspension.lift',
    team,
    target: idOfParty(team, party),
    detail: { party },
    before,
  };
  const [deleted, , , ...rows] = await audited(act, entry, (log) => [
    db
      .delete(suspensions)
      .where(and(isAbout(suspensions, team, party), teamIsLive(db, team)))
      .returning({ team: suspensions.team }),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: teamNotFound(team) };
  const lifted = deleted.length > 0;
  return {
    snapshot,
    finding: lifted ? succeed(undefined) : fail({ reason: 'not_set', resource: 'suspension', party }),
  };
}

function selectSuspension(db: Database, team: TeamId, party: Party) {
  return db
    .select()
    .from(suspensions)
    .where(isAbout(suspensions, team, party));
}

function insertSuspension(db: Database, team: TeamId, { party, reason, sinceMs }: Suspension) {
  const hasRoom = sql`${countOthers(suspensions, team, party)} < ${MAX_SUSPENSIONS_PER_TEAM}`;
  return db.insert(suspensions).select(
    db
      .select({
        ...insertedParty(team, party),
        reason: sql`${reason}`.as('reason'),
        since: sql`${sinceMs}`.as('since'),
      })
      .from(teams)
      .where(and(isLiveTeam(team), hasRoom, party.kind === 'key' ? keyIsLive(team, party.id) : undefined)),
  );
}

const tooMany: RecordRefusal = { reason: 'too_many', resource: 'suspension', limit: MAX_SUSPENSIONS_PER_TEAM };

function teamNotFound(team: TeamId): Result<never, RecordRefusal> {
  return fail({ reason: 'not_found', resource: 'team', id: team });
}
