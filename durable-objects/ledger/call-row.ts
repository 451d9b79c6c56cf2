// One call as the ledger keeps it: its hold, then its ending. Types only, and what a call adds to a budget.

import { type Amounts, NO_AMOUNTS } from '../../schema/amounts.ts';
import type { BudgetId, CallId, KeyId, UserId } from '../../schema/ids.ts';
import type { CallEnding, CallFacts } from '../../schema/usage-event.ts';

/** One counter a call weighs on: a budget, the window that admitted the call, and whose calls are counted. */
export interface Charge {
  readonly budget: BudgetId;
  /** The scope and its subject, such as "team" or "each_member:ada": a budget that changes its scope counts anew. */
  readonly counted: string;
  readonly windowStartMs: number;
  readonly windowEndMs: number | null;
}

interface AdmittedCall {
  readonly id: CallId;
  readonly key: KeyId;
  readonly member: UserId;
  readonly facts: CallFacts;
  readonly admittedAtMs: number;
  readonly expiresAtMs: number;
  /** What was asked for at most; with the key it tells a repeated admission from a conflicting one. */
  readonly asked: Amounts;
  readonly held: Amounts;
  readonly charges: readonly Charge[];
  readonly overBudgets: readonly BudgetId[];
}

export interface OpenCall extends AdmittedCall {
  readonly state: 'held';
}

export interface EndedCall extends AdmittedCall {
  readonly state: 'settled' | 'released' | 'expired';
  readonly settled: Amounts;
  readonly ending: CallEnding;
  readonly endedAtMs: number;
  /** 0, or 1 after a late correction of an expired call. */
  readonly revision: number;
  /** What the ending before this one charged; nothing for the first. */
  readonly replaced: Amounts;
}

export type CallRow = OpenCall | EndedCall;

/** What a call adds to each counter it is charged to. The totals of a ledger are the sum of these and nothing else. */
export interface Weight {
  readonly held: Amounts;
  readonly settled: Amounts;
}

export function weightOf(row: CallRow): Weight {
  return row.state === 'held' ? { held: row.held, settled: NO_AMOUNTS } : { held: NO_AMOUNTS, settled: row.settled };
}

const keys = new WeakMap<object, string>();

/** Names a charge's counter. Charges are shared by calls, so each is spelled once. */
export function counterKey(charge: Omit<Charge, 'windowEndMs'>): string {
  const known = keys.get(charge);
  if (known !== undefined) return known;
  const key = `${charge.budget}|${charge.windowStartMs}|${charge.counted}`;
  keys.set(charge, key);
  return key;
}
