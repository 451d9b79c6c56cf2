// Deletes usage of which the time is over, a bounded step at a time, in one database. Sums of what is deleted stay.

import { and, inArray, lt, type SQL, sql } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import { usageHours } from '../../schema/d1/usage-hours.ts';
import type { Database } from './database.ts';
import { everyTeam } from './usage-source.ts';

export const EVENTS_A_STEP = 10_000;
/** Hours of teams; each is some dozens of rows. */
const TEAM_HOURS_A_STEP = 200;

/** The oldest events before a time; how many there were. Fewer than 10,000 means that there are no more. */
export async function deleteEvents(db: Database, beforeMs: number, unless?: SQL): Promise<number> {
  const oldest = db
    .select({ id: usageEvents.id })
    .from(usageEvents)
    .where(and(lt(usageEvents.at, beforeMs), unless))
    .orderBy(usageEvents.at)
    .limit(EVENTS_A_STEP);
  const { meta } = await db.delete(usageEvents).where(inArray(usageEvents.id, oldest));
  return meta.changes;
}

/** When the oldest call was made that is still there; null where there is none. */
export async function oldestEvent(db: Database): Promise<number | null> {
  const [oldest] = await db.select({ at: usageEvents.at }).from(usageEvents).orderBy(usageEvents.at).limit(1);
  return oldest?.at ?? null;
}

/** Sums by hour before a time; how many rows there were. None means that there are no more. */
export async function deleteHours(db: Database, beforeMs: number): Promise<number> {
  const { meta } = await db.run(sql`
    DELETE FROM ${usageHours} WHERE (team, hour) IN (
      SELECT DISTINCT team, hour FROM ${usageHours}
      WHERE ${everyTeam(usageHours)} AND ${lt(usageHours.hour, beforeMs)} LIMIT ${TEAM_HOURS_A_STEP})`);
  return meta.changes;
}
