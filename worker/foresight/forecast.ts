// What a budget's window will come to: what is settled, the rest of today, and the days ahead as they usually are, drawn
// many times with the strays of past days. Pure: the same past gives the same forecast.

import { type Day, daysAhead, HOUR_MS, WEEK_DAYS } from './days.ts';
import { MIN_ACTIVE_DAYS, type Pattern, patternOf } from './pattern.ts';
import { ascending, quantile } from './statistics.ts';

export interface ForecastInput {
  /** Ends with yesterday. */
  readonly past: readonly Day[];
  readonly today: Day;
  readonly nowMs: number;
  readonly timezone: string;
  /** When the window ends. */
  readonly endMs: number;
  /** Of the window until now, in the budget's unit. */
  readonly settled: number;
  /** With what was granted and carried over. */
  readonly limit: number;
  /** What the days ahead cost as a multiple of what they usually do, for who asks "what if"; 1 for what is likely. */
  readonly factor: number;
}

export type Forecast =
  | { readonly kind: 'not_enough_data'; readonly activeDays: number; readonly neededDays: number }
  | {
      readonly kind: 'forecast';
      /** At the window's end: as likely more as less, and with nine chances in ten no more. */
      readonly p50: number;
      readonly p90: number;
      /** When the limit is reached, as a day's beginning or now; null if not in this window. */
      readonly runsOutMs: { readonly p50: number | null; readonly p90: number | null };
      readonly activeDays: number;
      /** Growth in a week, such as 0.05. */
      readonly weeklyGrowth: number;
    };

const PATHS = 400;
/** A year's window seen from its first day. */
const MAX_DAYS_AHEAD = 366;
/** Growth is not carried on for longer than this. */
const GROWTH_WEEKS = 4;

export function forecast(input: ForecastInput): Forecast {
  const pattern = patternOf(input.past);
  if (pattern === null) {
    const activeDays = input.past.filter(({ amount }) => amount > 0).length;
    return { kind: 'not_enough_data', activeDays, neededDays: MIN_ACTIVE_DAYS };
  }
  const steps = stepsAhead(input, pattern);
  const totals = drawPaths(input.settled, steps, pattern);
  const last = ascending(totals.map((path) => path.at(-1) ?? input.settled));
  return {
    kind: 'forecast',
    p50: Math.round(quantile(last, 0.5)),
    p90: Math.round(quantile(last, 0.9)),
    runsOutMs: { p50: runsOut(input, steps, totals, 0.5), p90: runsOut(input, steps, totals, 0.9) },
    activeDays: pattern.activeDays,
    weeklyGrowth: Math.expm1(pattern.growth),
  };
}

/** What is expected of the rest of today and of each day after it. */
interface Step {
  readonly startMs: number;
  readonly expected: number;
}

function stepsAhead({ today, nowMs, timezone, endMs, factor }: ForecastInput, pattern: Pattern): readonly Step[] {
  const passed = pattern.spentBy(today.weekday, (nowMs - today.startMs) / HOUR_MS);
  const rest = { startMs: nowMs, expected: factor * pattern.usual(today.weekday) * (1 - passed) };
  const days = daysAhead({ timezone, nowMs, most: MAX_DAYS_AHEAD }, endMs);
  return [
    rest,
    ...days.map(({ startMs, weekday }, place) => {
      const weeks = Math.min(GROWTH_WEEKS, (place + 1) / WEEK_DAYS);
      return { startMs, expected: factor * pattern.usual(weekday) * Math.exp(pattern.growth * weeks) };
    }),
  ];
}

/** Running totals along each of many possible futures. */
function drawPaths(
  settled: number,
  steps: readonly Step[],
  { strays, weekStrays }: Pattern,
): readonly (readonly number[])[] {
  const random = generator(strays.length);
  const drawn = (values: readonly number[]): number => values[Math.floor(random() * values.length)] ?? 1;
  return Array.from({ length: PATHS }, () => {
    let total = settled;
    const level = drawn(weekStrays);
    return steps.map(({ expected }) => {
      total += expected * level * drawn(strays);
      return total;
    });
  });
}

/** The first step by whose end so large a share of what may be has reached the limit. */
function runsOut(
  { settled, limit, nowMs }: ForecastInput,
  steps: readonly Step[],
  paths: readonly (readonly number[])[],
  share: number,
): number | null {
  if (settled >= limit) return nowMs;
  const place = steps.findIndex((_, at) => quantile(ascending(paths.map((path) => path[at] ?? 0)), share) >= limit);
  return steps[place]?.startMs ?? null;
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
