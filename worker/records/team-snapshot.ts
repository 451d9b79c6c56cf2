// A team's whole record as its budget object must know it, read in the same batch that changed it.
// What is read here belongs to one version; the object is given version and content together.

import { and, asc, desc, eq, exists, gt, isNull, or, type SQL, sql } from 'drizzle-orm';
import { memberPolicies, teamSteering } from '../../schema/d1/steering.ts';
import { budgets, grants, keys, rateLimits, suspensions, teams } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import type { Result } from '../../schema/result.ts';
import type { KeyRecord, TeamConfig } from '../../schema/team-config.ts';
import { budgetOf } from './budget-row.ts';
import type { Database } from './database.ts';
import { grantOf, MAX_GRANTS_PER_TEAM } from './grant-row.ts';
import { partyLimitsOf, partyOf } from './party-row.ts';
import { memberAccessOf, steeringOf } from './policy-row.ts';
import { accessOf, type TeamRecord, teamRecord } from './team-row.ts';
import type { RecordRefusal } from './refusal.ts';

/** Live and lately ended keys an object is given. More keys than may be live, so the ended ones are cut first. */
const MAX_CONFIGURED_KEYS = 6_000;
/** How long an object can still tell a revoked or expired key from one that never was. */
const ENDED_KEYS_KEPT_MS = 30 * 24 * 3_600_000;

export interface TeamSnapshot {
  readonly team: TeamRecord;
  readonly config: TeamConfig;
}

/** What a change came to. The snapshot must be in force before the finding may be told. */
export interface Change<Finding> {
  /** Null where there is no such team and so nothing to put in force. */
  readonly snapshot: TeamSnapshot | null;
  readonly finding: Result<Finding, RecordRefusal>;
}

/** To be spread at the end of a batch; what comes back goes to `snapshotOf`. */
export function snapshotQueries(db: Database, team: TeamId, nowMs: number) {
  const endedAfter = nowMs - ENDED_KEYS_KEPT_MS;
  return [
    db.select().from(teams).where(eq(teams.id, team)),
    db.select().from(budgets).where(eq(budgets.team, team)).orderBy(asc(budgets.id)),
    db
      .select()
      .from(keys)
      .where(
        and(
          eq(keys.team, team),
          or(isNull(keys.revokedAt), gt(keys.revokedAt, endedAfter)),
          or(isNull(keys.expiresAt), gt(keys.expiresAt, endedAfter)),
        ),
      )
      .orderBy(desc(isNull(keys.revokedAt)), desc(isNull(keys.expiresAt)), desc(keys.expiresAt))
      .limit(MAX_CONFIGURED_KEYS),
    db.select().from(rateLimits).where(eq(rateLimits.team, team)),
    db.select().from(suspensions).where(eq(suspensions.team, team)),
    db
      .select()
      .from(grants)
      .where(and(eq(grants.team, team), isNull(grants.revokedAt), gt(grants.endsAt, nowMs)))
      .orderBy(asc(grants.id))
      .limit(MAX_GRANTS_PER_TEAM),
    db.select().from(memberPolicies).where(eq(memberPolicies.team, team)).orderBy(asc(memberPolicies.user)),
    db.select().from(teamSteering).where(eq(teamSteering.team, team)),
  ] as const;
}

type SnapshotRows = readonly [
  readonly (typeof teams.$inferSelect)[],
  readonly (typeof budgets.$inferSelect)[],
  readonly (typeof keys.$inferSelect)[],
  readonly (typeof rateLimits.$inferSelect)[],
  readonly (typeof suspensions.$inferSelect)[],
  readonly (typeof grants.$inferSelect)[],
  readonly (typeof memberPolicies.$inferSelect)[],
  readonly (typeof teamSteering.$inferSelect)[],
];

/** Null if there is no such team. A deleted team has a snapshot without keys: its object then refuses every call. */
export function snapshotOf(rows: SnapshotRows): TeamSnapshot | null {
  const [[row], budgetRows, keyRows, limitRows, suspendedRows, grantRows, policyRows, steeringRows] = rows;
  if (row === undefined) return null;
  const liveKeys = row.deletedAt === null ? keyRows : [];
  return {
    team: teamRecord(row),
    config: {
      team: row.id,
      timezone: row.timezone,
      access: accessOf(row),
      budgets: budgetRows.map((budget) => budgetOf(budget)),
      keys: liveKeys.flatMap(keyRecordsOf),
      limits: limitRows.map((limits) => partyLimitsOf(limits)),
      suspended: suspendedRows.map((suspended) => partyOf(suspended)),
      grants: grantRows.map((grant) => grantOf(grant)),
      memberAccess: policyRows.map((own) => memberAccessOf(own)),
      steering: steeringOf(steeringRows),
      usageDatabase: row.usageDatabase,
    },
  };
}

/** A key whose text was exchanged is known by both: by the one before until its deadline, and no longer than the key. */
function keyRecordsOf(row: typeof keys.$inferSelect): KeyRecord[] {
  const { id, digest, user, revokedAt, expiresAt, previousDigest, previousUntil, models, sources } = row;
  const record = {
    id,
    digest,
    user,
    revoked: revokedAt !== null,
    expiresAtMs: expiresAt,
    ...(models !== null && { models }),
    ...(sources !== null && { sources }),
  };
  if (previousDigest === null || previousUntil === null) return [record];
  const endsAtMs = expiresAt === null ? previousUntil : Math.min(previousUntil, expiresAt);
  return [record, { ...record, digest: previousDigest, expiresAtMs: endsAtMs }];
}

/** The snapshot if the team is there and not deleted; a change of any other team changed nothing. */
export function liveSnapshotOf(rows: SnapshotRows): TeamSnapshot | null {
  const snapshot = snapshotOf(rows);
  return snapshot === null || snapshot.team.deletedAtMs !== null ? null : snapshot;
}

export async function loadSnapshot(db: Database, team: TeamId, nowMs: number): Promise<TeamSnapshot | null> {
  return snapshotOf(await db.batch(snapshotQueries(db, team, nowMs)));
}

/** Part of every batch that changes a team's members, keys, budgets, limits or suspensions; may hang on a condition. */
export function raiseVersion(db: Database, team: TeamId, nowMs: number, condition?: SQL) {
  return db
    .update(teams)
    .set({ version: sql`${teams.version} + 1`, updatedAt: nowMs })
    .where(and(isLiveTeam(team), condition));
}

/** A condition on the table `teams`. */
export function isLiveTeam(team: TeamId): SQL | undefined {
  return and(eq(teams.id, team), isNull(teams.deletedAt));
}

/** The same as a condition on any other table. */
export function teamIsLive(db: Database, team: TeamId): SQL {
  return exists(
    db
      .select({ one: sql`1` })
      .from(teams)
      .where(isLiveTeam(team)),
  );
}
