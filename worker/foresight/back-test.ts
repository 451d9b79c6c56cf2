// How well the forecast would have done: it is made from what was known before each of the last weeks, and compared with what
// came. Pure.

import { type Day, WEEK_DAYS } from './days.ts';
import { patternOf } from './pattern.ts';
import { sum } from './statistics.ts';

export interface BackTest {
  /** Mean absolute percentage error of single days, and of weeks as wholes; null where nothing could be compared. */
  readonly daily: number | null;
  readonly weekly: number | null;
  readonly days: number;
}

const MAX_WEEKS = 4;

/** Holds back up to four weeks, one after the other. */
export function backTest(past: readonly Day[]): BackTest {
  const daily: number[] = [];
  const weekly: number[] = [];
  for (let weeks = 1; weeks <= MAX_WEEKS; weeks += 1) {
    const from = past.length - weeks * WEEK_DAYS;
    const pattern = from > 0 ? patternOf(past.slice(0, from)) : null;
    if (pattern === null) break;
    const came = past.slice(from, from + WEEK_DAYS);
    const expected = came.map(
      ({ weekday }, place) => pattern.usual(weekday) * Math.exp((pattern.growth * (place + 1)) / WEEK_DAYS),
    );
    for (const [place, { amount }] of came.entries()) {
      if (amount > 0) daily.push(Math.abs((expected[place] ?? 0) - amount) / amount);
    }
    const total = sum(came.map(({ amount }) => amount));
    const likely = sum(expected) * (mean(pattern.strays) ?? 1);
    if (total > 0) weekly.push(Math.abs(likely - total) / total);
  }
  return { daily: mean(daily), weekly: mean(weekly), days: daily.length };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}
