// How what stands out in spend is seen: the sweep looks at teams in turn, holds what they spend against what they usually do,
// and writes down what is too much. Nothing is throttled or stopped by it: people are told.

import type { TeamId } from '../schema/ids.ts';
import type { BudgetState, LedgerReport, LedgerUnavailable } from '../schema/ledger.ts';
import { note } from '../schema/operator-log.ts';
import type { Result } from '../schema/result.ts';
import { alertLevels, type Baseline, type Rhythm, type Sighting } from '../schema/spend-alert.ts';
import { burnAlert, type BurnInput } from './foresight/burn-rate.ts';
import { calendarUntil, daysUntil, firstHourOf, HOUR_MS, sumFrom } from './foresight/days.ts';
import { inRhythm, rhythmOf } from './foresight/pattern.ts';
import { calendarFor, dayBegun, standingOut } from './foresight/watch.ts';
import type { Database } from './records/database.ts';
import {
  BUCKET_MS,
  readSpendByKey,
  readSpendByMinutes,
  readSpendOfEach,
  type Spend,
  type SpendFilter,
} from './records/spend.ts';
import { forgetAlerts, tellOf } from './records/spend-alerts.ts';
import { type DueTeam, keepBaseline, takeDueTeams } from './records/spend-looks.ts';
import type { UsageDatabases } from './records/usage-databases.ts';

export interface AlertingTools {
  readonly db: Database;
  readonly usage: UsageDatabases;
  readonly ledgers: { readonly readLedger: (team: TeamId) => Promise<Result<LedgerReport, LedgerUnavailable>> };
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const MAX_TEAMS_PER_SWEEP = 30;
const MAX_AT_ONCE = 5;
const MAX_BUDGETS = 20;
const MAX_SIGHTINGS = 50;
const DAY_MS = 24 * HOUR_MS;
/** Eight weeks, of which six say what is usual and the rest whether it grows. */
const RHYTHM_DAYS = 56;
/** The longest span of a burn rate, and the hour in which it begins. */
const BURN_MS = 73 * HOUR_MS;
/** Days of the calendar that the longest span touches. */
const BURN_DAYS = 4;

/** Looks at the teams that had calls since they were last looked at, as many as one sweep may. One that fails holds up none. */
export async function sweepAlerts(tools: AlertingTools): Promise<void> {
  const { db, usage, now } = tools;
  const due = await takeDueTeams(db, usage, now(), MAX_TEAMS_PER_SWEEP);
  for (let start = 0; start < due.length; start += MAX_AT_ONCE) {
    await Promise.all(due.slice(start, start + MAX_AT_ONCE).map((team) => lookAtGuarded(tools, team)));
  }
  await forgetAlerts(db, now());
}

async function lookAtGuarded(tools: AlertingTools, due: DueTeam): Promise<void> {
  try {
    await lookAt(tools, due);
  } catch (error) {
    note({ event: 'spend_look_failed', team: due.team, error });
  }
}

async function lookAt(tools: AlertingTools, due: DueTeam): Promise<void> {
  const { db, now } = tools;
  const { team } = due;
  const nowMs = now();
  const budgets = await budgetsOf(tools, team);
  const isNewDay = due.baseline === null || due.baseline.endMs <= nowMs;
  const begun = isNewDay ? await beginDay(due, nowMs) : { baseline: due.baseline, leftOver: [] };
  const baseline = await withRhythms(due, begun.baseline, budgets, nowMs);
  if (baseline !== due.baseline) await keepBaseline(db, team, baseline);

  const spend = await readSpendByKey(due.usage, team, firstHourOf(baseline.startMs));
  const unusual = standingOut(baseline, spend, nowMs);
  const burning = await burnsOf(due, { budgets, rhythms: baseline.rhythms, nowMs });
  // What is most urgent first, since it leaves the rest of the same thing untold.
  const seen = [...begun.leftOver, ...unusual, ...burning].toSorted((left, right) => rankOf(left) - rankOf(right));
  await tellOf(db, team, seen.slice(0, MAX_SIGHTINGS), nowMs);
}

function rankOf({ level }: Sighting): number {
  return alertLevels.indexOf(level);
}

/** Reads six weeks, once a day. */
async function beginDay(
  { team, timezone, usage }: DueTeam,
  nowMs: number,
): Promise<{ readonly baseline: Baseline; readonly leftOver: readonly Sighting[] }> {
  const calendar = calendarFor(timezone, nowMs);
  const firstMs = firstHourOf(calendar.past[0]?.startMs ?? nowMs);
  const { baseline, leftOver } = dayBegun(await readSpendByKey(usage, team, firstMs), calendar, nowMs);
  return { baseline: { ...baseline, rhythms: {} }, leftOver };
}

/** A budget whose window ends, and what counts under it. */
interface WatchedBudget {
  readonly state: BudgetState;
  readonly window: BurnInput['window'];
  readonly counted: SpendFilter;
  /** The same for budgets under which the same counts. */
  readonly rhythm: string;
}

/** None while the ledger is out of reach. Shares of members are nobody's to be told of. */
async function budgetsOf({ ledgers }: AlertingTools, team: TeamId): Promise<readonly WatchedBudget[]> {
  const report = await ledgers.readLedger(team);
  if (!report.ok) return [];
  const watched = report.value.budgets.flatMap((state): WatchedBudget[] => {
    const { scope, subject, unit, window } = state;
    if (subject !== null || window.endMs === null) return [];
    const rhythm = [unit, scope.kind, 'id' in scope ? scope.id : ''].join(' ');
    const { startMs, endMs } = window;
    return [{ state, window: { startMs, endMs }, counted: { team, scope, subject, unit }, rhythm }];
  });
  return watched.slice(0, MAX_BUDGETS);
}

/** Reads eight weeks once a day, and once more for a budget that is new. */
async function withRhythms(
  { team, timezone, usage }: DueTeam,
  baseline: Baseline,
  budgets: readonly WatchedBudget[],
  nowMs: number,
): Promise<Baseline> {
  const missing = new Map(
    budgets.filter(({ rhythm }) => !(rhythm in baseline.rhythms)).map(({ rhythm, counted }) => [rhythm, counted]),
  );
  if (missing.size === 0) return baseline;
  const read = await readSpendOfEach(usage, team, [...missing.values()], nowMs - (RHYTHM_DAYS + 2) * DAY_MS);
  const learned = [...missing.keys()].map((rhythm, place) => {
    const { past } = daysUntil(read[place] ?? [], { timezone, nowMs, count: RHYTHM_DAYS });
    return [rhythm, rhythmOf(past)] as const;
  });
  return { ...baseline, rhythms: { ...baseline.rhythms, ...Object.fromEntries(learned) } };
}

interface Burning {
  readonly budgets: readonly WatchedBudget[];
  readonly rhythms: Readonly<Record<string, Rhythm | null>>;
  readonly nowMs: number;
}

/** Single calls are read only of a budget that may burn by its whole hours. */
async function burnsOf(
  { team, timezone, usage }: DueTeam,
  { budgets, rhythms, nowMs }: Burning,
): Promise<readonly Sighting[]> {
  const { past, today } = calendarUntil({ timezone, nowMs, count: BURN_DAYS });
  const counted = budgets.map((budget) => budget.counted);
  const hours = await readSpendOfEach(usage, team, counted, firstHourOf(nowMs - BURN_MS));
  const found: Sighting[] = [];
  for (const [place, { state, window, counted: filter, rhythm }] of budgets.entries()) {
    const spent = hours[place] ?? [];
    const known = rhythms[rhythm] ?? null;
    const input = {
      nowMs,
      window,
      limit: state.limit + state.carried + state.granted,
      days: [...past, today].filter((day) => day.endMs > window.startMs),
      pattern: known === null ? null : inRhythm(known),
    };
    const atMost = (fromMs: number): number => sumFrom(spent, firstHourOf(fromMs), HOUR_MS);
    if (burnAlert({ ...input, spentSince: atMost }) === null) continue;
    const fine = await readSpendByMinutes([usage], filter, nowMs - HOUR_MS - BUCKET_MS);
    const spentSince = spentSinceBy(spent, fine, nowMs);
    const burn = burnAlert({ ...input, spentSince });
    if (burn === null) continue;
    const { level, longRate, longMs } = burn;
    const seen = spentSince(nowMs - longMs);
    const span = { startMs: nowMs - longMs, endMs: nowMs, seen, usual: seen / longRate };
    const budget = { limit: input.limit, windowStartMs: window.startMs, windowEndMs: window.endMs };
    found.push({
      kind: 'burn_rate',
      level,
      subject: { kind: 'budget', id: state.id },
      unit: state.unit,
      budget,
      ...span,
    });
  }
  return found;
}

/** The last hour by its minutes, what is longer ago by its hours. */
function spentSinceBy(hours: readonly Spend[], fine: readonly Spend[], nowMs: number): BurnInput['spentSince'] {
  return (fromMs) => (nowMs - fromMs > HOUR_MS ? sumFrom(hours, fromMs, HOUR_MS) : sumFrom(fine, fromMs, BUCKET_MS));
}
