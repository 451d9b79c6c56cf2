// Usage events: read only. They are written by the teams' objects. Half-open times: from ≤ at < to.

import { and, desc, sql } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import type { Database } from './database.ts';
import { EVENTS, matches, type UsageFilter } from './usage-source.ts';

export type UsageEventRow = typeof usageEvents.$inferSelect;

export interface EventPosition {
  readonly at: number;
  readonly id: string;
}

/** Events, newest first, before the position `after`. */
export async function listUsageEvents(
  db: Database,
  filter: UsageFilter,
  limit: number,
  after: EventPosition | null,
): Promise<UsageEventRow[]> {
  const older = after === null ? undefined : sql`(${usageEvents.at}, ${usageEvents.id}) < (${after.at}, ${after.id})`;
  return db
    .select()
    .from(usageEvents)
    .where(and(matches(EVENTS, filter), older))
    .orderBy(desc(usageEvents.at), desc(usageEvents.id))
    .limit(limit);
}
