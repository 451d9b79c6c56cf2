// Which calendar window a moment falls into. Pure: time and zone come in, a half-open interval goes out.
// There are no reset jobs: a new window begins because the clock says so.

import { Temporal } from 'temporal-polyfill';
import { type Period, periods } from '../../schema/team-config.ts';

/** Half-open, in milliseconds since 1970. `total` begins at 0 and has no end. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number | null;
}

const TOTAL: Window = { startMs: 0, endMs: null };
const MONTHS_PER_QUARTER = 3;

/**
 * The window of `period` around `atMs` in an IANA time zone. Local midnights are found first and converted then, so a
 * day may last 23 or 25 hours, and begins at the first moment that exists on its date.
 */
export function windowAt(period: Period, timezone: string, atMs: number): Window {
  if (period === 'total') return TOTAL;
  const today = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone).toPlainDate();
  const first = firstDay(period, today);
  return {
    startMs: first.toZonedDateTime(timezone).epochMilliseconds,
    endMs: first.add(lengthOf(period)).toZonedDateTime(timezone).epochMilliseconds,
  };
}

type BoundedPeriod = Exclude<Period, 'total'>;

function firstDay(period: BoundedPeriod, today: Temporal.PlainDate): Temporal.PlainDate {
  switch (period) {
    case 'day':
      return today;
    case 'week':
      return today.subtract({ days: today.dayOfWeek - 1 });
    case 'month':
      return today.with({ day: 1 });
    case 'quarter':
      return today.with({ day: 1, month: today.month - ((today.month - 1) % MONTHS_PER_QUARTER) });
    case 'year':
      return today.with({ day: 1, month: 1 });
  }
}

function lengthOf(period: BoundedPeriod): Temporal.DurationLike {
  switch (period) {
    case 'day':
      return { days: 1 };
    case 'week':
      return { weeks: 1 };
    case 'month':
      return { months: 1 };
    case 'quarter':
      return { months: MONTHS_PER_QUARTER };
    case 'year':
      return { years: 1 };
  }
}

/**
 * A change of the team's zone in the midst of windows: each one goes on to the next boundary of the new zone, so that a
 * change of zone never gives a budget a second time.
 */
export interface ZoneChange {
  readonly changedAtMs: number;
  /** Where each window began that was open at the change. */
  readonly startedAtMs: Readonly<Record<Period, number>>;
}

/** Remembers the current window of each period, because every admission asks and the answer changes once a day at most. */
export class Calendar {
  readonly timezone: string;
  readonly change: ZoneChange | null;
  readonly #current = new Map<Period, Window>();
  readonly #before = new Map<Period, { readonly of: Window; readonly window: Window | null }>();

  constructor(timezone: string, change: ZoneChange | null = null) {
    this.timezone = timezone;
    this.change = change;
  }

  windowAt(period: Period, atMs: number): Window {
    const known = this.#current.get(period);
    if (known !== undefined && known.startMs <= atMs && (known.endMs === null || atMs < known.endMs)) return known;
    const window = this.#windowAt(period, atMs);
    this.#current.set(period, window);
    return window;
  }

  /** The window before the given one; null where there is none, or where a change of zone lies between the two. */
  windowBefore(period: Period, { startMs, endMs }: Window): Window | null {
    if (endMs === null) return null;
    const known = this.#before.get(period);
    // Windows may begin at one moment and end at two: before and after a change of zone or period.
    if (known?.of.startMs === startMs && known.of.endMs === endMs) return known.window;
    const own = windowAt(period, this.timezone, endMs - 1);
    const window = own.startMs === startMs ? this.#windowAt(period, startMs - 1) : null;
    this.#before.set(period, { of: { startMs, endMs }, window });
    return window;
  }

  /** This calendar in another zone from `atMs` on. */
  movedTo(timezone: string, atMs: number): Calendar {
    if (timezone === this.timezone) return this;
    const starts = periods.map((period) => [period, this.windowAt(period, atMs).startMs] as const);
    return new Calendar(timezone, { changedAtMs: atMs, startedAtMs: recordOf(starts) });
  }

  #windowAt(period: Period, atMs: number): Window {
    const window = windowAt(period, this.timezone, atMs);
    const { change } = this;
    const spansChange =
      change !== null &&
      window.startMs <= change.changedAtMs &&
      window.endMs !== null &&
      change.changedAtMs < window.endMs;
    return spansChange ? { startMs: change.startedAtMs[period], endMs: window.endMs } : window;
  }
}

function recordOf(starts: readonly (readonly [Period, number])[]): Record<Period, number> {
  const record: Record<Period, number> = { day: 0, week: 0, month: 0, quarter: 0, year: 0, total: 0 };
  for (const [period, startMs] of starts) record[period] = startMs;
  return record;
}
