// What is done to usage as it grows old: it is written to the archive, where there is one, and deleted after its time; every
// minute some of it. It never fails: what could not be done is tried again the next minute, and holds up nothing else.

import { note } from '../schema/operator-log.ts';
import type { UsageRetention } from '../schema/usage-retention.ts';
import { type Archive, putLate, putPart } from './archive/part.ts';
import { archivedBefore, DAY_MS, finishPart, nextPart } from './records/archive-cursor.ts';
import { forgetLate, isNotLate, readLate, readPart } from './records/archived-events.ts';
import type { Database } from './records/database.ts';
import { keptSince } from './records/kept-usage.ts';
import type { UsageDatabases } from './records/usage-databases.ts';
import { nameOfDatabase } from './records/storage.ts';
import { deleteEvents, deleteHours, EVENTS_A_STEP, oldestEvent } from './records/usage-retention.ts';

export interface Retaining {
  readonly usage: UsageDatabases;
  readonly retention: UsageRetention;
  /** Null where usage is not archived. */
  readonly archive: Archive | null;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Events of one file; 10,000 are some 7 MB before they are packed. */
  readonly eventsAPart?: number;
}

/** An invocation may ask D1 a thousand times; a file takes seven questions. So many files, and steps of deletion, for all databases. */
const MAX_STEPS = 40;
const LEAST_STEPS = 1;
/** Packing them takes some seconds of processor time. */
const MAX_ARCHIVED = 200_000;
const MAX_MS = 20_000;
const EVENTS_A_PART = 10_000;
const HOUR_MS = 3_600_000;
/** A day is archived when it has been over for two: what is corrected, is corrected within one. */
const SETTLED_AFTER_MS = 2 * DAY_MS;

/** One database, and what the archive calls it. */
interface Source {
  readonly db: Database;
  readonly name: string;
}

/** What a database may take up of a sweep. */
interface Share {
  readonly steps: number;
  readonly events: number;
  readonly untilMs: number;
}

export async function sweepUsage(retaining: Retaining): Promise<void> {
  const databases = retaining.usage.length;
  const share: Share = {
    steps: Math.max(LEAST_STEPS, Math.floor(MAX_STEPS / databases)),
    events: MAX_ARCHIVED / databases,
    untilMs: retaining.now() + MAX_MS,
  };
  await Promise.all(
    retaining.usage.map(async (db, nth) => {
      const source = { db, name: nameOfDatabase(nth) };
      await tried(() => archiveOld(source, retaining, share));
      await tried(() => deleteOld(db, retaining, share));
    }),
  );
}

async function tried(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    note({ event: 'sweep_step_failed', error });
  }
}

/** First written, then noted: what is cut off in between is written again, under the same name. */
async function archiveOld({ db, name: database }: Source, retaining: Retaining, share: Share): Promise<void> {
  const { archive, now, eventsAPart = EVENTS_A_PART } = retaining;
  if (archive === null) return;
  const beforeMs = dayOf(now()) - SETTLED_AFTER_MS;
  let written = 0;
  await repeat(now, share, async () => {
    const part = await nextPart(db, { beforeMs, events: eventsAPart, nowMs: now() });
    if (part === null) return false;
    const lines = await readPart(db, part);
    if (lines.length > 0) await putPart(archive, { database, ...part }, part, lines);
    await finishPart(db, part);
    written += lines.length;
    return written < share.events;
  });
  const archivedMs = (await archivedBefore(db)) ?? 0;
  await repeat(now, share, async () => {
    const late = await readLate(db, archivedMs, eventsAPart);
    if (late === null) return false;
    if (late.lines.length > 0) await putLate(archive, { database, ...late }, late.lines);
    await forgetLate(db, late);
    return true;
  });
}

async function deleteOld(db: Database, { retention, archive, now }: Retaining, share: Share): Promise<void> {
  const { eventsMs, hoursMs } = keptSince(retention, now());
  if (eventsMs !== null) {
    const archivedMs = await archivedBefore(db);
    if (archive === null && archivedMs !== null && archivedMs < eventsMs) {
      note({ event: 'archive_missing', error: 'usage was archived, and ARCHIVE is not bound: no event is deleted' });
    }
    const isArchived = archive !== null || archivedMs !== null;
    const beforeMs = isArchived ? Math.min(eventsMs, archivedMs ?? 0) : eventsMs;
    const unless = isArchived ? isNotLate() : undefined;
    await repeat(now, share, async () => (await deleteEvents(db, beforeMs, unless)) === EVENTS_A_STEP);
  }
  if (hoursMs === null) return;
  // An hour stays as long as any of its events: whoever looks for the events of a person finds them by their hours.
  const beforeMs = Math.min(hoursMs, hourOf((await oldestEvent(db)) ?? hoursMs));
  await repeat(now, share, async () => (await deleteHours(db, beforeMs)) > 0);
}

/** While there is more to do, and time. */
async function repeat(now: () => number, { steps, untilMs }: Share, step: () => Promise<boolean>): Promise<void> {
  for (let taken = 0; taken < steps && now() < untilMs; taken += 1) {
    if (!(await step())) return;
  }
}

function dayOf(ms: number): number {
  return ms - (ms % DAY_MS);
}

function hourOf(ms: number): number {
  return ms - (ms % HOUR_MS);
}
