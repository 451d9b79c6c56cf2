// Spend by hour, put into the days of a team's own calendar. Pure.

import { Temporal } from 'temporal-polyfill';

/** What was spent in one hour of UTC, in any unit. Hours without spend may be missing. */
export interface SpendHour {
  readonly startMs: number;
  readonly amount: number;
}

/** A day of a team's calendar. */
export interface DaySpan {
  /** Half-open, in milliseconds since 1970; 23 to 25 hours. */
  readonly startMs: number;
  readonly endMs: number;
  /** 1 for Monday to 7. */
  readonly weekday: number;
}

export interface Day extends DaySpan {
  readonly amount: number;
  /** By hours since the day began. */
  readonly hours: readonly number[];
}

export const HOUR_MS = 3_600_000;
export const WEEK_DAYS = 7;

export interface CalendarAsk {
  readonly timezone: string;
  readonly nowMs: number;
  readonly count: number;
}

/** The `count` days before the one that `nowMs` is in, and that one, as far as it has come. */
export function daysUntil(
  hours: readonly SpendHour[],
  ask: CalendarAsk,
): { readonly past: readonly Day[]; readonly today: Day } {
  const { past, today } = calendarUntil(ask);
  const byHour = new Map(hours.map(({ startMs, amount }) => [startMs, amount]));
  return { past: past.map((span) => dayOf(span, byHour)), today: dayOf(today, byHour) };
}

/** The same days before anything is known of their spend: for who fills them more than once. */
export function calendarUntil({ timezone, nowMs, count }: CalendarAsk): {
  readonly past: readonly DaySpan[];
  readonly today: DaySpan;
} {
  const todayDate = dateAt(timezone, nowMs);
  const past: DaySpan[] = [];
  for (let back = count; back > 0; back -= 1) past.push(spanOf(todayDate.subtract({ days: back }), timezone));
  return { past, today: spanOf(todayDate, timezone) };
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

export function dayOf<Span extends Omit<DaySpan, 'weekday'>>(
  span: Span,
  byHour: ReadonlyMap<number, number>,
): Span & Pick<Day, 'amount' | 'hours'> {
  const hours = hoursOf(span).map((atMs) => byHour.get(atMs) ?? 0);
  return { ...span, amount: hours.reduce((total, hour) => total + hour, 0), hours };
}

/** Where a zone is off by half an hour, the hour of UTC in which the day begins counts as its first. */
function hoursOf({ startMs, endMs }: Omit<DaySpan, 'weekday'>): number[] {
  const hours: number[] = [];
  const untilMs = Math.floor(endMs / HOUR_MS) * HOUR_MS;
  for (let atMs = firstHourOf(startMs); atMs < untilMs; atMs += HOUR_MS) hours.push(atMs);
  return hours;
}

/** Of what was spent since then, step by step; of a step that began before, the part that is inside. */
export function sumFrom(spend: readonly SpendHour[], fromMs: number, stepMs: number): number {
  return spend.reduce((total, { startMs, amount }) => {
    const inside = Math.min(1, Math.max(0, (startMs + stepMs - fromMs) / stepMs));
    return total + amount * inside;
  }, 0);
}

export function firstHourOf(dayStartMs: number): number {
  return Math.floor(dayStartMs / HOUR_MS) * HOUR_MS;
}

function spanOf(date: Temporal.PlainDate, timezone: string): DaySpan {
  const endMs = startOf(date.add({ days: 1 }), timezone);
  return { startMs: startOf(date, timezone), endMs, weekday: date.dayOfWeek };
}

function dateAt(timezone: string, atMs: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone).toPlainDate();
}

function startOf(date: Temporal.PlainDate, timezone: string): number {
  return date.toZonedDateTime(timezone).epochMilliseconds;
}
