// Usage events: read only. They are written by the teams' objects. Half-open times: from ≤ at < to.

import { and, desc, sql } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import { compareText, fromAll, type UsageDatabases } from './usage-databases.ts';
import { EVENTS, matches, type UsageFilter } from './usage-source.ts';

export type UsageEventRow = typeof usageEvents.$inferSelect;

export interface EventPosition {
  readonly at: number;
  readonly id: string;
}

/** Events, newest first, before the position `after`. */
export async function listUsageEvents(
  databases: UsageDatabases,
  filter: UsageFilter,
  limit: number,
  after: EventPosition | null,
): Promise<UsageEventRow[]> {
  const older = after === null ? undefined : sql`(${usageEvents.at}, ${usageEvents.id}) < (${after.at}, ${after.id})`;
  return fromAll(
    databases,
    (db) =>
      db
        .select()
        .from(usageEvents)
        .where(and(matches(EVENTS, filter), older))
        .orderBy(desc(usageEvents.at), desc(usageEvents.id))
        .limit(limit),
    { order: (left, right) => -inTime(left, right), limit },
  );
}

/** By when they were admitted, then by id. */
export function inTime(left: EventPosition, right: EventPosition): number {
  return left.at - right.at || compareText(left.id, right.id);
}
