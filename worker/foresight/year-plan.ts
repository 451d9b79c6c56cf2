// What a year comes to, month by month: what was spent, and what the rest of it costs if days go on as they usually are, or
// grow as somebody asks. Pure: the same past gives the same plan.

import type { Day } from './days.ts';
import { drawFutures, runningTotals, type Step, stepsAhead } from './futures.ts';
import { MIN_ACTIVE_DAYS, patternOf } from './pattern.ts';
import { ascending, quantile, sum } from './statistics.ts';

export interface YearPlanInput {
  /** In order and without a gap; half-open. */
  readonly months: readonly { readonly startMs: number; readonly endMs: number }[];
  /** What days of these months cost until now, in order; today as far as it has come. */
  readonly spent: readonly { readonly startMs: number; readonly amount: number }[];
  /** The last weeks, in the plan or before it; ends with yesterday. */
  readonly past: readonly Day[];
  readonly today: Day;
  readonly nowMs: number;
  readonly timezone: string;
  /** What the year may cost; null where nobody said. */
  readonly budget: number | null;
  /** What if each month cost more than the one before it: 0.1 for ten percent. */
  readonly monthlyGrowth: number;
}

export interface Range {
  readonly p50: number;
  readonly p90: number;
}

export interface PlannedMonth {
  readonly startMs: number;
  readonly spent: number;
  /** With what is foreseen of the rest of it. */
  readonly comesTo: Range;
  /** The year from its beginning to the end of this month. */
  readonly yearToEnd: Range;
}

export type YearPlan =
  | {
      readonly kind: 'not_enough_data';
      readonly months: readonly Pick<PlannedMonth, 'startMs' | 'spent'>[];
      readonly activeDays: number;
      readonly neededDays: number;
    }
  | {
      readonly kind: 'plan';
      readonly months: readonly PlannedMonth[];
      /** The day on which the budget is reached; null if not in this year, or without a budget. */
      readonly runsOutMs: { readonly p50: number | null; readonly p90: number | null };
      readonly activeDays: number;
      readonly weeklyGrowth: number;
    };

const DAYS_A_MONTH = 365.25 / 12;
/** From today to the end of the year after this one. */
const MAX_DAYS_AHEAD = 2 * 366;

export function yearPlan(input: YearPlanInput): YearPlan {
  const { months, spent, past, nowMs, monthlyGrowth } = input;
  const spentIn = months.map((month) => sum(within(month, spent).map(({ amount }) => amount)));
  const endMs = months.at(-1)?.endMs ?? nowMs;
  const pattern = patternOf(past);
  const isOver = endMs <= nowMs;
  if (pattern === null && !isOver) {
    const activeDays = past.filter(({ amount }) => amount > 0).length;
    const known = months.map(({ startMs }, nth) => ({ startMs, spent: spentIn[nth] ?? 0 }));
    return { kind: 'not_enough_data', months: known, activeDays, neededDays: MIN_ACTIVE_DAYS };
  }
  const factorAt = (days: number): number => (1 + monthlyGrowth) ** (days / DAYS_A_MONTH);
  const steps =
    pattern === null || isOver ? [] : stepsAhead({ ...input, endMs, mostDays: MAX_DAYS_AHEAD, factorAt }, pattern);
  const futures = pattern === null ? [[]] : drawFutures(steps, pattern);
  const byMonth = futures.map((amounts) =>
    months.map((month, nth) => (spentIn[nth] ?? 0) + sum(amountsWithin(month, steps, amounts))),
  );
  const toEnd = byMonth.map((amounts) => runningTotals(0, amounts));
  return {
    kind: 'plan',
    months: months.map(({ startMs }, nth) => ({
      startMs,
      spent: spentIn[nth] ?? 0,
      comesTo: rangeOf(byMonth.map((amounts) => amounts[nth] ?? 0)),
      yearToEnd: rangeOf(toEnd.map((totals) => totals[nth] ?? 0)),
    })),
    runsOutMs: runsOut(input, steps, futures),
    activeDays: pattern?.activeDays ?? 0,
    weeklyGrowth: Math.expm1(pattern?.growth ?? 0),
  };
}

function within<Part extends { readonly startMs: number }>(
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  parts: readonly Part[],
): Part[] {
  return parts.filter((part) => part.startMs >= startMs && part.startMs < endMs);
}

function amountsWithin(
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  steps: readonly Step[],
  amounts: readonly number[],
): readonly number[] {
  return amounts.filter((_, at) => {
    const step = steps[at]?.startMs ?? endMs;
    return step >= startMs && step < endMs;
  });
}

function rangeOf(values: readonly number[]): Range {
  const inOrder = ascending(values);
  return { p50: Math.round(quantile(inOrder, 0.5)), p90: Math.round(quantile(inOrder, 0.9)) };
}

/** On a day that was, or by whose end so large a share of what may be has reached the budget. */
function runsOut(
  { budget, months, spent }: YearPlanInput,
  steps: readonly Step[],
  futures: readonly (readonly number[])[],
): { readonly p50: number | null; readonly p90: number | null } {
  const [first] = months;
  if (budget === null || first === undefined) return { p50: null, p90: null };
  const year = { startMs: first.startMs, endMs: months.at(-1)?.endMs ?? first.endMs };
  const days = within(year, spent);
  const totals = runningTotals(
    0,
    days.map(({ amount }) => amount),
  );
  const reached = days[totals.findIndex((total) => total >= budget)]?.startMs;
  if (reached !== undefined) return { p50: reached, p90: reached };

  const ahead = within(year, steps);
  const paths = futures.map((amounts) => runningTotals(totals.at(-1) ?? 0, amountsWithin(year, steps, amounts)));
  const dayOf = (share: number): number | null => {
    const place = ahead.findIndex((_, at) => quantile(ascending(paths.map((path) => path[at] ?? 0)), share) >= budget);
    return ahead[place]?.startMs ?? null;
  };
  return { p50: dayOf(0.5), p90: dayOf(0.9) };
}
