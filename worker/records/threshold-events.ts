// Budgets that reached one of their thresholds: read only. Written by the teams' objects. Half-open times: from ≤ at < to.

import { and, desc, eq, gte, lt, sql } from 'drizzle-orm';
import { thresholdEvents } from '../../schema/d1/tables.ts';
import type { BudgetId, TeamId } from '../../schema/ids.ts';
import type { ThresholdEvent } from '../../schema/threshold-event.ts';
import type { Database } from './database.ts';
import type { EventPosition } from './usage.ts';

/** Null means any. */
export interface ThresholdFilter {
  readonly team: TeamId | null;
  readonly budget: BudgetId | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Events, newest first, before the position `after`. */
export async function listThresholdEvents(
  db: Database,
  { team, budget, fromMs, toMs }: ThresholdFilter,
  limit: number,
  after: EventPosition | null,
): Promise<ThresholdEvent[]> {
  return selectEvents(db)
    .where(
      and(
        team === null ? undefined : eq(thresholdEvents.team, team),
        budget === null ? undefined : eq(thresholdEvents.budget, budget),
        fromMs === null ? undefined : gte(thresholdEvents.at, fromMs),
        toMs === null ? undefined : lt(thresholdEvents.at, toMs),
        after === null ? undefined : sql`(${thresholdEvents.at}, ${thresholdEvents.id}) < (${after.at}, ${after.id})`,
      ),
    )
    .orderBy(desc(thresholdEvents.at), desc(thresholdEvents.id))
    .limit(limit);
}

export async function findThresholdEvent(db: Database, id: string): Promise<ThresholdEvent | null> {
  const [event] = await selectEvents(db).where(eq(thresholdEvents.id, id));
  return event ?? null;
}

function selectEvents(db: Database) {
  return db
    .select({
      id: thresholdEvents.id,
      atMs: thresholdEvents.at,
      team: thresholdEvents.team,
      budget: thresholdEvents.budget,
      subject: thresholdEvents.subject,
      unit: thresholdEvents.unit,
      threshold: thresholdEvents.threshold,
      limit: thresholdEvents.limitAmount,
      limitVersion: thresholdEvents.limitVersion,
      settled: thresholdEvents.settled,
      windowStartMs: thresholdEvents.windowStart,
      windowEndMs: thresholdEvents.windowEnd,
    })
    .from(thresholdEvents);
}
