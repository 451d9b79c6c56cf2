// How far one database's usage is archived: day by day, in a day team by team, in a team part by part. It says which part is
// next, and of whoever writes the same part at the same time one moves on.

import { and, asc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import { usageArchive } from '../../schema/d1/usage-archive.ts';
import { usageDays } from '../../schema/d1/usage-days.ts';
import type { Database } from './database.ts';
import type { EventPosition } from './usage.ts';
import { everyTeam } from './usage-source.ts';

/** Events of a team and day behind `after`, up to and with `until`. */
export interface ArchivePart {
  readonly begunAtMs: number;
  readonly dayMs: number;
  readonly team: string;
  readonly number: number;
  readonly after: EventPosition;
  readonly until: EventPosition;
  readonly step: number;
}

type Cursor = typeof usageArchive.$inferSelect;

export const DAY_MS = 86_400_000;
const ONE = 1;
const FIRST_TEAM = '';

/** Before this time all is archived that was there; null where archiving was never begun. */
export async function archivedBefore(db: Database): Promise<number | null> {
  const cursor = await load(db);
  if (cursor === null) return null;
  return cursor.isDone ? cursor.day + DAY_MS : cursor.day;
}

export interface PartQuery {
  /** The end of the last day that may be archived. */
  readonly beforeMs: number;
  readonly events: number;
  readonly nowMs: number;
}

/** Null if there is none, or another sweep is at it. */
export async function nextPart(db: Database, query: PartQuery): Promise<ArchivePart | null> {
  let cursor = (await load(db)) ?? (await begin(db, query));
  while (cursor !== null) {
    const part = partOf(cursor);
    if (part !== null) return part;
    cursor = await move(db, cursor, query);
  }
  return null;
}

/** Once it is written; by whoever was overtaken nothing is changed. */
export async function finishPart(db: Database, { number, until, step }: ArchivePart): Promise<void> {
  const after = { afterAt: until.at, afterId: until.id, untilAt: null, untilId: null };
  await moveOn(db, step, { part: number + 1, ...after });
}

async function load(db: Database): Promise<Cursor | null> {
  const [cursor] = await db.select().from(usageArchive);
  return cursor ?? null;
}

function partOf({ begunAt, day, team, part, afterAt, afterId, untilAt, untilId, step }: Cursor): ArchivePart | null {
  if (untilAt === null || untilId === null) return null;
  const after = { at: afterAt, id: afterId };
  const until = { at: untilAt, id: untilId };
  return { begunAtMs: begunAt, dayMs: day, team, number: part, after, until, step };
}

/** At the oldest event that there is. */
async function begin(db: Database, { beforeMs, nowMs }: PartQuery): Promise<Cursor | null> {
  const day = await nextDay(db, 0, beforeMs);
  if (day === null) return null;
  await db.run(sql`
    INSERT INTO ${usageArchive} (one, begun_at, day, is_done, team, part, after_at, after_id, step)
    SELECT ${ONE}, ${nowMs}, ${day}, 0, ${FIRST_TEAM}, 0, ${day}, '', 0 WHERE ${isNothingBetween(0, day)}
    ON CONFLICT DO NOTHING`);
  return load(db);
}

/** To the next part, the next team with calls on that day, or the next day with calls. */
async function move(db: Database, cursor: Cursor, { beforeMs, events }: PartQuery): Promise<Cursor | null> {
  const { day, team, step } = cursor;
  if (cursor.isDone) {
    const next = await nextDay(db, day + DAY_MS, beforeMs);
    if (next === null) return null;
    const moved = await moveOn(db, step, startOf(next), isNothingBetween(day + DAY_MS, next));
    if (moved !== null) return moved;
    const now = await load(db);
    return now?.step === step ? now : null;
  }
  if (team !== FIRST_TEAM && cursor.afterAt < day + DAY_MS)
    return moveOn(db, step, await endOfPart(db, cursor, events));
  const next = await nextTeam(db, day, team);
  return moveOn(db, step, next === null ? { isDone: true } : { team: next, part: 0, afterAt: day, afterId: '' });
}

function startOf(day: number) {
  return { day, isDone: false, team: FIRST_TEAM, part: 0, afterAt: day, afterId: '', untilAt: null, untilId: null };
}

async function nextDay(db: Database, fromMs: number, beforeMs: number): Promise<number | null> {
  const [oldest] = await db
    .select({ at: usageEvents.at })
    .from(usageEvents)
    .where(and(gte(usageEvents.at, fromMs), lt(usageEvents.at, beforeMs)))
    .orderBy(asc(usageEvents.at))
    .limit(1);
  return oldest === undefined ? null : oldest.at - (oldest.at % DAY_MS);
}

/** A call of a day that would be passed over may have come since it was looked for; then it is looked for again. */
function isNothingBetween(fromMs: number, toMs: number): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM usage_events WHERE at >= ${fromMs} AND at < ${toMs})`;
}

async function nextTeam(db: Database, day: number, after: string): Promise<string | null> {
  const [next] = await db
    .select({ team: usageDays.team })
    .from(usageDays)
    .where(and(everyTeam(usageDays), eq(usageDays.day, day), sql`${usageDays.team} > ${after}`))
    .orderBy(asc(usageDays.team))
    .limit(1);
  return next?.team ?? null;
}

async function endOfPart(db: Database, { day, team, afterAt, afterId }: Cursor, events: number) {
  const [last] = await db
    .select({ untilAt: usageEvents.at, untilId: usageEvents.id })
    .from(usageEvents)
    .where(and(isOfDay(team, day), isBehind({ at: afterAt, id: afterId })))
    .orderBy(asc(usageEvents.at), asc(usageEvents.id))
    .limit(1)
    .offset(events - 1);
  return last ?? { untilAt: day + DAY_MS, untilId: '' };
}

export function isOfDay(team: string, day: number): SQL | undefined {
  return and(sql`${usageEvents.team} = ${team}`, gte(usageEvents.at, day), lt(usageEvents.at, day + DAY_MS));
}

export function isBehind({ at, id }: EventPosition): SQL {
  return sql`(${usageEvents.at}, ${usageEvents.id}) > (${at}, ${id})`;
}

/** A condition on any table: nobody has moved on since a part was told of. */
export function isAtStep(step: number): SQL {
  return sql`EXISTS (SELECT 1 FROM ${usageArchive} WHERE ${usageArchive.step} = ${step})`;
}

/** Null for whoever was overtaken. */
async function moveOn(db: Database, step: number, change: Partial<Cursor>, condition?: SQL): Promise<Cursor | null> {
  const [moved] = await db
    .update(usageArchive)
    .set({ ...change, step: step + 1 })
    .where(and(eq(usageArchive.step, step), condition))
    .returning();
  return moved ?? null;
}
