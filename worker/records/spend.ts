// What calls under a budget, of a team or with a key took over time: by hour from the sums, by five minutes from the events.
// Read only.

import { and, desc, eq, gte, type SQL, sql } from 'drizzle-orm';
import type { Unit } from '../../schema/amounts.ts';
import { usageEvents } from '../../schema/d1/tables.ts';
import { usageHours } from '../../schema/d1/usage-hours.ts';
import type { KeyId, TeamId, UserId } from '../../schema/ids.ts';
import type { Scope } from '../../schema/team-config.ts';
import type { Database } from './database.ts';
import { fromAll, type UsageDatabases } from './usage-databases.ts';

/** Whose calls, and what of them counts. */
export interface SpendFilter {
  readonly team: TeamId;
  readonly scope: Scope;
  /** Whose share, for scope `each_member`. */
  readonly subject: UserId | null;
  readonly unit: Unit;
}

export interface Spend {
  readonly startMs: number;
  readonly amount: number;
}

export const BUCKET_MS = 5 * 60_000;

type Source = typeof usageEvents | typeof usageHours;

/** From the hour that begins at `fromMs` on, in order; hours without calls are left out. */
export async function readSpendByHour(
  databases: UsageDatabases,
  filter: SpendFilter,
  fromMs: number,
): Promise<Spend[]> {
  const read = (db: Database) =>
    db
      .select({ startMs: usageHours.hour, amount: amountOf(usageHours, filter.unit, usageHours.calls).as('spent') })
      .from(usageHours)
      .where(and(isUnder(usageHours, filter), gte(usageHours.hour, fromMs)))
      .groupBy(usageHours.hour)
      .orderBy(usageHours.hour);
  return fromAll(databases, read, IN_TIME);
}

/** The same for several budgets of one team, in their order, in one pass over its hours. At most twenty-five. */
export async function readSpendOfEach(
  db: Database,
  team: TeamId,
  filters: readonly SpendFilter[],
  fromMs: number,
): Promise<Spend[][]> {
  const [first, ...rest] = filters.map((filter, place) => columnOf(filter, place));
  if (first === undefined) return [];
  const rows = await db.all<Readonly<Record<string, number>>>(sql`
    SELECT ${usageHours.hour} AS hour, ${sql.join([first, ...rest], sql`, `)} FROM ${usageHours}
    WHERE ${usageHours.team} = ${team} AND ${usageHours.hour} >= ${fromMs} GROUP BY 1 ORDER BY 1`);
  return filters.map((_, place) =>
    rows.map((row) => ({ startMs: row['hour'] ?? 0, amount: row[`spent${place}`] ?? 0 })),
  );
}

function columnOf(filter: SpendFilter, place: number): SQL {
  const name = sql.raw(`spent${place}`);
  return sql`coalesce(${amountOf(usageHours, filter.unit, usageHours.calls)} FILTER (WHERE ${isUnder(usageHours, filter)}), 0) AS ${name}`;
}

export interface KeySpend extends Spend {
  /** Null for the team as a whole. */
  readonly key: KeyId | null;
}

/** More than two hundred keys in use all day have in six weeks. */
const MAX_KEY_HOURS = 50_000;

/** Micro-dollars by hour of a team as a whole, and of its keys as far back as the newest 50,000 hours of keys go. */
export async function readSpendByKey(db: Database, team: TeamId, fromMs: number): Promise<KeySpend[]> {
  const amount = sql<number>`sum(${usageHours.costMicros})`.as('amount');
  const since = and(eq(usageHours.team, team), gte(usageHours.hour, fromMs));
  // Both go along the order in which the hours are kept, so that each is read once.
  const [whole, keys] = await Promise.all([
    db.select({ startMs: usageHours.hour, amount }).from(usageHours).where(since).groupBy(usageHours.hour),
    db
      .select({ key: usageHours.key, startMs: usageHours.hour, amount })
      .from(usageHours)
      .where(since)
      .groupBy(usageHours.hour, usageHours.user, usageHours.key)
      .orderBy(desc(usageHours.hour), desc(usageHours.user), desc(usageHours.key))
      .limit(MAX_KEY_HOURS),
  ]);
  return [...whole.map(({ startMs, amount: spent }) => ({ key: null, startMs, amount: spent })), ...keys];
}

/** Under one budget in steps of five minutes; for hours, not for days. */
export async function readSpendByMinutes(
  databases: UsageDatabases,
  filter: SpendFilter,
  fromMs: number,
): Promise<Spend[]> {
  const bucket = sql<number>`${usageEvents.at} - ${usageEvents.at} % ${sql.raw(String(BUCKET_MS))}`;
  const read = (db: Database) =>
    db
      .select({ startMs: bucket.as('bucket'), amount: amountOf(usageEvents, filter.unit, sql`1`).as('spent') })
      .from(usageEvents)
      .where(and(isUnder(usageEvents, filter), gte(usageEvents.at, fromMs)))
      .groupBy(bucket)
      .orderBy(bucket);
  return fromAll(databases, read, IN_TIME);
}

const IN_TIME = {
  order: (left: Spend, right: Spend) => left.startMs - right.startMs,
  add: (left: Spend, right: Spend): Spend => ({ startMs: left.startMs, amount: left.amount + right.amount }),
};

function amountOf(table: Source, unit: Unit, calls: SQL | typeof usageHours.calls): SQL<number> {
  switch (unit) {
    case 'usd':
      return sql<number>`sum(${table.costMicros})`;
    case 'tokens':
      return sql<number>`sum(${table.input} + ${table.cacheRead} + ${table.cacheWrite5m} + ${table.cacheWrite1h} + ${table.output})`;
    case 'requests':
      return sql<number>`sum(${calls})`;
  }
}

/** Patterns have no character that means something else to SQLite than a star does to Headgate. */
function isUnder(table: Source, { team, scope, subject }: SpendFilter): SQL | undefined {
  const ofTeam = eq(table.team, team);
  switch (scope.kind) {
    case 'team':
      return ofTeam;
    case 'member':
      return and(ofTeam, eq(table.user, scope.id));
    case 'each_member':
      return subject === null ? ofTeam : and(ofTeam, eq(table.user, subject));
    case 'key':
      return and(ofTeam, eq(table.key, scope.id));
    case 'model':
      return and(ofTeam, sql`${table.model} GLOB ${scope.id}`);
  }
}
