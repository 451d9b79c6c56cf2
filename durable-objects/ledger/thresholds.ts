// Which thresholds of a budget settled spend has reached, each told once for a window and a version of its limit. What has
// been told follows from the totals, so nothing of it is stored.

import { type TeamId, type UserId, userIdSchema } from '../../schema/ids.ts';
import type { Budget } from '../../schema/team-config.ts';
import type { ThresholdEvent } from '../../schema/threshold-event.ts';
import { allowanceOf } from './allowance.ts';
import type { Book } from './book.ts';
import { type Charge, counterKey } from './call-row.ts';
import type { Roster } from './roster.ts';
import type { Window } from './window.ts';

interface Told {
  /** Which limit of which budget of this name: both rise. */
  readonly limit: string;
  /** The largest threshold told, in percent. */
  readonly upTo: number;
}

const NOTHING_TOLD: Told = { limit: '', upTo: 0 };
const PERCENT = 100n;
const EACH_MEMBER = 'each_member:';

export class Thresholds {
  readonly #told = new Map<string, Told>();

  /** The thresholds that the budgets of these counters have newly reached. */
  reachedBy(charges: Iterable<Charge>, book: Book, roster: Roster, nowMs: number): ThresholdEvent[] {
    const events: ThresholdEvent[] = [];
    for (const charge of charges) {
      const budget = roster.budgetsById.get(charge.budget);
      if (budget === undefined || budget.thresholds.length === 0) continue;
      events.push(...this.#reached(charge, budget, book, roster, nowMs));
    }
    return events;
  }

  forget(charges: Iterable<Charge>): void {
    for (const charge of charges) this.#told.delete(counterKey(charge));
  }

  #reached(charge: Charge, budget: Budget, book: Book, roster: Roster, nowMs: number): ThresholdEvent[] {
    const settled = book.totalOf(charge).settled[budget.unit];
    if (settled === 0) return [];
    const key = counterKey(charge);
    const before = this.#told.get(key);
    // A window that does not run tells nothing, though its thresholds count as told until the budget has its period back.
    const version = `${budget.period}|${budget.countsSinceMs}|${budget.limitVersion}`;
    const told = before?.limit === version ? before : NOTHING_TOLD;
    if (told.upTo === budget.thresholds.at(-1)) return [];

    const subject = subjectOf(charge);
    const window = windowOf(charge, budget, roster, nowMs);
    // Grants come and go by the clock and are no part of the limit.
    const { limit: own, carried } = allowanceOf(book, roster.calendar, { budget, subject, window });
    const limit = own + carried;
    const reached = budget.thresholds.filter((each) => each > told.upTo && settled >= amountAt(each, limit));
    const upTo = reached.at(-1);
    if (upTo === undefined) return [];
    this.#told.set(key, { limit: version, upTo });
    return reached.map((threshold) =>
      eventOf(charge, budget, subject, { threshold, limit, settled, window, nowMs, roster }),
    );
  }
}

/** The window that is open now may end at another time than when the call was admitted; what it allows follows from now. */
function windowOf({ windowStartMs, windowEndMs }: Charge, { period }: Budget, roster: Roster, nowMs: number): Window {
  const current = roster.calendar.windowAt(period, nowMs);
  return current.startMs === windowStartMs ? current : { startMs: windowStartMs, endMs: windowEndMs };
}

/** What has to be settled for a threshold to be reached: rounded up, and never nothing. */
function amountAt(threshold: number, limit: number): number {
  return Math.max(1, Number((BigInt(limit) * BigInt(threshold) + PERCENT - 1n) / PERCENT));
}

function eventOf(
  charge: Charge,
  budget: Budget,
  subject: UserId | null,
  reached: {
    readonly threshold: number;
    readonly limit: number;
    readonly settled: number;
    readonly window: Window;
    readonly nowMs: number;
    readonly roster: Roster;
  },
): ThresholdEvent {
  const { threshold, limit, settled, window, nowMs } = reached;
  const { team } = reached.roster.config;
  return {
    id: idOf(team, charge, budget, threshold),
    atMs: nowMs,
    team,
    budget: budget.id,
    subject,
    unit: budget.unit,
    threshold,
    limit,
    limitVersion: budget.limitVersion,
    settled,
    windowStartMs: window.startMs,
    windowEndMs: window.endMs,
  };
}

/** A budget that is deleted and created anew in the same window tells its thresholds anew. */
function idOf(team: TeamId, charge: Charge, { countsSinceMs, limitVersion }: Budget, threshold: number): string {
  return `${team}|${counterKey(charge)}|${countsSinceMs}|${limitVersion}|${threshold}`;
}

function subjectOf({ counted }: Charge): UserId | null {
  return counted.startsWith(EACH_MEMBER) ? userIdSchema.parse(counted.slice(EACH_MEMBER.length)) : null;
}
