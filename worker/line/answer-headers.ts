// What every answer tells about itself: request id, what served it, and the tightest budget.

import type { BudgetState } from '../../schema/ledger.ts';
import { dollarsFromMicros, type Micros, micros } from '../../schema/micros.ts';
import type { Target } from './gate.ts';

export const REQUEST_ID = 'x-headgate-request-id';
const COST = 'x-headgate-cost-usd';

export function describeTarget(headers: Headers, target: Target): void {
  headers.set('x-headgate-model', target.model);
  headers.set('x-headgate-provider', target.provider.name);
}

/** The budget as it stands with this call's hold. */
export function describeBudget(headers: Headers, budget: BudgetState | null): void {
  if (budget === null) return;
  headers.set('x-headgate-budget', budget.id);
  headers.set('x-headgate-budget-limit', inUnit(budget, budget.limit));
  headers.set('x-headgate-budget-remaining', inUnit(budget, budget.remaining));
  if (budget.window.endMs !== null) {
    headers.set('x-headgate-budget-resets', new Date(budget.window.endMs).toISOString());
  }
}

export function describeCost(headers: Headers, cost: Micros): void {
  headers.set(COST, dollarsFromMicros(cost));
}

function inUnit({ unit }: BudgetState, amount: number): string {
  return unit === 'usd' ? dollarsFromMicros(micros(amount)) : String(amount);
}
