// A call made ready for each target that may get it, in the order of trying: as it would be sent there, and what it may
// take of the budgets.

import { NO_AMOUNTS } from '../../schema/amounts.ts';
import type { Failure } from '../../schema/failure.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import { hiddenTokens } from '../pricing/partial-bill.ts';
import { planCall } from '../pricing/plan.ts';
import type { Contender } from '../pricing/shared-hold.ts';
import { orderOfTrying } from '../routing/choice.ts';
import { conversationOf } from '../routing/conversation.ts';
import { MAX_ATTEMPTS } from '../routing/retry.ts';

import type { Caller, Gate, Inbound, Route } from './gate.ts';
import { type Rendition, renderFor, stopsWhenCut, type Understood } from './rendition.ts';

/** A candidate with the call as it would get it. */
export interface Prepared extends Contender {
  readonly rendition: Rendition;
}

export type PreparedCandidates = readonly [Prepared, ...Prepared[]];

export interface Preparation {
  readonly route: Route;
  readonly caller: Caller;
  readonly understood: Understood;
}

/** At most as many as there may be attempts. A target that cannot carry the call is left out while others can. */
export function prepareCandidates(
  gate: Gate,
  inbound: Inbound,
  { route, caller, understood }: Preparation,
): Result<PreparedCandidates, Failure> {
  const [only, ...others] = route.candidates;
  if (others.length === 0) {
    const rendition = renderFor(only, inbound, understood);
    return rendition.ok ? succeed([onItsOwn(rendition.value)]) : rendition;
  }
  const nowMs = gate.now();
  const conversation = conversationWith(caller, inbound, understood);
  const ordered = orderOfTrying(route.candidates, conversation, (id) => gate.health.stateOf(id, nowMs));
  const prepared: Prepared[] = [];
  let refusal: Failure | null = null;
  for (const target of ordered) {
    if (prepared.length === MAX_ATTEMPTS) break;
    const rendition = renderFor(target, inbound, understood);
    if (rendition.ok) prepared.push(besideOthers(gate, rendition.value));
    else refusal ??= rendition.failure;
  }
  const [first, ...rest] = prepared;
  if (first === undefined) return fail(refusal ?? { reason: 'internal' });
  return succeed([first, ...rest]);
}

/** The same text for all calls of a conversation, and another for any other one of the company. */
export function conversationWith({ team, digest }: Caller, inbound: Inbound, { call }: Understood): string {
  return `${team}\n${digest}\n${conversationOf(inbound.headers, call.body)}`;
}

/** The same candidates with what their providers counted, each its own; null where one did not. */
export function planCounted(
  gate: Gate,
  candidates: PreparedCandidates,
  counts: readonly (number | null)[],
): PreparedCandidates {
  const [first, ...others] = candidates;
  const [count = null] = counts;
  if (others.length === 0) return [onItsOwn(first.rendition, count)];
  const rest = others.map(({ rendition }, place) => besideOthers(gate, rendition, counts[place + 1]));
  return [besideOthers(gate, first.rendition, count), ...rest];
}

function onItsOwn(rendition: Rendition, count: number | null = null): Prepared {
  return { rendition, plan: planCall(rendition.call, rendition.target, count), givenUp: NO_AMOUNTS };
}

/** Deadlines are looked at once a second. */
const LATE_MS = 1_000;

function besideOthers(gate: Gate, rendition: Rendition, count: number | null = null): Prepared {
  const { call, target } = rendition;
  const plan = planCall(call, target, count);
  const silentMs = (target.firstByteTimeoutMs ?? gate.settings.firstByteTimeoutMs) + LATE_MS;
  const givenUp = stopsWhenCut(rendition) ? plan.boundWithin(hiddenTokens(silentMs)) : plan.ceiling;
  return { rendition, plan, givenUp };
}
