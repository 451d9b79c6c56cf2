// The ledger in memory: rows and running totals. A row is put whole; the totals follow from its weight before and after.
// It decides nothing and knows no clock.

import { addAmounts, NO_AMOUNTS, subtractAmounts } from '../../schema/amounts.ts';
import type { CallId } from '../../schema/ids.ts';
import { type CallRow, type Charge, type EndedCall, type OpenCall, type Weight, weightOf } from './call-row.ts';

const NO_WEIGHT: Weight = { held: NO_AMOUNTS, settled: NO_AMOUNTS };

/** The settled total of one counter, as far as its rows have been deleted. */
export interface Checkpoint extends Charge {
  readonly settled: Weight['settled'];
}

export class Book {
  /** Every row there is: open, ended and undelivered, ended and kept a while against repeated requests. */
  readonly #rows = new Map<CallId, CallRow>();
  readonly #open = new Map<CallId, OpenCall>();
  /** In the order of `sequence`. */
  readonly #outbox = new Map<CallId, EndedCall>();
  readonly #totals = new Map<string, Weight>();
  readonly #checkpoints = new Map<string, Checkpoint>();
  #lastSequence: number;

  constructor(checkpoints: Iterable<Checkpoint>, lastSequence: number) {
    this.#lastSequence = lastSequence;
    for (const checkpoint of checkpoints) {
      this.#checkpoints.set(counterKey(checkpoint), checkpoint);
      this.#totals.set(counterKey(checkpoint), { held: NO_AMOUNTS, settled: checkpoint.settled });
    }
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  get open(): ReadonlyMap<CallId, OpenCall> {
    return this.#open;
  }

  get outbox(): ReadonlyMap<CallId, EndedCall> {
    return this.#outbox;
  }

  get rows(): ReadonlyMap<CallId, CallRow> {
    return this.#rows;
  }

  row(id: CallId): CallRow | undefined {
    return this.#rows.get(id);
  }

  totalOf(charge: Pick<Charge, 'budget' | 'counted' | 'windowStartMs'>): Weight {
    return this.#totals.get(counterKey(charge)) ?? NO_WEIGHT;
  }

  /**
   * Takes a row in its new state. Its weight replaces that of the same call's former state. Throws, and changes nothing,
   * when a total would leave the range of exact integers.
   */
  put(row: CallRow): void {
    for (const [key, total] of this.#totalsWith(row)) this.#totals.set(key, total);
    this.#rows.set(row.id, row);
    this.#outbox.delete(row.id);
    if (row.state === 'held') {
      this.#open.set(row.id, row);
      return;
    }
    this.#open.delete(row.id);
    this.#outbox.set(row.id, row);
    this.#lastSequence = Math.max(this.#lastSequence, row.sequence);
  }

  /** The events of these calls have reached D1. The rows stay, so that a repeated request still finds its answer. */
  markDelivered(delivered: Iterable<EndedCall>): void {
    for (const row of delivered) {
      // A correction may have replaced the row while its event was on the way.
      if (this.#rows.get(row.id) === row) this.#outbox.delete(row.id);
    }
  }

  /** The checkpoints that would stand for these rows once they are deleted. Changes nothing. */
  checkpointsWithout(rows: Iterable<EndedCall>): Checkpoint[] {
    const changed = new Map<string, Checkpoint>();
    for (const row of rows) {
      for (const charge of row.charges) {
        const key = counterKey(charge);
        const before = changed.get(key) ?? this.#checkpoints.get(key);
        changed.set(key, {
          ...charge,
          windowEndMs: before === undefined ? charge.windowEndMs : laterEnd(before.windowEndMs, charge.windowEndMs),
          settled: addAmounts(before?.settled ?? NO_AMOUNTS, row.settled),
        });
      }
    }
    return [...changed.values()];
  }

  /** Drops delivered rows whose weight the given checkpoints now carry. The totals do not change. */
  forget(rows: Iterable<EndedCall>, checkpoints: Iterable<Checkpoint>): void {
    for (const row of rows) this.#rows.delete(row.id);
    for (const checkpoint of checkpoints) this.#checkpoints.set(counterKey(checkpoint), checkpoint);
  }

  /** Drops counters whose window ended before the given moment, that are not current, and that no row weighs on. */
  forgetCounters(endedBeforeMs: number, isCurrent: (charge: Charge) => boolean): Charge[] {
    const ended = [...this.#checkpoints].filter(
      ([, { windowEndMs }]) => windowEndMs !== null && windowEndMs < endedBeforeMs,
    );
    if (ended.length === 0) return [];
    const inUse = new Set([...this.#rows.values()].flatMap((row) => row.charges.map(counterKey)));
    const forgotten: Charge[] = [];
    for (const [key, checkpoint] of ended) {
      // A budget whose period was changed may go on counting under a window that first seemed to end sooner.
      if (inUse.has(key) || isCurrent(checkpoint)) continue;
      this.#checkpoints.delete(key);
      this.#totals.delete(key);
      forgotten.push(checkpoint);
    }
    return forgotten;
  }

  #totalsWith(row: CallRow): Map<string, Weight> {
    const before = this.#rows.get(row.id);
    const changed = new Map<string, Weight>();
    const weigh = (charges: readonly Charge[], weight: Weight, combine: typeof addAmounts): void => {
      for (const charge of charges) {
        const key = counterKey(charge);
        const total = changed.get(key) ?? this.totalOf(charge);
        changed.set(key, {
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

/** The later of two ends; null never ends. */
function laterEnd(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : Math.max(left, right);
}

function counterKey(charge: Pick<Charge, 'budget' | 'counted' | 'windowStartMs'>): string {
  return `${charge.budget}|${charge.windowStartMs}|${charge.counted}`;
}
