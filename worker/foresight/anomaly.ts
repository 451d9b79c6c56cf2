// Days that stand out: far above what such days of the last four weeks cost, by the median and the spread around it on a
// logarithmic scale, and by enough money to matter. Only upwards. Pure.

import type { DayBar } from '../../schema/spend-alert.ts';
import type { Day } from './days.ts';
import { isWeekendDay } from './pattern.ts';
import { deviation, median } from './statistics.ts';

export interface Anomaly {
  readonly dayStartMs: number;
  /** Micro-dollars. */
  readonly amount: number;
  /** What such a day usually costs. */
  readonly usual: number;
}

/** Four weeks, and the hour by which clocks may have been put. */
const BASELINE_MS = (28 * 24 + 1) * 3_600_000;
/** With less behind it a day is compared with nothing. */
export const MIN_KNOWN_DAYS = 14;
const MIN_SAME_DAYS = 4;
/** Of the modified z-score. */
const MAX_SCORE = 3.5;
const SCALE = 0.6745;
/** Days that differ by less than a twentieth are alike. */
const LEAST_SPREAD = Math.log(1.05);
const MICROS_PER_DOLLAR = 1_000_000;
const LEAST_EXCESS = 25 * MICROS_PER_DOLLAR;
const LEAST_EXCESS_SHARE = 0.5;

/** Those of the last `looked` days, oldest first. A day that stood out is no part of what later ones are held against. */
export function anomaliesOf(days: readonly Day[], looked: number): readonly Anomaly[] {
  const found: Anomaly[] = [];
  const usual: Day[] = [];
  for (const day of days) {
    const bar = dayBar(day, usual);
    if (bar === null || day.amount <= bar.above) usual.push(day);
    else found.push({ dayStartMs: day.startMs, amount: day.amount, usual: bar.usual });
  }
  const firstMs = days.at(-looked)?.startMs ?? 0;
  return found.filter(({ dayStartMs }) => dayStartMs >= firstMs);
}

/** Those that do not stand out from the ones before them. */
export function usualDays(days: readonly Day[]): readonly Day[] {
  const odd = new Set(anomaliesOf(days, days.length).map(({ dayStartMs }) => dayStartMs));
  return days.filter(({ startMs }) => !odd.has(startMs));
}

/** From what on this day stands out, by the days before it that did not; null where too few of them are known. */
export function dayBar(
  { startMs, weekday }: Pick<Day, 'startMs' | 'weekday'>,
  usualBefore: readonly Day[],
): DayBar | null {
  const before = usualBefore.filter((day) => day.startMs >= startMs - BASELINE_MS);
  if (before.length < MIN_KNOWN_DAYS) return null;
  const same = before.filter((day) => isWeekendDay(day.weekday) === isWeekendDay(weekday));
  if (same.length < MIN_SAME_DAYS) return null;
  const scaled = same.map(({ amount }) => onScale(amount));
  const centre = median(scaled);
  const spread = Math.max(LEAST_SPREAD, deviation(scaled, centre));
  const usual = median(same.map(({ amount }) => amount));
  const byHabit = fromScale(centre + (MAX_SCORE * spread) / SCALE);
  return { usual, above: Math.max(byHabit, usual + LEAST_EXCESS, usual * (1 + LEAST_EXCESS_SHARE)) };
}

function onScale(micros: number): number {
  return Math.log1p(micros / MICROS_PER_DOLLAR);
}

function fromScale(scaled: number): number {
  return MICROS_PER_DOLLAR * Math.expm1(scaled);
}
