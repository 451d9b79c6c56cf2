// What calls under one budget took over time, in the budget's unit: by hour from the sums, by five minutes from the events.
// Read only.

import { and, eq, gte, type SQL, sql } from 'drizzle-orm';
import type { Unit } from '../../schema/amounts.ts';
import { usageEvents } from '../../schema/d1/tables.ts';
import { usageHours } from '../../schema/d1/usage-hours.ts';
import type { TeamId, UserId } from '../../schema/ids.ts';
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

/** The same in steps of five minutes; for hours, not for days. */
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
