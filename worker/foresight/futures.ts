// Many ways in which the days ahead may go: each day as it usually is, with the strays of past days and weeks. Pure.

import { type Day, daysAhead, HOUR_MS, WEEK_DAYS } from './days.ts';
import type { Pattern } from './pattern.ts';

/** What is expected of the rest of today, or of a day after it. */
export interface Step {
  readonly startMs: number;
  readonly expected: number;
}

export interface Ahead {
  readonly today: Day;
  readonly nowMs: number;
  readonly timezone: string;
  readonly endMs: number;
  readonly mostDays: number;
  /** What a day costs as a multiple of what it usually does, by how many days ahead it is; 0 for today. */
  readonly factorAt: (days: number) => number;
}

const FUTURES = 400;
/** Growth is not carried on for longer than this. */
const GROWTH_WEEKS = 4;

/** The rest of today, which is always there, and the days after it that begin before the end. */
export function stepsAhead({ today, nowMs, timezone, endMs, mostDays, factorAt }: Ahead, pattern: Pattern): Step[] {
  const passed = pattern.spentBy(today.weekday, (nowMs - today.startMs) / HOUR_MS);
  const rest = { startMs: nowMs, expected: factorAt(0) * pattern.usual(today.weekday) * (1 - passed) };
  const days = daysAhead({ timezone, nowMs, most: mostDays }, endMs);
  return [
    rest,
    ...days.map(({ startMs, weekday }, place) => {
      const weeks = Math.min(GROWTH_WEEKS, (place + 1) / WEEK_DAYS);
      const expected = factorAt(place + 1) * pattern.usual(weekday) * Math.exp(pattern.growth * weeks);
      return { startMs, expected };
    }),
  ];
}

/** What each step comes to along each of many futures; the same for the same past. */
export function drawFutures(steps: readonly Step[], { strays, weekStrays }: Pattern): readonly (readonly number[])[] {
  const random = generator(strays.length);
  const drawn = (values: readonly number[]): number => values[Math.floor(random() * values.length)] ?? 1;
  return Array.from({ length: FUTURES }, () => {
    const level = drawn(weekStrays);
    return steps.map(({ expected }) => expected * level * drawn(strays));
  });
}

/** What there is after each step. */
export function runningTotals(start: number, amounts: readonly number[]): number[] {
  let total = start;
  return amounts.map((amount) => {
    total += amount;
    return total;
  });
}

/** Mulberry32: a figure that changes at every look is no figure. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) % 0x1_00_00_00_00;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_00_00_00_00;
  };
}
