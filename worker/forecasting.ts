// What a team's budgets will come to, by what it usually spends, and whether one burns too fast right now. The ledger says
// where each budget stands, D1 what the last weeks were like.

import type { BudgetId, UserId } from '../schema/ids.ts';
import type { BudgetState, LedgerReport, LedgerUnavailable } from '../schema/ledger.ts';
import type { TeamId } from '../schema/ids.ts';
import { type Result, succeed } from '../schema/result.ts';
import { type BackTest, backTest } from './foresight/back-test.ts';
import { burnAlert, type BurnAlert } from './foresight/burn-rate.ts';
import { daysUntil, HOUR_MS, sumFrom } from './foresight/days.ts';
import { forecast, type Forecast } from './foresight/forecast.ts';
import { patternOf } from './foresight/pattern.ts';
import { BUCKET_MS, readSpendByHour, readSpendByMinutes, type Spend, type SpendFilter } from './records/spend.ts';
import type { UsageDatabases } from './records/usage-databases.ts';

export interface ForecastingTools {
  readonly usage: UsageDatabases;
  readonly ledgers: { readonly readLedger: (team: TeamId) => Promise<Result<LedgerReport, LedgerUnavailable>> };
  readonly now: () => number;
}

export interface Outlook {
  readonly state: BudgetState;
  /** Null for a budget without an end. */
  readonly forecast: Forecast | null;
  readonly backTest: BackTest;
  readonly burn: BurnAlert | null;
}

/** Whose outlook is asked for; null means any. */
export interface OutlookFilter {
  readonly budget: BudgetId | null;
  readonly user: UserId | null;
}

/** Eight weeks, of which six say what is usual and the rest whether it grows. */
const HISTORY_DAYS = 56;
const DAY_MS = 24 * HOUR_MS;
/** Longer spans are read by the hour. */
const FINE_MS = 6 * HOUR_MS;
/** Each takes two reads of D1. */
export const MAX_OUTLOOKS = 20;

/** Of the first 20 budgets that fit. Shares of members are told apart only where one member is asked for. */
export async function foresee(
  { usage, ledgers, now }: ForecastingTools,
  team: { readonly id: TeamId; readonly timezone: string },
  filter: OutlookFilter,
  factor: number,
): Promise<Result<{ readonly asOfMs: number; readonly outlooks: readonly Outlook[] }, LedgerUnavailable>> {
  const report = await ledgers.readLedger(team.id);
  if (!report.ok) return report;
  const nowMs = now();
  const states = report.value.budgets.filter((state) => fits(state, filter)).slice(0, MAX_OUTLOOKS);
  const outlooks = await Promise.all(
    states.map(async (state) => {
      const spend: SpendFilter = { team: team.id, scope: state.scope, subject: state.subject, unit: state.unit };
      const [hours, fine] = await Promise.all([
        readSpendByHour(usage, spend, nowMs - (HISTORY_DAYS + 2) * DAY_MS),
        readSpendByMinutes(usage, spend, nowMs - FINE_MS),
      ]);
      return outlookOf(state, { nowMs, timezone: team.timezone, factor, hours, fine });
    }),
  );
  return succeed({ asOfMs: nowMs, outlooks });
}

function fits({ id, subject }: BudgetState, { budget, user }: OutlookFilter): boolean {
  return (budget === null || id === budget) && subject === user;
}

interface Situation {
  readonly nowMs: number;
  readonly timezone: string;
  readonly factor: number;
  readonly hours: readonly Spend[];
  readonly fine: readonly Spend[];
}

function outlookOf(state: BudgetState, { nowMs, timezone, factor, hours, fine }: Situation): Outlook {
  const { past, today } = daysUntil(hours, { timezone, nowMs, count: HISTORY_DAYS });
  const { startMs, endMs } = state.window;
  const tested = backTest(past);
  if (endMs === null) return { state, forecast: null, backTest: tested, burn: null };
  const limit = state.limit + state.carried + state.granted;
  const spentSince = (fromMs: number): number =>
    nowMs - fromMs > FINE_MS ? sumFrom(hours, fromMs, HOUR_MS) : sumFrom(fine, fromMs, BUCKET_MS);
  const days = [...past, today].filter((day) => day.endMs > startMs);
  return {
    state,
    forecast: forecast({ past, today, nowMs, timezone, endMs, settled: state.settled, limit, factor }),
    backTest: tested,
    burn: burnAlert({
      nowMs,
      window: { startMs, endMs },
      limit,
      spentSince,
      days,
      pattern: patternOf(past),
    }),
  };
}
