// How long usage is kept before it is deleted, in days. Sums by day are kept for good. Pure.

import { fail, type Result, succeed } from './result.ts';

/** Null keeps all. */
export interface UsageRetention {
  readonly eventDays: number | null;
  /** Sums by hour name persons and keys. */
  readonly hourDays: number | null;
}

export const KEEP_ALL: UsageRetention = { eventDays: null, hourDays: null };

/** A correction comes within a day of its call, or as much later as D1 was away, and must find it; verify reads eight days. */
export const LEAST_EVENT_DAYS = 14;
/** Forecasts read 58 days of hours. */
export const LEAST_HOUR_DAYS = 62;

/** What is deleted first must not be the sums. */
export function parseRetention(
  eventDays: number | undefined,
  hourDays: number | undefined,
): Result<UsageRetention, string> {
  if (hourDays !== undefined && (eventDays === undefined || eventDays > hourDays)) {
    return fail('USAGE_HOURS_RETENTION_DAYS: must not be less than USAGE_RETENTION_DAYS, which must be set');
  }
  return succeed({ eventDays: eventDays ?? null, hourDays: hourDays ?? null });
}
