// What the ledger's totals must be, kept in the plainest way there is: big integers, one entry a counter, nothing clever and
// nothing shared with the product but its types. It can take back what an object's storage lost.

import { type Amounts, type Unit, units } from '../../schema/amounts.ts';
import type { BudgetId, CallId, KeyId, UserId } from '../../schema/ids.ts';

export type Vector = Readonly<Record<Unit, bigint>>;

export const ZERO: Vector = { usd: 0n, tokens: 0n, requests: 0n };

export interface NaiveCall {
  readonly id: CallId;
  readonly state: 'held' | 'settled' | 'released' | 'expired';
  readonly member: UserId;
  readonly key: KeyId;
  readonly admittedAtMs: number;
  readonly expiresAtMs: number;
  readonly endedAtMs: number;
  readonly held: Vector;
  readonly settled: Vector;
  readonly counters: readonly string[];
  readonly revision: number;
  readonly outcome: string;
  readonly estimated: boolean;
  readonly overBudgets: readonly BudgetId[];
}

export interface Total {
  readonly settled: Vector;
  readonly held: Vector;
}

interface Moment extends Total {
  /** How many calls had been put before. */
  readonly since: number;
}

const NOTHING: Moment = { since: 0, settled: ZERO, held: ZERO };

export function toVector({ usd, tokens, requests }: Amounts): Vector {
  return { usd: BigInt(usd), tokens: BigInt(tokens), requests: BigInt(requests) };
}

export function sameVector(left: Vector, right: Vector): boolean {
  return units.every((unit) => left[unit] === right[unit]);
}

export class NaiveLedger {
  readonly calls = new Map<CallId, NaiveCall>();
  /** Every value a counter ever had. */
  readonly #totals = new Map<string, Moment[]>();
  readonly #undo: (() => void)[] = [];
  /** How many calls have been put. */
  puts = 0;

  totalOf(counter: string): Total {
    return this.#totals.get(counter)?.at(-1) ?? NOTHING;
  }

  counters(): Iterable<string> {
    return this.#totals.keys();
  }

  /** The values a counter had between two numbers of puts, both included. */
  valuesOf(counter: string, from: number, to: number): Total[] {
    const moments = [NOTHING, ...(this.#totals.get(counter) ?? [])];
    const first = moments.findLastIndex(({ since }) => since <= from);
    return moments.slice(Math.max(0, first)).filter(({ since }) => since <= to);
  }

  /** Of calls that are open; a call weighs on a party whatever its budgets are. */
  open(): NaiveCall[] {
    return [...this.calls.values()].filter(({ state }) => state === 'held');
  }

  put(call: NaiveCall): void {
    const before = this.calls.get(call.id);
    this.puts += 1;
    if (before !== undefined) this.#weigh(before, -1n);
    this.#weigh(call, 1n);
    this.calls.set(call.id, call);
    this.later(() => {
      if (before === undefined) this.calls.delete(call.id);
      else this.calls.set(call.id, before);
    });
  }

  /** Remembers how to take something back that is not confirmed yet. */
  later(undo: () => void): void {
    this.#undo.push(undo);
  }

  confirm(): void {
    this.#undo.length = 0;
  }

  takeBack(): void {
    this.takeBackTo(0);
  }

  /** How much would be taken back now. */
  get unconfirmed(): number {
    return this.#undo.length;
  }

  takeBackTo(mark: number): void {
    for (const undo of this.#undo.splice(mark).toReversed()) undo();
  }

  #weigh({ state, held, settled, counters }: NaiveCall, sign: bigint): void {
    for (const counter of counters) {
      const moments = this.#totals.get(counter) ?? [];
      const last = moments.at(-1) ?? NOTHING;
      const isOpen = state === 'held';
      moments.push({
        since: this.puts,
        settled: isOpen ? last.settled : plus(last.settled, settled, sign),
        held: isOpen ? plus(last.held, held, sign) : last.held,
      });
      this.#totals.set(counter, moments);
      this.later(() => void moments.pop());
    }
  }
}

function plus(left: Vector, right: Vector, sign: bigint): Vector {
  return {
    usd: left.usd + sign * right.usd,
    tokens: left.tokens + sign * right.tokens,
    requests: left.requests + sign * right.requests,
  };
}
