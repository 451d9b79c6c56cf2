// The admission, and a second look at a call that its bytes alone made too dear: where the provider counts tokens for
// nothing, the ledger is asked once more with the true number. A call that fits is never counted.

import type { Failure } from '../../schema/failure.ts';
import type { TurnedAway } from '../../schema/ledger.ts';
import { type Result, succeed } from '../../schema/result.ts';
import { planCall } from '../pricing/plan.ts';
import { sharedAsk } from '../pricing/shared-hold.ts';
import { admitCall, type Candidacy } from './admit.ts';
import type { Admission } from './forward.ts';
import type { Gate, Inbound } from './gate.ts';
import { planCounted, type PreparedCandidates } from './preparation.ts';
import { headersFor, type Rendition } from './rendition.ts';

/** A client waits for it before it hears that its call is refused. */
const COUNT_TIMEOUT_MS = 3_000;

export interface Admitted {
  readonly admission: Admission;
  /** With the plans that were admitted. */
  readonly candidates: PreparedCandidates;
}

/** The ledger keeps nothing of a refusal, so the second question is the first one of its call that it knows of. */
export async function admitCounted(
  gate: Gate,
  inbound: Inbound,
  candidacy: Omit<Candidacy, 'ask' | 'call' | 'target'>,
  prepared: PreparedCandidates,
): Promise<Result<Admitted, Failure | TurnedAway>> {
  const ask = async (candidates: PreparedCandidates): Promise<Result<Admitted, Failure | TurnedAway>> => {
    const { call, target } = candidates[0].rendition;
    const admitted = await admitCall(gate, inbound, { ...candidacy, call, target, ask: sharedAsk(candidates) });
    return admitted.ok ? succeed({ admission: admitted.value, candidates }) : admitted;
  };
  const first = await ask(prepared);
  if (first.ok) return first;
  const { failure } = first;
  // Each provider counts by its own tokenizer, so a count is good for its own target alone.
  const counts = await Promise.all(
    prepared.map(async ({ rendition }) => (mayFit(failure, rendition) ? countInput(gate, inbound, rendition) : null)),
  );
  return counts.every((count) => count === null) ? first : ask(planCounted(gate, prepared, counts));
}

/** Whether a count could turn the refusal: the budget has room for the call at this target, were its input nothing. */
function mayFit(refusal: Failure | TurnedAway, { call, target }: Rendition): boolean {
  if (refusal.reason !== 'exhausted' && refusal.reason !== 'too_expensive') return false;
  if (target.provider.countInput === undefined || call.input.countable !== true) return false;
  const { unit, remaining, held } = refusal.budget;
  const { ask } = planCall(call, target, 0);
  const least = ask.elastic ? ask.least : ask.most;
  return unit !== 'requests' && least[unit] <= remaining + held;
}

/** Null where the provider does not say, or not in time. */
async function countInput(gate: Gate, inbound: Inbound, rendition: Rendition): Promise<number | null> {
  const { call, dialect, target } = rendition;
  const controller = new AbortController();
  const inTime = gate.deadlines.after(COUNT_TIMEOUT_MS, () => controller.abort());
  const stay = inbound.client.onLeave(() => controller.abort());
  try {
    const count = await target.provider.countInput?.({
      dialect: dialect.name,
      address: call.address,
      upstreamModel: target.upstreamModel,
      headers: headersFor(rendition, inbound.headers),
      body: call.body,
      signal: controller.signal,
    });
    return count ?? null;
  } catch {
    // Whatever went wrong, the refusal stands as it was.
    return null;
  } finally {
    inTime();
    stay();
  }
}
