// Which calendar window a moment falls into. Pure: time and zone come in, a half-open interval goes out.
// There are no reset jobs: a new window begins because the clock says so.

import { Temporal } from 'temporal-polyfill';
import type { Period } from '../../schema/team-config.ts';

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

/** Remembers the current window of each period, because every admission asks and the answer changes once a day at most. */
export class Calendar {
  readonly #timezone: string;
  readonly #current = new Map<Period, Window>();

  constructor(timezone: string) {
    this.#timezone = timezone;
  }

  windowAt(period: Period, atMs: number): Window {
    const known = this.#current.get(period);
    if (known !== undefined && known.startMs <= atMs && (known.endMs === null || atMs < known.endMs)) return known;
    const window = windowAt(period, this.#timezone, atMs);
    this.#current.set(period, window);
    return window;
  }
}
