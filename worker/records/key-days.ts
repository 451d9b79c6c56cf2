// On which day keys were used last, as far as their usage has come in.

import { and, eq, gte, sql } from 'drizzle-orm';
import { keyDays } from '../../schema/d1/key-days.ts';
import type { KeyId, TeamId } from '../../schema/ids.ts';
import { compareText, fromAll, type UsageDatabases } from './usage-databases.ts';

type Row = typeof keyDays.$inferSelect;

/** The beginning of the day, in UTC, of the last use of each of these keys; of those that were never used, nothing. */
export async function lastDaysOf(
  databases: UsageDatabases,
  team: TeamId,
  keys: readonly KeyId[],
): Promise<ReadonlyMap<KeyId, number>> {
  if (keys.length === 0) return new Map();
  const isOfThese = sql`${keyDays.key} IN (SELECT value FROM json_each(${JSON.stringify(keys)}))`;
  const rows = await fromAll(
    databases,
    async (db) =>
      db
        .select()
        .from(keyDays)
        .where(and(eq(keyDays.team, team), isOfThese)),
    MERGED,
  );
  return new Map(rows.map(({ key, day }) => [key, day]));
}

/** The keys of a team that were used on a day, or after it. */
export async function keysUsedSince(databases: UsageDatabases, team: TeamId, dayMs: number): Promise<KeyId[]> {
  const rows = await fromAll(
    databases,
    async (db) =>
      db
        .select()
        .from(keyDays)
        .where(and(eq(keyDays.team, team), gte(keyDays.day, dayMs))),
    MERGED,
  );
  return rows.map(({ key }) => key);
}

const MERGED = {
  order: (left: Row, right: Row) => compareText(left.key, right.key),
  add: (left: Row, right: Row) => (left.day < right.day ? right : left),
};
