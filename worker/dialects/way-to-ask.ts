// Where waiting and another model do not help: the request for more that whoever was refused may send, filled in but for
// the reason, and the page on which a person can. See POST /me/requests.

import type { Failure } from '../../schema/failure.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { BudgetState, RateState } from '../../schema/ledger.ts';
import { dollarsFromMicros, MAX_MICROS, micros } from '../../schema/micros.ts';
import type { Party, Rate } from '../../schema/team-config.ts';

type Ask =
  | { readonly kind: 'model_access'; readonly models: readonly string[] }
  | { readonly kind: 'budget_increase'; readonly budget: string; readonly amount: string | number }
  | {
      readonly kind: 'rate_increase';
      readonly rate: Rate;
      readonly scope: Party['kind'];
      readonly amount: number;
    };

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
  if (failure.reason === 'approval_required' || failure.reason === 'phased_out') {
    return { kind: 'model_access', models: [failure.model] };
  }
  // What the next minute cures needs no approval.
  if ('rate' in failure) return failure.retryAfterMs === null ? askForRate(failure.rate, failure.estimate) : null;
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

/** A rate has to rise to what the call asks of it; nobody knows how many calls there will be at once. */
function askForRate({ party, kind, limit }: RateState, estimate: number): Ask {
  const amount = Math.min(Math.max(1, estimate - limit, shareOf(limit)), MAX_MICROS);
  return { kind: 'rate_increase', rate: kind, scope: party.kind, amount };
}

function shareOf(limit: number): number {
  return Math.ceil((limit / 100) * PROPOSED_PERCENT);
}

function proposedAmount({ unit, limit }: BudgetState, estimate: number): string | number {
  const amount = Math.max(1, estimate, shareOf(limit));
  if (unit !== 'usd') return Math.min(amount, MAX_MICROS);
  return dollarsFromMicros(micros(Math.min(Math.ceil(amount / MICROS_PER_CENT) * MICROS_PER_CENT, MAX_MICROS)));
}
