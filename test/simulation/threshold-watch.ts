// Which thresholds must have been told, and which may have been: worked out from the plain totals whenever a call ends or a
// limit changes.

import type { Charge, EndedCall } from '../../durable-objects/ledger/call-row.ts';
import type { Budget } from '../../schema/team-config.ts';
import { allowedIn, counterOf, type InForce, limitIn, windowOf } from './allowance.ts';
import type { NaiveLedger } from './naive-ledger.ts';
import { must } from './trace.ts';

export class ThresholdWatch {
  readonly #ledger: NaiveLedger;
  /** Every charge that ever weighed on a counter. */
  readonly #seen = new Map<string, Charge[]>();
  readonly #due = new Map<string, { readonly percent: number }>();
  readonly #possible = new Set<string>();

  constructor(ledger: NaiveLedger) {
    this.#ledger = ledger;
  }

  sawEnding({ charges }: EndedCall, configurations: readonly InForce[], atMs: number): void {
    for (const charge of charges) {
      const counter = counterOf(charge.budget, charge.counted, charge.windowStartMs);
      const seen = this.#seen.get(counter) ?? [];
      // Windows that begin together may end at several times; a handful at most.
      if (!seen.some(({ windowEndMs }) => windowEndMs === charge.windowEndMs))
        this.#seen.set(counter, [...seen, charge]);
      this.#look(charge, configurations, atMs);
    }
  }

  sawConfiguration(configurations: readonly InForce[], atMs: number): void {
    for (const charge of [...this.#seen.values()].flat()) this.#look(charge, configurations, atMs);
  }

  /** Ids without the team in front. */
  compare(found: readonly string[], configurations: readonly InForce[], atMs: number): void {
    this.sawConfiguration(configurations, atMs);
    const stored = new Set(found);
    must(stored.size === found.length, () => 'a threshold is told twice');
    for (const id of this.#due.keys()) must(stored.has(id), () => `the threshold ${id} was never told`);
    for (const id of stored) must(this.#possible.has(id), () => `the threshold ${id} was never reached`);
  }

  #look(charge: Charge, configurations: readonly InForce[], atMs: number): void {
    const last = configurations.at(-1);
    for (const inForce of configurations.slice(-2)) {
      const budget = inForce.config.budgets.find(({ id }) => id === charge.budget);
      if (budget === undefined) continue;
      const isDue = inForce === last && isCurrent(budget, charge, inForce, atMs);
      this.#lookAt(budget, charge, inForce, atMs, isDue);
    }
  }

  #lookAt(budget: Budget, charge: Charge, inForce: InForce, atMs: number, isDue: boolean): void {
    const counter = counterOf(charge.budget, charge.counted, charge.windowStartMs);
    const settled = this.#ledger.totalOf(counter).settled[budget.unit];
    const own = { startMs: charge.windowStartMs, endMs: charge.windowEndMs };
    const current = windowOf(inForce, budget.period, atMs);
    const window = current.startMs === own.startMs ? current : own;
    const allowed = allowedIn(this.#ledger, inForce, { budget, counted: charge.counted }, window);
    for (const percent of budget.thresholds) {
      const id = `${counter}|${budget.countsSinceMs}|${budget.limitVersion}|${percent}`;
      if (settled >= amountAt(allowed, percent)) this.#reached(id, percent, isDue);
      // What is carried over may have shrunk meanwhile, or have grown before it was looked at.
      else if (settled >= amountAt(limitIn(budget, window), percent)) this.#possible.add(id);
    }
  }

  #reached(id: string, percent: number, isDue: boolean): void {
    this.#possible.add(id);
    if (!isDue || this.#due.has(id)) return;
    // A threshold below one that was told already has no news.
    const stem = id.slice(0, id.lastIndexOf('|') + 1);
    for (const [other, due] of this.#due) if (other.startsWith(stem) && due.percent > percent) return;
    this.#due.set(id, { percent });
    this.#ledger.later(() => void this.#due.delete(id));
  }
}

function isCurrent(budget: Budget, charge: Charge, inForce: InForce, atMs: number): boolean {
  const { scope } = budget;
  const isCounted =
    scope.kind === 'each_member' ? charge.counted.startsWith('each_member:') : countedOf(budget) === charge.counted;
  const window = windowOf(inForce, budget.period, atMs);
  return isCounted && window.startMs === charge.windowStartMs;
}

function countedOf({ scope }: Budget): string {
  return 'id' in scope ? `${scope.kind}:${scope.id}` : scope.kind;
}

/** What must be settled for a threshold: rounded up, at least something. */
function amountAt(allowed: bigint, percent: number): bigint {
  const hundredfold = allowed * BigInt(percent);
  const amount = hundredfold % 100n === 0n ? hundredfold / 100n : hundredfold / 100n + 1n;
  return amount < 1n ? 1n : amount;
}
