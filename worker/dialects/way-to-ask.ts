// Where waiting and another model do not help: the request for more that whoever was refused may send, filled in but for
// the reason. See POST /me/requests.

import type { Failure } from '../../schema/failure.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { BudgetState } from '../../schema/ledger.ts';
import { dollarsFromMicros, MAX_MICROS, micros } from '../../schema/micros.ts';

/** What is proposed: this much of the limit, or what the call needs if that is more. */
const PROPOSED_PERCENT = 20;
const MICROS_PER_CENT = 10_000;

/** Null where an approval would not help. */
export function wayToAsk(failure: Failure): JsonObject | null {
  if (failure.reason === 'approval_required') return asking({ kind: 'model_access', models: [failure.model] });
  if (failure.reason !== 'exhausted' && failure.reason !== 'too_expensive') return null;
  const { budget, estimate } = failure;
  return asking({ kind: 'budget_increase', budget: budget.id, amount: proposedAmount(budget, estimate) });
}

function asking(body: JsonObject): JsonObject {
  return { method: 'POST', path: '/me/requests', body: { ...body, reason: '' } };
}

function proposedAmount({ unit, limit }: BudgetState, estimate: number): string | number {
  const amount = Math.max(1, estimate, Math.ceil((limit / 100) * PROPOSED_PERCENT));
  if (unit !== 'usd') return Math.min(amount, MAX_MICROS);
  return dollarsFromMicros(micros(Math.min(Math.ceil(amount / MICROS_PER_CENT) * MICROS_PER_CENT, MAX_MICROS)));
}
