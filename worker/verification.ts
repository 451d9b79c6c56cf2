// Whether the ledger and the record agree: the object's own checks, what it says D1 must have against what D1 has, and D1's
// sums against its events.
// Calls go on meanwhile, so D1 is read before and after the object, and the object may be right at any moment between.

import type { TeamId } from '../schema/ids.ts';
import type { DayTotal, LedgerCheck, LedgerUnavailable, VerifyReport } from '../schema/ledger.ts';
import { type Micros, ZERO_MICROS } from '../schema/micros.ts';
import { type Result, succeed } from '../schema/result.ts';
import { allTokens } from '../schema/usage.ts';
import type { Database } from './records/database.ts';
import { checkSums, type SumsCheck } from './records/sums-check.ts';
import type { TeamRecord } from './records/team-row.ts';
import type { UsageDatabases } from './records/usage-databases.ts';
import { EVENTS } from './records/usage-source.ts';
import { summarizeUsage } from './records/usage-totals.ts';

/** What it takes to look: the record, and the object asked to look at itself. */
export interface VerificationTools {
  readonly usage: UsageDatabases;
  readonly ledgers: {
    readonly verifyLedger: (team: TeamId) => Promise<Result<VerifyReport, LedgerUnavailable>>;
  };
  readonly now: () => number;
}

/** Ended calls of one day in UTC. */
export interface DayFigures {
  readonly events: number;
  readonly cost: Micros;
  readonly tokens: number;
}

export interface DayDrift {
  /** Such as "2026-11-23", in UTC. */
  readonly day: string;
  /** What D1 must have by now, as the ledger counts it. */
  readonly ledger: DayFigures;
  readonly d1: DayFigures;
  /** On its way to D1. */
  readonly pending: DayFigures;
  readonly ok: boolean;
}

export interface Verification {
  readonly asOfMs: number;
  readonly ok: boolean;
  readonly checks: readonly LedgerCheck[];
  readonly drift: readonly DayDrift[];
  /** The sums by hour and by day against the events. */
  readonly sums: readonly SumsCheck[];
}

interface ComparedDay {
  readonly drift: DayDrift;
  /** Whether something of this day was on its way or arrived between the readings. */
  readonly moving: boolean;
}

type Days = ReadonlyMap<string, DayFigures>;

const DAY_MS = 24 * 3_600_000;
/** Today and the days before it that are compared; D1 reads every event of them. */
const MAX_DAYS = 8;
/** Midnight may pass between the readings. */
const MAX_RECORDED_DAYS = MAX_DAYS + 1;
/** A correction on its way can make a day look wrong for about a second; then the comparison is made again. */
const MAX_READINGS = 3;
const PAUSE_MS = 1_000;
const NOTHING: DayFigures = { events: 0, cost: ZERO_MICROS, tokens: 0 };

export async function verifyTeam(
  { usage, ledgers, now }: VerificationTools,
  { id: team, usageDatabase }: Pick<TeamRecord, 'id' | 'usageDatabase'>,
): Promise<Result<Verification, LedgerUnavailable>> {
  // Where it is not bound nothing is found, which is what is to be seen then.
  const db = usage[usageDatabase] ?? usage[0];
  for (let readings = 1; ; readings += 1) {
    const since = firstDay(now());
    const before = await recordedDays(db, team, since);
    const report = await ledgers.verifyLedger(team);
    if (!report.ok) return report;
    const after = await recordedDays(db, team, since);
    const days = compareDays(report.value, before, after).filter(({ drift }) => drift.day >= since);
    if (readings >= MAX_READINGS || days.every(({ drift, moving }) => drift.ok || !moving)) {
      const { asOfMs, checks } = report.value;
      const drift = days.map((day) => day.drift);
      const sums = await checkSums(db, team, Date.parse(since));
      const ok = [...checks, ...drift].every((each) => each.ok) && sums.every((each) => each.drift.length === 0);
      return succeed({ asOfMs, ok, checks, drift, sums });
    }
    await scheduler.wait(PAUSE_MS);
  }
}

/**
 * A day is in order if what D1 had at the moment of the report can have been what the ledger says. D1 then had at least
 * what was delivered, and at most that and what was pending: a delivery may have arrived without the object having heard
 * of it yet. And it had something between the two readings, whichever is larger, since a late settlement corrects an
 * event and may lower a sum. So the two spans must meet, for each figure. With nothing pending and two equal readings
 * that means equality.
 * Only a correction that is on its way itself can break this without a fault: D1 still has the event's old amounts, the
 * ledger counts the new ones as pending. Such a day is `moving`; it is told apart by looking again.
 * Days before the first one that the ledger counts are none of its business any more.
 */
function compareDays(report: VerifyReport, before: Days, after: Days): readonly ComparedDay[] {
  const delivered = ledgerDays(report.delivered);
  const pending = ledgerDays(report.pending);
  const counted = delivered.size > 0 ? delivered : pending;
  const [first] = [...counted.keys()].toSorted();
  if (first === undefined) return [];
  const days = new Set([...before.keys(), ...after.keys(), ...delivered.keys(), ...pending.keys()]);
  return [...days]
    .filter((day) => day >= first)
    .toSorted()
    .map((day) => {
      const ledger = delivered.get(day) ?? NOTHING;
      const underWay = pending.get(day) ?? NOTHING;
      const readings = [before.get(day) ?? NOTHING, after.get(day) ?? NOTHING] as const;
      const moving = underWay.events > 0 || !figures.every((figure) => readings[0][figure] === readings[1][figure]);
      const ok = figures.every((figure) => meets(ledger[figure], underWay[figure], readings, figure));
      return { drift: { day, ledger, d1: readings[1], pending: underWay, ok }, moving };
    });
}

const figures = ['events', 'cost', 'tokens'] as const satisfies (keyof DayFigures)[];

function meets(
  delivered: number,
  pending: number,
  [before, after]: readonly [DayFigures, DayFigures],
  figure: keyof DayFigures,
): boolean {
  const least = Math.min(before[figure], after[figure]);
  const most = Math.max(before[figure], after[figure]);
  return delivered <= most && least <= delivered + pending;
}

function ledgerDays(totals: readonly DayTotal[]): Days {
  return new Map(
    totals.map(({ dayStartMs, events, amounts }) => [
      dayOf(dayStartMs),
      { events, cost: amounts.usd, tokens: amounts.tokens },
    ]),
  );
}

async function recordedDays(db: Database, team: TeamId, since: string): Promise<Days> {
  const all = { team, user: null, key: null, model: null, provider: null, outcome: null, toMs: null };
  const filter = { ...all, fromMs: Date.parse(since) };
  const totals = await summarizeUsage([db], { filter, groups: ['day'], limit: MAX_RECORDED_DAYS, after: null }, EVENTS);
  return new Map(
    totals.map(({ group, calls, usage, cost }) => [group[0] ?? '', { events: calls, cost, tokens: allTokens(usage) }]),
  );
}

function firstDay(nowMs: number): string {
  return dayOf(nowMs - (MAX_DAYS - 1) * DAY_MS);
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
