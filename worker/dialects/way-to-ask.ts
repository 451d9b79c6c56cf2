// Where waiting and another model do not help: the request for more that whoever was refused may send, filled in but for
// the reason, and the page on which a person can. See POST /me/requests.

import type { Failure } from '../../schema/failure.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { BudgetState } from '../../schema/ledger.ts';
import { dollarsFromMicros, MAX_MICROS, micros } from '../../schema/micros.ts';

type Ask =
  | { readonly kind: 'model_access'; readonly models: readonly string[] }
  | { readonly kind: 'budget_increase'; readonly budget: string; readonly amount: string | number };

/** What is proposed: this much of the limit, or what the call needs if that is more. */
const PROPOSED_PERCENT = 20;
const MICROS_PER_CENT = 10_000;

/** Null where an approval would not help. */
export function wayToAsk(failure: Failure): JsonObject | null {
  const ask = askFor(failure);
  if (ask === null) return null;
  const page = pageOf(failure, ask);
  return { method: 'POST', path: '/me/requests', body: { ...ask, reason: '' }, ...(page !== null && { page }) };
}

/** The page, filled in; null where an approval would not help, or where nobody has said where the gateway is. */
export function pageToAsk(failure: Failure): string | null {
  const ask = askFor(failure);
  return ask === null ? null : pageOf(failure, ask);
}

/** The same failure, which then knows where more can be asked for. */
export function seenAt(failure: Failure, gateway: () => string): Failure {
  return askFor(failure) === null ? failure : Object.assign({ gateway: gateway() }, failure);
}

function askFor(failure: Failure): Ask | null {
  if (failure.reason === 'approval_required') return { kind: 'model_access', models: [failure.model] };
  if (failure.reason !== 'exhausted' && failure.reason !== 'too_expensive') return null;
  const { budget, estimate } = failure;
  return { kind: 'budget_increase', budget: budget.id, amount: proposedAmount(budget, estimate) };
}

/** Behind the "#", which no server and no log sees. */
function pageOf(failure: Failure, ask: Ask): string | null {
  if (!('gateway' in failure) || failure.gateway === undefined) return null;
  const fields = Object.entries(ask).map(([name, value]) => [name, String(value)]);
  return `${failure.gateway}/ask#${new URLSearchParams(fields).toString()}`;
}

function proposedAmount({ unit, limit }: BudgetState, estimate: number): string | number {
  const amount = Math.max(1, estimate, Math.ceil((limit / 100) * PROPOSED_PERCENT));
  if (unit !== 'usd') return Math.min(amount, MAX_MICROS);
  return dollarsFromMicros(micros(Math.min(Math.ceil(amount / MICROS_PER_CENT) * MICROS_PER_CENT, MAX_MICROS)));
}
