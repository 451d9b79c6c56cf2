// What is done to usage as it grows old: it is deleted after its time, every minute some of it. It never fails: what could not
// be done is tried again the next minute, and holds up nothing else.

import { note } from '../schema/operator-log.ts';
import type { UsageRetention } from '../schema/usage-retention.ts';
import type { Database } from './records/database.ts';
import { keptSince } from './records/kept-usage.ts';
import type { UsageDatabases } from './records/usage-databases.ts';
import { deleteEvents, deleteHours, EVENTS_A_STEP } from './records/usage-retention.ts';

export interface Retaining {
  readonly usage: UsageDatabases;
  readonly retention: UsageRetention;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** 100,000 events a minute and database, which is more than one takes in. */
const MAX_STEPS = 20;
const MAX_MS = 20_000;

export async function sweepUsage(retaining: Retaining): Promise<void> {
  const untilMs = retaining.now() + MAX_MS;
  await Promise.all(
    retaining.usage.map(async (db) => {
      try {
        await deleteOld(db, retaining, untilMs);
      } catch (error) {
        note({ event: 'sweep_step_failed', error });
      }
    }),
  );
}

async function deleteOld(db: Database, { retention, now }: Retaining, untilMs: number): Promise<void> {
  const { eventsMs, hoursMs } = keptSince(retention, now());
  if (eventsMs !== null) {
    await repeat(now, untilMs, async () => (await deleteEvents(db, eventsMs)) === EVENTS_A_STEP);
  }
  if (hoursMs !== null) await repeat(now, untilMs, async () => (await deleteHours(db, hoursMs)) > 0);
}

/** While there is more to do, and time. */
async function repeat(now: () => number, untilMs: number, step: () => Promise<boolean>): Promise<void> {
  for (let steps = 0; steps < MAX_STEPS && now() < untilMs; steps += 1) {
    if (!(await step())) return;
  }
}
