// What of usage is still there. Of calls before that, sums remain; a question that they cannot answer is told so, and never
// answered in part. Pure.

import type { UsageRetention } from '../../schema/usage-retention.ts';
import { EVENTS, HOURS, type UsageFilter, type UsageSource } from './usage-source.ts';

/** In milliseconds since 1970; null where nothing is ever deleted. */
export interface KeptSince {
  readonly eventsMs: number | null;
  readonly hoursMs: number | null;
}

export interface NotKept {
  readonly field: 'from' | 'to';
  /** Goes behind the field's name. */
  readonly message: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Whole UTC days, so that sums by day and what they are of begin together. */
export function keptSince({ eventDays, hourDays }: UsageRetention, nowMs: number): KeptSince {
  const since = (days: number | null) => (days === null ? null : nowMs - (nowMs % DAY_MS) - days * DAY_MS);
  return { eventsMs: since(eventDays), hoursMs: since(hourDays) };
}

/** From when on this source has everything; null if it always has. */
export function sourceBegins(source: UsageSource, { eventsMs, hoursMs }: KeptSince): number | null {
  if (source === EVENTS) return eventsMs;
  return source === HOURS ? hoursMs : null;
}

/**
 * Why a span cannot be read from its source any more; null if it can. One without a beginning is read from the hours as far
 * as they go, but never from the events: their sums go further.
 */
export function notKept(
  source: UsageSource,
  { fromMs, toMs }: Pick<UsageFilter, 'fromMs' | 'toMs'>,
  kept: KeptSince,
): NotKept | null {
  const sinceMs = sourceBegins(source, kept);
  if (sinceMs === null || (fromMs !== null && fromMs >= sinceMs)) return null;
  const since = new Date(sinceMs).toISOString();
  if (source === HOURS) {
    const message = `must be ${since} or later: what persons and keys did before, and in which hour, was deleted; sums of whole UTC days are kept`;
    return fromMs === null ? null : { field: 'from', message };
  }
  const message = `must be on a whole hour, since single calls before ${since} were deleted`;
  if (fromMs !== null && !isWhole(fromMs)) return { field: 'from', message };
  return toMs !== null && !isWhole(toMs) ? { field: 'to', message } : callsNotKept(fromMs, kept);
}

/** The same where nothing but single calls will do. */
export function callsNotKept(fromMs: number | null, { eventsMs }: KeptSince): NotKept | null {
  if (eventsMs === null || (fromMs !== null && fromMs >= eventsMs)) return null;
  const since = new Date(eventsMs).toISOString();
  return { field: 'from', message: `must be ${since} or later: single calls before were deleted` };
}

function isWhole(ms: number): boolean {
  return ms % HOUR_MS === 0;
}
