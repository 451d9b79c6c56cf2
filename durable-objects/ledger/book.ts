// The ledger in memory: calls and running totals. A call is put whole; the totals follow from its weight before and after.
// It decides nothing and knows no clock.

import { addAmounts, type Amounts, NO_AMOUNTS, subtractAmounts } from '../../schema/amounts.ts';
import type { CallId } from '../../schema/ids.ts';
import {
  type CallRow,
  type Charge,
  counterKey,
  type EndedCall,
  type OpenCall,
  type Weight,
  weightOf,
} from './call-row.ts';
import { DayBook, type DayRecord } from './day-book.ts';
import { Traffic } from './traffic.ts';

const NO_WEIGHT: Weight = { held: NO_AMOUNTS, settled: NO_AMOUNTS };

/** How long an ended call answers repeated requests: far longer than any client of the ledger retries. */
export const REMEMBER_ENDED_MS = 2 * 60_000;
/** An expired call waits longer, because a late settlement must still find what it corrects. */
const REMEMBER_EXPIRED_MS = 24 * 3_600_000;
/** Under load, ended calls are remembered for less time rather than in more memory: some 1.5 KB each. */
const MAX_REMEMBERED_CALLS = 10_000;

/** One running total: all calls charged to a budget in a window. */
export interface Counter extends Weight {
  readonly charge: Charge;
}

/** What a book starts from: the last checkpoint, or nothing. */
export interface BookStart {
  /** Settled totals, which contain every ended call up to the checkpoint. */
  readonly counters: Iterable<{ readonly charge: Charge; readonly settled: Amounts }>;
  readonly days: Iterable<DayRecord>;
  /** Calls that were open, and expired ones that may still be corrected: the totals contain the latter. */
  readonly kept: Iterable<CallRow>;
}

export const NOTHING: BookStart = { counters: [], days: [], kept: [] };

export class Book {
  /** Every call that is known: open, or ended and kept a while against repeated requests. */
  readonly #rows = new Map<CallId, CallRow>();
  readonly #open = new Map<CallId, OpenCall>();
  /** Ended calls in the order of their endings; expired ones apart, since they are kept longer. */
  readonly #ended = new Map<CallId, EndedCall>();
  readonly #expired = new Map<CallId, EndedCall>();
  readonly #counters = new Map<string, Counter>();
  readonly #changed = new Set<string>();
  readonly days: DayBook;
  readonly traffic = new Traffic();

  constructor({ counters, days, kept }: BookStart) {
    for (const { charge, settled } of counters) {
      this.#counters.set(counterKey(charge), { charge, held: NO_AMOUNTS, settled });
    }
    this.days = new DayBook(days);
    for (const row of kept) {
      if (row.state === 'held') this.put(row);
      else this.remember(row);
    }
    this.#changed.clear();
  }

  get open(): ReadonlyMap<CallId, OpenCall> {
    return this.#open;
  }

  get counters(): ReadonlyMap<string, Counter> {
    return this.#counters;
  }

  /** When the first open hold expires; null without any. */
  nextExpiryMs(): number | null {
    let next: number | null = null;
    for (const { expiresAtMs } of this.#open.values()) next = Math.min(next ?? expiresAtMs, expiresAtMs);
    return next;
  }

  row(id: CallId): CallRow | undefined {
    return this.#rows.get(id);
  }

  totalOf(charge: Omit<Charge, 'windowEndMs'>): Weight {
    return this.#counters.get(counterKey(charge)) ?? NO_WEIGHT;
  }

  /**
   * Takes a call in its new state. Its weight replaces that of its former state. Throws, and changes nothing, when a total
   * would leave the range of exact integers.
   */
  put(row: CallRow): void {
    const before = this.#rows.get(row.id);
    for (const [key, counter] of this.#countersWith(before, row)) {
      this.#counters.set(key, counter);
      this.#changed.add(key);
    }
    this.traffic.put(before, row);
    if (row.state !== 'held') this.days.noteEnded(row);
    this.#file(row);
  }

  /** Knows an ended call again, whose weight the totals contain already. */
  remember(row: EndedCall): void {
    this.traffic.put(this.#rows.get(row.id), row);
    this.#file(row);
  }

  /** Calls that a checkpoint must carry along: open ones, and expired ones that may still be corrected. */
  kept(): CallRow[] {
    return [...this.#open.values(), ...this.#expired.values()];
  }

  /** Forgets ended calls that nobody will ask for any more. The totals do not change. */
  forgetEnded(nowMs: number): void {
    this.#forgetOldest(this.#ended, nowMs - REMEMBER_ENDED_MS);
    this.#forgetOldest(this.#expired, nowMs - REMEMBER_EXPIRED_MS);
    this.traffic.forgetIdle(nowMs);
  }

  /** The counters that changed since this was last asked. */
  takeChanged(): Counter[] {
    const changed = [...this.#changed].flatMap((key) => this.#counters.get(key) ?? []);
    this.#changed.clear();
    return changed;
  }

  /**
   * Drops counters whose window, and a window after it of the same length, ended before the given moment, that nothing is
   * held of and that are not current.
   */
  forgetCounters(endedBeforeMs: number, isCurrent: (charge: Charge) => boolean): Charge[] {
    const forgotten: Charge[] = [];
    for (const [key, { charge, held }] of this.#counters) {
      const { windowStartMs, windowEndMs } = charge;
      if (windowEndMs === null || held.requests > 0) continue;
      // The next window asks what this one left as soon as an admin lets the budget carry something over.
      if (windowEndMs + (windowEndMs - windowStartMs) >= endedBeforeMs) continue;
      // A budget whose period was changed may go on counting under a window that first seemed to end sooner.
      if (isCurrent(charge) || this.#mayBeCorrected(key)) continue;
      this.#counters.delete(key);
      this.#changed.delete(key);
      forgotten.push(charge);
    }
    return forgotten;
  }

  #mayBeCorrected(key: string): boolean {
    for (const { charges } of this.#expired.values()) {
      if (charges.some((charge) => counterKey(charge) === key)) return true;
    }
    return false;
  }

  #file(row: CallRow): void {
    this.#rows.set(row.id, row);
    this.#open.delete(row.id);
    this.#ended.delete(row.id);
    this.#expired.delete(row.id);
    if (row.state === 'held') this.#open.set(row.id, row);
    else if (row.state === 'expired') this.#expired.set(row.id, row);
    else this.#ended.set(row.id, row);
  }

  #forgetOldest(calls: Map<CallId, EndedCall>, endedBeforeMs: number): void {
    let excess = calls.size - MAX_REMEMBERED_CALLS;
    for (const { id, endedAtMs } of calls.values()) {
      if (excess <= 0 && endedAtMs > endedBeforeMs) return;
      excess -= 1;
      calls.delete(id);
      this.#rows.delete(id);
    }
  }

  #countersWith(before: CallRow | undefined, row: CallRow): Map<string, Counter> {
    const changed = new Map<string, Counter>();
    const weigh = (charges: readonly Charge[], weight: Weight, combine: typeof addAmounts): void => {
      for (const charge of charges) {
        const key = counterKey(charge);
        const total = changed.get(key) ?? this.#counters.get(key) ?? { charge, ...NO_WEIGHT };
        changed.set(key, {
          charge: laterEnding(total.charge, charge),
          held: combine(total.held, weight.held),
          settled: combine(total.settled, weight.settled),
        });
      }
    };
    if (before !== undefined) weigh(before.charges, weightOf(before), subtractAmounts);
    weigh(row.charges, weightOf(row), addAmounts);
    return changed;
  }
}

/** A window may turn out to end later than it first seemed; null never ends. */
function laterEnding(left: Charge, right: Charge): Charge {
  if (left.windowEndMs === null) return left;
  return right.windowEndMs === null || right.windowEndMs > left.windowEndMs ? right : left;
}
