// Recorded calls of a span in the order in which they were made, for those who want to go through all of them.

import { and, asc, eq, gte, lt, sql } from 'drizzle-orm';
import { thresholdEvents, usageEvents } from '../../schema/d1/tables.ts';
import type { BudgetId, TeamId, UserId } from '../../schema/ids.ts';
import type { Database } from './database.ts';
import { type EventPosition, inTime, type UsageEventRow } from './usage.ts';
import { fromAll, type UsageDatabases } from './usage-databases.ts';

/** Half-open; of one team, or with null of all. */
export interface Span {
  readonly team: TeamId | null;
  readonly fromMs: number;
  readonly toMs: number;
}

const columns = {
  id: usageEvents.id,
  at: usageEvents.at,
  team: usageEvents.team,
  user: usageEvents.user,
  key: usageEvents.key,
  model: usageEvents.model,
  askedModel: usageEvents.askedModel,
  dialect: usageEvents.dialect,
  input: usageEvents.input,
  cacheRead: usageEvents.cacheRead,
  cacheWrite5m: usageEvents.cacheWrite5m,
  cacheWrite1h: usageEvents.cacheWrite1h,
  output: usageEvents.output,
  reasoning: usageEvents.reasoning,
  webSearches: usageEvents.webSearches,
  costMicros: usageEvents.costMicros,
};

export type RecordedCall = Pick<UsageEventRow, keyof typeof columns>;

/** The next calls of the span after a position; the index has them in this order. */
export async function readCalls(
  databases: UsageDatabases,
  { team, fromMs, toMs }: Span,
  after: EventPosition | null,
  limit: number,
): Promise<RecordedCall[]> {
  const { at, id } = usageEvents;
  const wanted = and(
    team === null ? undefined : eq(usageEvents.team, team),
    gte(at, after?.at ?? fromMs),
    lt(at, toMs),
    after === null ? undefined : sql`(${at}, ${id}) > (${after.at}, ${after.id})`,
  );
  const read = (db: Database) =>
    db.select(columns).from(usageEvents).where(wanted).orderBy(asc(at), asc(id)).limit(limit);
  return fromAll(databases, read, { order: inTime, limit });
}

/** From when to when a budget was short: a share of it was reached, and its window went on. */
export interface Shortage {
  readonly team: TeamId;
  readonly budget: BudgetId;
  readonly subject: UserId | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/** So many reached thresholds of a span are looked at. */
export const MAX_SHORTAGES = 10_000;

/** Shortages by the recorded thresholds at this percentage or the next above it. */
export async function readShortages(db: Database, { team, toMs }: Span, fromPercent: number): Promise<Shortage[]> {
  const { at, threshold } = thresholdEvents;
  const rows = await db
    .select()
    .from(thresholdEvents)
    .where(and(team === null ? undefined : eq(thresholdEvents.team, team), lt(at, toMs), gte(threshold, fromPercent)))
    .orderBy(asc(at))
    .limit(MAX_SHORTAGES);
  return rows.map((row) => ({
    team: row.team,
    budget: row.budget,
    subject: row.subject,
    fromMs: row.at,
    toMs: row.windowEnd ?? Number.POSITIVE_INFINITY,
  }));
}
