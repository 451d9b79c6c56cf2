// What every answer tells about itself: request id, what served it, and the tightest budget.

import type { Amounts } from '../../schema/amounts.ts';
import type { BudgetState } from '../../schema/ledger.ts';
import { dollarsFromMicros, micros } from '../../schema/micros.ts';
import type { Attempt } from '../../schema/usage-event.ts';
import type { Told } from '../routing/steer.ts';
import type { Target } from './gate.ts';

export const REQUEST_ID = 'x-headgate-request-id';
const COST = 'x-headgate-cost-usd';

export function describeTarget(headers: Headers, target: Target): void {
  headers.set('x-headgate-model', target.model);
  headers.set('x-headgate-provider', target.provider.name);
}

const MAX_NOTICE_LENGTH = 300;

/** Why this model served a call that names that one. */
export function describeSteering(headers: Headers, askedModel: string, { kind, reason, notice }: Told): void {
  headers.set('x-headgate-asked-model', printable(askedModel));
  headers.set('x-headgate-steering', `${kind}; reason=${printable(reason)}`);
  if (notice !== null) headers.set('x-headgate-notice', printable(notice));
}

/** A name that a client made up may have any characters and any length; a header may not. */
function printable(text: string): string {
  return text.slice(0, MAX_NOTICE_LENGTH).replaceAll(/[^ -~]/g, '?');
}

/** All attempts in order, the last one included, where it took more than one. */
export function describeAttempts(
  headers: Headers,
  tried: readonly Attempt[],
  { provider, upstreamModel }: Target,
  result: string,
): void {
  const attempts = [...tried, { provider: provider.name, upstreamModel, result }];
  headers.set(
    'x-headgate-attempts',
    // Upstream names may have any characters; a header may not.
    attempts.map((each) => `${each.provider}/${encodeURI(each.upstreamModel)} ${each.result}`).join(', '),
  );
}

/** The budget as it stands with this call's hold. */
export function describeBudget(headers: Headers, budget: BudgetState): void {
  headers.set('x-headgate-budget', budget.id);
  headers.set('x-headgate-budget-limit', inUnit(budget, budget.limit));
  headers.set('x-headgate-budget-remaining', inUnit(budget, budget.remaining));
  if (budget.window.endMs !== null) {
    headers.set('x-headgate-budget-resets', new Date(budget.window.endMs).toISOString());
  }
}

/** What the call cost, and the budget as it stands once the hold has become that. */
export function describeSettlement(
  headers: Headers,
  { budget, held, settled }: { readonly budget: BudgetState | null; readonly held: Amounts; readonly settled: Amounts },
): void {
  headers.set(COST, dollarsFromMicros(settled.usd));
  if (budget === null) return;
  const { unit, remaining } = budget;
  describeBudget(headers, { ...budget, remaining: remaining + held[unit] - settled[unit] });
}

function inUnit({ unit }: BudgetState, amount: number): string {
  return unit === 'usd' ? dollarsFromMicros(micros(amount)) : String(amount);
}
