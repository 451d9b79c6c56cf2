// What stands out in a day as it comes, held against bars that were worked out when it began. Statistics never act: what is
// found here is told. Pure.

import type { AlertLevel, Bars, Sighting } from '../../schema/spend-alert.ts';
import { dayBar, MIN_KNOWN_DAYS, usualDays } from './anomaly.ts';
import { type Day, type DaySpan, firstHourOf, HOUR_MS } from './days.ts';
import { ascending, quantile } from './statistics.ts';

export interface Unusual {
  readonly kind: 'unusual_day' | 'unusual_hour';
  readonly level: AlertLevel;
  readonly startMs: number;
  readonly endMs: number;
  /** Micro-dollars. */
  readonly seen: number;
  readonly usual: number;
}

/** Days behind that bars need: four weeks that count, and two by which those are judged themselves. */
export const BARS_DAYS = 42;
const MICROS_PER_DOLLAR = 1_000_000;
const HOUR_QUANTILE = 0.95;
const HOUR_FACTOR = 3;
const LEAST_HOUR = 10 * MICROS_PER_DOLLAR;
/** An hour that is this far above what is usual should be seen at once. */
const PAGE_FACTOR = 10;
const LEAST_PAGED_HOUR = 100 * MICROS_PER_DOLLAR;
/** What an hour longer ago came to was told then, or is part of its day. */
const HOURS_LOOKED_BACK = 2;

/** Of the day after `past`. Null where spend is known of fewer than fourteen days. */
export function barsFor(day: Pick<DaySpan, 'startMs' | 'weekday'>, past: readonly Day[]): Bars | null {
  const first = past.findIndex(({ amount }) => amount > 0);
  const known = first === -1 ? [] : past.slice(first);
  if (known.length < MIN_KNOWN_DAYS) return null;
  const usual = usualDays(known);
  return { day: dayBar(day, usual), hours: usualHours(day.weekday, usual) };
}

/** What nineteen of twenty hours of such a weekday came to at most, by hours since the day began. */
function usualHours(weekday: number, days: readonly Day[]): number[] {
  const same = days.filter((day) => day.weekday === weekday);
  const longest = Math.max(0, ...same.map(({ hours }) => hours.length));
  return Array.from({ length: longest }, (_, place) =>
    Math.round(quantile(ascending(same.map(({ hours }) => hours[place] ?? 0)), HOUR_QUANTILE)),
  );
}

/** The day itself, as far as it has come, and its last hours. */
export function unusualIn(day: Omit<Day, 'weekday'>, bars: Bars, nowMs: number): readonly Unusual[] {
  const found: Unusual[] = [];
  if (bars.day !== null && day.amount > bars.day.above) {
    const { startMs, endMs, amount: seen } = day;
    found.push({ kind: 'unusual_day', level: 'ticket', startMs, endMs, seen, usual: bars.day.usual });
  }
  for (const [place, seen] of day.hours.entries()) {
    const startMs = firstHourOf(day.startMs) + place * HOUR_MS;
    const usual = bars.hours[place];
    if (usual === undefined || startMs > nowMs || startMs + HOURS_LOOKED_BACK * HOUR_MS <= nowMs) continue;
    if (seen <= Math.max(HOUR_FACTOR * usual, LEAST_HOUR)) continue;
    const isPaged = seen > Math.max(PAGE_FACTOR * usual, LEAST_PAGED_HOUR);
    const level = isPaged ? 'page' : 'ticket';
    found.push({ kind: 'unusual_hour', level, startMs, endMs: startMs + HOUR_MS, seen, usual });
  }
  return found;
}

type Excess = Pick<Sighting, 'kind' | 'startMs' | 'seen' | 'usual'>;

/** Whether what stood out of a team is told by telling it of one key: more than half of what was too much is the key's. */
export function isExplained(ofTeam: Excess, ofKeys: readonly Excess[]): boolean {
  return ofKeys.some(
    (key) =>
      key.kind === ofTeam.kind &&
      key.startMs === ofTeam.startMs &&
      key.seen - key.usual > (ofTeam.seen - ofTeam.usual) / 2,
  );
}
