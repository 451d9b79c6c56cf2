// The record of a budget that reached one of its thresholds. Delivered to D1 like usage events: at least once, stored once.

import type { Unit } from './amounts.ts';
import type { BudgetId, TeamId, UserId } from './ids.ts';

/** One row of D1's `threshold_events`. The id follows from what it tells, so that a repeated one is the same row. */
export interface ThresholdEvent {
  readonly id: string;
  /** When settled spend reached the threshold, in milliseconds since 1970. */
  readonly atMs: number;
  readonly team: TeamId;
  readonly budget: BudgetId;
  /** Whose share of a budget of `each_member`. */
  readonly subject: UserId | null;
  readonly unit: Unit;
  /** Percent of the limit. */
  readonly threshold: number;
  /** In the budget's unit, as it was in force in this window. */
  readonly limit: number;
  readonly limitVersion: number;
  readonly settled: number;
  readonly windowStartMs: number;
  readonly windowEndMs: number | null;
}
