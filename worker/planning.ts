// The plan of a year: what the company, a cost center or a team spent in it, and what the rest will cost. From the sums by day.

import { type Day, daysUntil } from './foresight/days.ts';
import { type YearPlan, yearPlan } from './foresight/year-plan.ts';
import { micros, type Micros } from '../schema/micros.ts';
import { fail, type Result, succeed } from '../schema/result.ts';
import { type PlanScope, listTeamsOfCenter, readYearBudget } from './records/plan-scope.ts';
import type { Database } from './records/database.ts';
import type { RecordRefusal } from './records/refusal.ts';
import type { UsageDatabases } from './records/usage-databases.ts';
import { ANY_USAGE } from './records/usage-source.ts';
import { summarizeUsage } from './records/usage-totals.ts';

export interface PlanningTools {
  readonly db: Database;
  readonly usage: UsageDatabases;
  readonly now: () => number;
}

export interface PlanQuery extends PlanScope {
  /** The first of twelve months, in UTC. */
  readonly firstMonthMs: number;
  /** What the year may cost; null takes the year budgets of the teams. */
  readonly budget: Micros | null;
  /** Such as 0.1 for ten percent more each month. */
  readonly monthlyGrowth: number;
}

export interface Planned {
  readonly asOfMs: number;
  readonly budget: Micros | null;
  readonly plan: YearPlan;
}

const MONTHS = 12;
const DAY_MS = 24 * 3_600_000;
/** As the forecast of budgets has it. */
const HISTORY_DAYS = 56;
/** Ten years and a plan. */
const MAX_DAYS = 366 * 12;

/** Refused for a cost center that no team has. */
export async function planYear(
  { db, usage, now }: PlanningTools,
  query: PlanQuery,
): Promise<Result<Planned, RecordRefusal>> {
  const { team, costCenter, firstMonthMs, monthlyGrowth } = query;
  const nowMs = now();
  const months = Array.from({ length: MONTHS }, (_, nth) => ({
    startMs: monthAfter(firstMonthMs, nth),
    endMs: monthAfter(firstMonthMs, nth + 1),
  }));
  const fromMs = Math.min(firstMonthMs, nowMs - (nowMs % DAY_MS) - HISTORY_DAYS * DAY_MS);
  const teams = costCenter === null ? team : await listTeamsOfCenter(db, costCenter);
  if (costCenter !== null && teams?.length === 0) {
    return fail({ reason: 'not_found', resource: 'cost center', id: costCenter });
  }
  const filter = { ...ANY_USAGE, team: teams, fromMs };
  const [totals, budgeted] = await Promise.all([
    summarizeUsage(usage, { filter, groups: ['day'], limit: MAX_DAYS, after: null }),
    query.budget ?? readYearBudget(db, { team, costCenter }),
  ]);
  const spent = totals.map(({ group: [day = ''], cost }) => ({ startMs: Date.parse(day), amount: cost }));
  const { past, today } = lastDays(spent, nowMs);
  const budget = budgeted === null ? null : micros(budgeted);
  const plan = yearPlan({ months, spent, past, today, nowMs, timezone: 'UTC', budget, monthlyGrowth });
  return succeed({ asOfMs: nowMs, budget, plan });
}

function monthAfter(startMs: number, months: number): number {
  const start = new Date(startMs);
  return Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months);
}

/** At what hours it is spent a plan of months need not know. */
function lastDays(
  spent: readonly { readonly startMs: number; readonly amount: number }[],
  nowMs: number,
): { readonly past: readonly Day[]; readonly today: Day } {
  const byDay = new Map(spent.map(({ startMs, amount }) => [startMs, amount]));
  const { past, today } = daysUntil([], { timezone: 'UTC', nowMs, count: HISTORY_DAYS });
  const filled = (day: Day): Day => ({ ...day, amount: byDay.get(day.startMs) ?? 0 });
  return { past: past.map((day) => filled(day)), today: filled(today) };
}
