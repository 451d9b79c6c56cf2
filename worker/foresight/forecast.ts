// What a budget's window will come to: what is settled, the rest of today, and the days ahead as they usually are, drawn
// many times with the strays of past days. Pure: the same past gives the same forecast.

import type { Day } from './days.ts';
import { drawFutures, runningTotals, type Step, stepsAhead } from './futures.ts';
import { MIN_ACTIVE_DAYS, patternOf } from './pattern.ts';
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

/** A year's window seen from its first day. */
const MAX_DAYS_AHEAD = 366;

export function forecast(input: ForecastInput): Forecast {
  const pattern = patternOf(input.past);
  if (pattern === null) {
    const activeDays = input.past.filter(({ amount }) => amount > 0).length;
    return { kind: 'not_enough_data', activeDays, neededDays: MIN_ACTIVE_DAYS };
  }
  const { factor, settled } = input;
  const steps = stepsAhead({ ...input, mostDays: MAX_DAYS_AHEAD, factorAt: () => factor }, pattern);
  const totals = drawFutures(steps, pattern).map((amounts) => runningTotals(settled, amounts));
  const last = ascending(totals.map((path) => path.at(-1) ?? settled));
  return {
    kind: 'forecast',
    p50: Math.round(quantile(last, 0.5)),
    p90: Math.round(quantile(last, 0.9)),
    runsOutMs: { p50: runsOut(input, steps, totals, 0.5), p90: runsOut(input, steps, totals, 0.9) },
    activeDays: pattern.activeDays,
    weeklyGrowth: Math.expm1(pattern.growth),
  };
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
