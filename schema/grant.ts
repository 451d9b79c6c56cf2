// A temporary addition to what a team's record allows: more of a budget, a model that awaits approval, or a higher rate. It
// comes from an approved request or from an admin, begins and ends by the clock, and is part of what a team's object is told.

import type { Unit } from './amounts.ts';
import type { BudgetId, GrantId, UserId } from './ids.ts';
import type { Party, Rate } from './team-config.ts';

/** Half-open, in milliseconds since 1970. */
interface Lifetime {
  readonly id: GrantId;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

/** Raises the limit of each window by `amount` while it is in force; nothing for a budget that counts in another unit now. */
export interface BudgetGrant extends Lifetime {
  readonly kind: 'budget_increase';
  readonly budget: BudgetId;
  /** Whose share it adds to, for a budget of `each_member`; null for any other. */
  readonly subject: UserId | null;
  readonly unit: Unit;
  readonly amount: number;
}

/** Opens models that await approval, or that nothing lists, to one member. What is denied stays denied. */
export interface ModelGrant extends Lifetime {
  readonly kind: 'model_access';
  readonly user: UserId;
  /** Patterns of public model names. */
  readonly models: readonly string[];
}

/** Raises one limit of a party while it is in force; nothing where the party has no such limit. */
export interface RateGrant extends Lifetime {
  readonly kind: 'rate_increase';
  readonly party: Party;
  readonly rate: Rate;
  readonly amount: number;
}

export type Grant = BudgetGrant | ModelGrant | RateGrant;

export function isInForce({ startsAtMs, endsAtMs }: Lifetime, nowMs: number): boolean {
  return startsAtMs <= nowMs && nowMs < endsAtMs;
}
