// The usage of a person under a pseudonym: a bounded number of events at a time. Triggers carry each event from one sum of its
// hour to the other, so that every total stays what it was; where the events are gone already, the sum itself is carried.

import { sql } from 'drizzle-orm';
import { type Database, inOneBatch } from './database.ts';
import type { Person } from './person-rows.ts';

/** A team and an hour of it, in which there may be more. */
export interface UsagePlace {
  readonly team: string;
  readonly hour: number;
}

export const FIRST_PLACE: UsagePlace = { team: '', hour: 0 };

const MAX_EVENTS_A_STEP = 500;
const MAX_HOURS_A_STEP = 100;
const HOUR_MS = 3_600_000;

/** How many events it renamed, and where to go on; null where there are no more. */
export async function renameUsage(
  db: Database,
  { user, pseudonym }: Person,
  from: UsagePlace,
): Promise<{ readonly events: number; readonly next: UsagePlace | null }> {
  const found = await db.all<{ team: string; hour: number; calls: number }>(
    sql`SELECT team, hour, sum(calls) AS calls FROM usage_hours WHERE user = ${user} AND (team, hour) >= (${from.team}, ${from.hour})
      GROUP BY team, hour ORDER BY team, hour LIMIT ${MAX_HOURS_A_STEP}`,
  );
  const [first] = found;
  if (first === undefined) return { events: 0, next: null };
  const { team } = first;
  const taken = hoursOfAStep(found.filter((each) => each.team === team));
  const hours = JSON.stringify(taken);
  const isDone = sql`team = ${team} AND user = ${user} AND hour IN (SELECT value FROM json_each(${hours}))
    AND NOT EXISTS (SELECT 1 FROM usage_events WHERE usage_events.team = usage_hours.team AND usage_events.user = ${user}
      AND at >= hour AND at < hour + ${HOUR_MS})`;
  const [renamed = []] = await inOneBatch(db, [
    sql`UPDATE usage_events SET user = ${pseudonym} WHERE id IN (
          SELECT usage_events.id FROM json_each(${hours}) AS hours CROSS JOIN usage_events
          WHERE usage_events.team = ${team} AND at >= hours.value AND at < hours.value + ${HOUR_MS} AND user = ${user}
          LIMIT ${MAX_EVENTS_A_STEP})
        RETURNING id`,
    sql`INSERT INTO usage_hours
        SELECT team, hour, ${pseudonym}, key, model, provider, upstream_model, dialect, outcome, estimated, price_version,
          calls, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, web_searches, cost_micros, latency_ms,
          ttfb_ms, answered
        FROM usage_hours WHERE ${isDone}
        ON CONFLICT DO UPDATE SET
          calls = calls + excluded.calls, input = input + excluded.input, cache_read = cache_read + excluded.cache_read,
          cache_write_5m = cache_write_5m + excluded.cache_write_5m,
          cache_write_1h = cache_write_1h + excluded.cache_write_1h, output = output + excluded.output,
          reasoning = reasoning + excluded.reasoning, web_searches = web_searches + excluded.web_searches,
          cost_micros = cost_micros + excluded.cost_micros, latency_ms = latency_ms + excluded.latency_ms,
          ttfb_ms = ttfb_ms + excluded.ttfb_ms, answered = answered + excluded.answered`,
    sql`DELETE FROM usage_hours WHERE ${isDone}`,
  ]);
  const events = renamed.length;
  const last = taken.at(-1) ?? first.hour;
  return { events, next: { team, hour: events < MAX_EVENTS_A_STEP ? last + 1 : first.hour } };
}

/** As many hours as hold about as many calls as a step may rename; at least one. */
function hoursOfAStep(found: readonly { readonly hour: number; readonly calls: number }[]): number[] {
  let calls = 0;
  const fitting = found.filter((each) => (calls += each.calls) <= MAX_EVENTS_A_STEP);
  return (fitting.length > 0 ? fitting : found.slice(0, 1)).map(({ hour }) => hour);
}
