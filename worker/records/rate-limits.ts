// How fast a team, a member or a key may go. What has been used of it, only the team's ledger knows.

import { and, sql } from 'drizzle-orm';
import { rateLimits, teams } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Party, PartyLimits } from '../../schema/team-config.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { keyIsLive } from './keys.ts';
import { countOthers, insertedParty, isAbout, idOfParty, ratesOf } from './party-row.ts';
import type { RecordRefusal } from './refusal.ts';
import { type Change, isLiveTeam, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';

/**
 * Parties of a team with limits of their own. The team's object keeps its whole configuration in one value of at most
 * 2 MB: with all keys and budgets there may be, and ids as long as they may be, this many limits still fit.
 */
export const MAX_RATE_LIMITS_PER_TEAM = 500;

/** Sets or replaces the limits of a party. A key must be live; a member need not have joined yet. */
export async function putRateLimits(
  act: Act,
  team: TeamId,
  limits: PartyLimits,
): Promise<Change<{ readonly limits: PartyLimits; readonly created: boolean }>> {
  const { db, atMs: nowMs } = act;
  const { party } = limits;
  const current = selectLimits(db, team, party);
  const entry: AuditEntry = {
    action: 'limits.put',
    team,
    target: idOfParty(team, party),
    detail: { ...limits },
    before: current,
  };
  const [before, [written], , , ...rows] = await audited(act, entry, (log) => [
    current,
    insertLimits(db, team, limits, nowMs)
      .onConflictDoUpdate({
        target: [rateLimits.team, rateLimits.partyKind, rateLimits.partyId],
        set: { ...ratesOf(limits), updatedAt: nowMs },
      })
      .returning(),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: teamNotFound(team) };
  if (written !== undefined) {
    return { snapshot, finding: succeed({ limits: { party, ...ratesOf(written) }, created: before.length === 0 }) };
  }
  const full = before.length === 0 && snapshot.config.limits.length >= MAX_RATE_LIMITS_PER_TEAM;
  return {
    snapshot,
    finding: fail(full || party.kind !== 'key' ? tooMany : { reason: 'not_found', resource: 'live key', id: party.id }),
  };
}

export async function deleteRateLimits(act: Act, team: TeamId, party: Party): Promise<Change<void>> {
  const { db, atMs: nowMs } = act;
  const before = selectLimits(db, team, party);
  const entry: AuditEntry = {
    action: 'limits.delete',
    team,
    target: idOfParty(team, party),
    detail: { party },
    before,
  };
  const [deleted, , , ...rows] = await audited(act, entry, (log) => [
    db
      .delete(rateLimits)
      .where(and(isAbout(rateLimits, team, party), teamIsLive(db, team)))
      .returning({ team: rateLimits.team }),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: teamNotFound(team) };
  return {
    snapshot,
    finding: deleted.length === 0 ? fail({ reason: 'not_set', resource: 'rate limit', party }) : succeed(undefined),
  };
}

function selectLimits(db: Database, team: TeamId, party: Party) {
  return db
    .select()
    .from(rateLimits)
    .where(isAbout(rateLimits, team, party));
}

function insertLimits(db: Database, team: TeamId, limits: PartyLimits, nowMs: number) {
  const { party, requestsPerMinute, tokensPerMinute, concurrency } = limits;
  const hasRoom = sql`${countOthers(rateLimits, team, party)} < ${MAX_RATE_LIMITS_PER_TEAM}`;
  return db.insert(rateLimits).select(
    db
      .select({
        ...insertedParty(team, party),
        requestsPerMinute: sql`${requestsPerMinute}`.as('requests_per_minute'),
        tokensPerMinute: sql`${tokensPerMinute}`.as('tokens_per_minute'),
        concurrency: sql`${concurrency}`.as('concurrency'),
        createdAt: sql`${nowMs}`.as('created_at'),
        updatedAt: sql`${nowMs}`.as('updated_at'),
      })
      .from(teams)
      .where(and(isLiveTeam(team), hasRoom, party.kind === 'key' ? keyIsLive(team, party.id) : undefined)),
  );
}

const tooMany: RecordRefusal = { reason: 'too_many', resource: 'rate limit', limit: MAX_RATE_LIMITS_PER_TEAM };

function teamNotFound(team: TeamId): Result<never, RecordRefusal> {
  return fail({ reason: 'not_found', resource: 'team', id: team });
}
