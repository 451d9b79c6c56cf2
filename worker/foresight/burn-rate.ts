// Whether money leaves faster than it should: spend against what this part of the window usually takes, over a long and a
// short span at once. A money budget is meant to be spent, mostly in work hours, so that the clock alone is no measure. Pure.

import type { AlertLevel } from '../../schema/spend-alert.ts';
import { type DaySpan, HOUR_MS, WEEK_DAYS } from './days.ts';
import type { Pattern } from './pattern.ts';

export interface BurnAlert {
  readonly level: AlertLevel;
  /** Spend of the long and of the short span, as multiples of what was to be expected. */
  readonly longRate: number;
  readonly shortRate: number;
  readonly longMs: number;
  readonly shortMs: number;
}

export interface BurnInput {
  readonly nowMs: number;
  readonly window: { readonly startMs: number; readonly endMs: number };
  readonly limit: number;
  /** What was spent since then, in the limit's unit. */
  readonly spentSince: (fromMs: number) => number;
  /** The last days, as far as they are in the window; the last one is today. At least as many as the longest span has. */
  readonly days: readonly Pick<DaySpan, 'startMs' | 'weekday'>[];
  /** Null where not enough is known: then the clock is the measure, and it takes more to raise an alarm. */
  readonly pattern: Pick<Pattern, 'usual' | 'spentBy'> | null;
}

const MINUTE_MS = 60_000;

const LEVELS = [
  { level: 'page', longMs: HOUR_MS, shortMs: 5 * MINUTE_MS, byClock: 30, byPattern: 10, leastShare: 0.02 },
  { level: 'ticket', longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS, byClock: 12, byPattern: 4, leastShare: 0.05 },
  { level: 'digest', longMs: 72 * HOUR_MS, shortMs: 6 * HOUR_MS, byClock: 1.5, byPattern: 1.5, leastShare: 0 },
] as const;

const DAY_MS = 24 * HOUR_MS;
/** A window is at most a leap year. */
const MAX_DAYS = 366;

/** The most urgent alert, if any. Both spans must agree: what was over an hour ago wakes nobody. */
export function burnAlert(input: BurnInput): BurnAlert | null {
  if (input.limit <= 0) return null;
  const expected = expectation(input);
  for (const { level, longMs, shortMs, byClock, byPattern, leastShare } of LEVELS) {
    const { nowMs, spentSince, limit, window, pattern } = input;
    if (nowMs - longMs < window.startMs) continue;
    const spent = spentSince(nowMs - longMs);
    if (spent <= 0 || spent < leastShare * limit) continue;
    const longRate = spent / expected(nowMs - longMs);
    const shortRate = spentSince(nowMs - shortMs) / expected(nowMs - shortMs);
    const most = pattern === null ? byClock : byPattern;
    if (longRate >= most && shortRate >= most) return { level, longRate, shortRate, longMs, shortMs };
  }
  return null;
}

/** What would be spent from a moment until now if the whole limit were spent in the usual way over the window. */
function expectation({ nowMs, window, limit, days, pattern }: BurnInput): (fromMs: number) => number {
  if (pattern === null) return (fromMs) => (limit * (nowMs - fromMs)) / (window.endMs - window.startMs);
  const whole = weekdaysOf(window, days).reduce((total, weekday) => total + pattern.usual(weekday), 0);
  return (fromMs) => {
    let weight = 0;
    for (const { startMs, weekday } of days) {
      const since = Math.max(0, (fromMs - startMs) / HOUR_MS);
      const until = Math.max(0, (nowMs - startMs) / HOUR_MS);
      weight += pattern.usual(weekday) * (pattern.spentBy(weekday, until) - pattern.spentBy(weekday, since));
    }
    // Nights and Sundays are expected to be quiet, not silent.
    const least = (limit * (nowMs - fromMs)) / (window.endMs - window.startMs) / 10;
    return Math.max(least, whole > 0 ? (limit * weight) / whole : 0);
  };
}

/** Of all days of the window, by counting from a day that is known; 1 for Monday to 7. */
function weekdaysOf({ startMs, endMs }: BurnInput['window'], [known]: BurnInput['days']): number[] {
  if (known === undefined) return [];
  const before = Math.round((known.startMs - startMs) / DAY_MS);
  const count = Math.min(MAX_DAYS, Math.round((endMs - startMs) / DAY_MS));
  return Array.from({ length: count }, (_, place) => {
    const shifted = (known.weekday - 1 + place - before) % WEEK_DAYS;
    return ((shifted + WEEK_DAYS) % WEEK_DAYS) + 1;
  });
}
