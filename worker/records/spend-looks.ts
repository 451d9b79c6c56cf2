// Whose spend is to be looked at next, and what a team's day is held against. A team without calls is passed over.

import { and, eq, isNull, lte, or, sql } from 'drizzle-orm';
import { spendLooks } from '../../schema/d1/spend-alerts.ts';
import { teams, usageEvents } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import type { Baseline } from '../../schema/spend-alert.ts';
import type { Database } from './database.ts';
import type { UsageDatabases } from './usage-databases.ts';

const LOOKED_AFTER_MS = 5 * 60_000;
/** An event comes to D1 some time after its call; one that is later than this is seen with the next. */
const LATE_MS = 10 * 60_000;
/** Of a team that nobody has looked at yet. */
const FIRST_LOOK_BACK_MS = 24 * 3_600_000;
/** Chosen at random, so that none is always left out. */
const MAX_CONSIDERED = 2_000;

export interface DueTeam {
  readonly team: TeamId;
  readonly timezone: string;
  /** Where its calls are. */
  readonly usage: Database;
  readonly baseline: Baseline | null;
}

/** Those longest not looked at that had calls since then. Two sweeps at once share them between them. */
export async function takeDueTeams(
  db: Database,
  usage: UsageDatabases,
  nowMs: number,
  limit: number,
): Promise<DueTeam[]> {
  const { id: team, timezone, usageDatabase } = teams;
  const rested = await db
    .select({ team, timezone, usageDatabase, lookedAt: spendLooks.lookedAt })
    .from(teams)
    .leftJoin(spendLooks, eq(spendLooks.team, teams.id))
    .where(
      and(isNull(teams.deletedAt), or(isNull(spendLooks.lookedAt), lte(spendLooks.lookedAt, nowMs - LOOKED_AFTER_MS))),
    )
    .orderBy(sql`random()`)
    .limit(MAX_CONSIDERED);
  const usageOf = ({ usageDatabase: place }: { readonly usageDatabase: number }): Database => usage[place] ?? usage[0];
  const asked = [...Map.groupBy(rested, usageOf)].map(([database, some]) => activeAmong(database, some, nowMs));
  const active = new Set((await Promise.all(asked)).flat());
  const due = rested
    .filter((row) => active.has(row.team))
    .toSorted((left, right) => (left.lookedAt ?? 0) - (right.lookedAt ?? 0))
    .slice(0, limit);
  if (due.length === 0) return [];
  const taken = await db
    .insert(spendLooks)
    .values(due.map((row) => ({ team: row.team, lookedAt: nowMs })))
    .onConflictDoUpdate({
      target: spendLooks.team,
      set: { lookedAt: nowMs },
      setWhere: lte(spendLooks.lookedAt, nowMs - LOOKED_AFTER_MS),
    })
    .returning({ team: spendLooks.team, baseline: spendLooks.baseline });
  const baselines = new Map(taken.map((row) => [row.team, row.baseline]));
  return due
    .filter((row) => baselines.has(row.team))
    .map((row) => ({
      team: row.team,
      timezone: row.timezone,
      usage: usageOf(row),
      baseline: baselines.get(row.team) ?? null,
    }));
}

/** One look at an index for each; a list is one parameter. */
async function activeAmong(
  usage: Database,
  rested: readonly { readonly team: TeamId; readonly lookedAt: number | null }[],
  nowMs: number,
): Promise<readonly TeamId[]> {
  const since = rested.map(({ team, lookedAt }) => ({
    team,
    sinceMs: lookedAt === null ? nowMs - FIRST_LOOK_BACK_MS : lookedAt - LATE_MS,
  }));
  const rows = await usage.all<{ readonly team: TeamId }>(sql`
    SELECT value->>'team' AS team FROM json_each(${JSON.stringify(since)})
    WHERE EXISTS (
      SELECT 1 FROM ${usageEvents}
      WHERE ${usageEvents.team} = value->>'team' AND ${usageEvents.at} > value->>'sinceMs')`);
  return rows.map(({ team }) => team);
}

export async function keepBaseline(db: Database, team: TeamId, baseline: Baseline): Promise<void> {
  await db.update(spendLooks).set({ baseline }).where(eq(spendLooks.team, team));
}
