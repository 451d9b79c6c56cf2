// Days that stand out: far above what such days of the last four weeks cost, by the median and the spread around it on a
// logarithmic scale, and by enough money to matter. Only upwards. Pure.

import type { Day } from './days.ts';
import { deviation, median } from './statistics.ts';

export interface Anomaly {
  readonly dayStartMs: number;
  /** Micro-dollars. */
  readonly amount: number;
  /** What such a day usually costs. */
  readonly usual: number;
  /** Modified z-score. */
  readonly score: number;
}

const BASELINE_DAYS = 28;
/** With less behind it a day is compared with nothing. */
const MIN_KNOWN_DAYS = 14;
const MIN_SAME_DAYS = 4;
const MAX_SCORE = 3.5;
const SCALE = 0.6745;
/** Days that differ by less than a twentieth are alike. */
const LEAST_SPREAD = Math.log(1.05);
const MICROS_PER_DOLLAR = 1_000_000;
const LEAST_EXCESS = 25 * MICROS_PER_DOLLAR;
const LEAST_EXCESS_SHARE = 0.5;

/** Those of the last `looked` days, oldest first. A day that stood out is no part of what later ones are held against. */
export function anomaliesOf(days: readonly Day[], looked: number): readonly Anomaly[] {
  const odd = new Set<number>();
  const found: Anomaly[] = [];
  for (const [place, day] of days.entries()) {
    const before = days.slice(Math.max(0, place - BASELINE_DAYS), place).filter(({ startMs }) => !odd.has(startMs));
    const anomaly = judge(day, before);
    if (anomaly === null) continue;
    odd.add(day.startMs);
    if (place >= days.length - looked) found.push(anomaly);
  }
  return found;
}

function judge(day: Day, before: readonly Day[]): Anomaly | null {
  if (before.length < MIN_KNOWN_DAYS) return null;
  const same = before.filter(({ weekday }) => isWeekend(weekday) === isWeekend(day.weekday));
  if (same.length < MIN_SAME_DAYS) return null;
  const scaled = same.map(({ amount }) => onScale(amount));
  const centre = median(scaled);
  const spread = Math.max(LEAST_SPREAD, deviation(scaled, centre));
  const score = (SCALE * (onScale(day.amount) - centre)) / spread;
  const usual = median(same.map(({ amount }) => amount));
  const excess = day.amount - usual;
  const matters = excess > LEAST_EXCESS && excess > LEAST_EXCESS_SHARE * usual;
  return score > MAX_SCORE && matters ? { dayStartMs: day.startMs, amount: day.amount, usual, score } : null;
}

function onScale(micros: number): number {
  return Math.log1p(micros / MICROS_PER_DOLLAR);
}

function isWeekend(weekday: number): boolean {
  return weekday > 5;
}
