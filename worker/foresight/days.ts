// Spend by hour, put into the days of a team's own calendar. Pure.

import { Temporal } from 'temporal-polyfill';

/** What was spent in one hour of UTC, in any unit. Hours without spend may be missing. */
export interface SpendHour {
  readonly startMs: number;
  readonly amount: number;
}

export interface Day {
  /** Half-open, in milliseconds since 1970; 23 to 25 hours. */
  readonly startMs: number;
  readonly endMs: number;
  /** 1 for Monday to 7. */
  readonly weekday: number;
  readonly amount: number;
  /** By hours since the day began. */
  readonly hours: readonly number[];
}

export const HOUR_MS = 3_600_000;
export const WEEK_DAYS = 7;

/** The `count` days before the one that `nowMs` is in, and that one, as far as it has come. */
export function daysUntil(
  hours: readonly SpendHour[],
  { timezone, nowMs, count }: { readonly timezone: string; readonly nowMs: number; readonly count: number },
): { readonly past: readonly Day[]; readonly today: Day } {
  const todayDate = dateAt(timezone, nowMs);
  const byHour = new Map(hours.map(({ startMs, amount }) => [startMs, amount]));
  const past: Day[] = [];
  for (let back = count; back > 0; back -= 1) past.push(dayOf(todayDate.subtract({ days: back }), timezone, byHour));
  return { past, today: dayOf(todayDate, timezone, byHour) };
}

/** The days after the one that `nowMs` is in whose beginning is before `endMs`; at most `most`. */
export function daysAhead(
  { timezone, nowMs, most }: { readonly timezone: string; readonly nowMs: number; readonly most: number },
  endMs: number,
): readonly Pick<Day, 'startMs' | 'weekday'>[] {
  const days: Pick<Day, 'startMs' | 'weekday'>[] = [];
  let date = dateAt(timezone, nowMs).add({ days: 1 });
  while (days.length < most) {
    const startMs = startOf(date, timezone);
    if (startMs >= endMs) break;
    days.push({ startMs, weekday: date.dayOfWeek });
    date = date.add({ days: 1 });
  }
  return days;
}

function dayOf(date: Temporal.PlainDate, timezone: string, byHour: ReadonlyMap<number, number>): Day {
  const startMs = startOf(date, timezone);
  const endMs = startOf(date.add({ days: 1 }), timezone);
  const hours: number[] = [];
  // Where a zone is off by half an hour, the hour of UTC in which the day begins counts as its first.
  for (
    let atMs = Math.floor(startMs / HOUR_MS) * HOUR_MS;
    atMs < Math.floor(endMs / HOUR_MS) * HOUR_MS;
    atMs += HOUR_MS
  ) {
    hours.push(byHour.get(atMs) ?? 0);
  }
  const amount = hours.reduce((total, hour) => total + hour, 0);
  return { startMs, endMs, weekday: date.dayOfWeek, amount, hours };
}

function dateAt(timezone: string, atMs: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone).toPlainDate();
}

function startOf(date: Temporal.PlainDate, timezone: string): number {
  return date.toZonedDateTime(timezone).epochMilliseconds;
}
