// The admission, and a second look at a call that its bytes alone made too dear: where the provider counts tokens for
// nothing, the ledger is asked once more with the true number. A call that fits is never counted.

import type { Failure } from '../../schema/failure.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import { type Plan, planCall } from '../pricing/plan.ts';
import { requestHeaders } from '../providers/upstream-headers.ts';
import { admitCall, type Candidacy } from './admit.ts';
import type { Admission } from './forward.ts';
import type { Gate, Inbound } from './gate.ts';
import type { Rendition } from './rendition.ts';

/** A client waits for it before it hears that its call is refused. */
const COUNT_TIMEOUT_MS = 3_000;

export interface Admitted {
  readonly admission: Admission;
  /** The one that was admitted. */
  readonly plan: Plan;
}

/** The ledger keeps nothing of a refusal, so the second question is the first one of its call that it knows of. */
export async function admitCounted(
  gate: Gate,
  inbound: Inbound,
  candidacy: Omit<Candidacy, 'ask' | 'call' | 'target'>,
  rendition: Rendition,
): Promise<Result<Admitted, Failure>> {
  const { call, target } = rendition;
  const ask = async (plan: Plan): Promise<Result<Admitted, Failure>> => {
    const admitted = await admitCall(gate, inbound, { ...candidacy, call, target, ask: plan.ask });
    return admitted.ok ? succeed({ admission: admitted.value, plan }) : admitted;
  };
  const first = await ask(planCall(call, target));
  if (first.ok || !mayFit(first.failure, rendition)) return first;
  const counted = await countInput(gate, inbound, rendition);
  return counted === null ? fail(first.failure) : ask(planCall(call, target, counted));
}

/** Whether a count could turn the refusal: the budget has room for the call, were its input nothing. */
function mayFit(refusal: Failure, { call, target }: Rendition): boolean {
  if (refusal.reason !== 'exhausted' && refusal.reason !== 'too_expensive') return false;
  if (target.provider.countInput === undefined || call.input.countable !== true) return false;
  const { unit, remaining, held } = refusal.budget;
  const { ask } = planCall(call, target, 0);
  const least = ask.elastic ? ask.least : ask.most;
  return unit !== 'requests' && least[unit] <= remaining + held;
}

/** Null where the provider does not say, or not in time. */
async function countInput(gate: Gate, inbound: Inbound, { call, dialect, target }: Rendition): Promise<number | null> {
  const controller = new AbortController();
  const inTime = gate.deadlines.after(COUNT_TIMEOUT_MS, () => controller.abort());
  const stay = inbound.client.onLeave(() => controller.abort());
  try {
    const count = await target.provider.countInput?.({
      dialect: dialect.name,
      address: call.address,
      upstreamModel: target.upstreamModel,
      headers: requestHeaders(inbound.headers),
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
