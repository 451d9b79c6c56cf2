// A call finds its way in: which model serves it, and whether the ledger lets it. Most calls have one way, the model that
// they name, and are asked for once. Where a phase-out, a pin or a budget has a say there are more, and the first that is
// open is gone.

import type { Failure } from '../../schema/failure.ts';
import type { CallId } from '../../schema/ids.ts';
import type { TurnedAway } from '../../schema/ledger.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { PhaseOut } from '../../schema/steering.ts';
import { asksForStructure } from '../dialects/structured-output.ts';
import { type Needs, needsOf, type Offer } from '../routing/needs.ts';
import { asAsked, because, blockedBy, shifted, steer, type Told, type Way, type Ways } from '../routing/steer.ts';
import { admitCounted, type Admitted } from './admit-counted.ts';
import { tellMember } from './entry.ts';
import type { Caller, Found, Gate, Inbound } from './gate.ts';
import { offerOf } from './offer.ts';
import { conversationWith, prepareCandidates } from './preparation.ts';
import type { Understood } from './rendition.ts';

/** With it a caller says to be served by the model that the call names. */
const PIN = 'x-headgate-pin';

/** A call that has been understood and waits to be let in. */
export interface Asking {
  readonly callId: CallId;
  readonly caller: Caller;
  readonly understood: Understood;
  readonly startedAtMs: number;
}

export interface LetIn extends Admitted {
  readonly isRetried: boolean;
  /** What its client is told of the way; null where nothing steered it. */
  readonly told: Told | null;
}

export async function letIn(gate: Gate, inbound: Inbound, asking: Asking): Promise<Result<LetIn, Failure>> {
  const asked = asking.understood.call.model;
  const found = await gate.find(asked);
  const isPinned = inbound.headers.get(PIN) === 'true';
  const ways =
    found.phaseOut === null && !isPinned ? asAsked(asked) : await steeredWays(gate, inbound, asking, found, isPinned);
  const [first, ...others] = ways;
  let way = first;
  let left: readonly Way[] = others;
  for (;;) {
    const came = await goBy(gate, inbound, asking, way, way.model === asked ? found : await gate.find(way.model));
    if (came.ok) return came;
    const { failure } = came;
    if (failure.reason === 'downshift') {
      // Of the ways that follow none may be turned away again.
      [way, ...left] = await shiftedWays(gate, asking, failure, way);
      continue;
    }
    const [next, ...rest] = left;
    if (next === undefined || !leadsOn(way, asked, failure)) {
      return fail(refusalOf(asked, found.phaseOut, failure, gate.now()));
    }
    way = because(next, asked, { to: way.model, reason: failure.reason });
    left = rest;
  }
}

async function goBy(
  gate: Gate,
  inbound: Inbound,
  { callId, caller, understood, startedAtMs }: Asking,
  way: Way,
  { route }: Found,
): Promise<Result<LetIn, Failure | TurnedAway>> {
  if (!route.ok) return tellMember(gate, inbound, caller, route);
  const prepared = prepareCandidates(gate, inbound, { route: route.value, caller, understood });
  if (!prepared.ok) return tellMember(gate, inbound, caller, prepared);
  const candidacy = { callId, caller, startedAtMs, askedModel: understood.call.model, way };
  const admitted = await admitCounted(gate, inbound, candidacy, prepared.value);
  return admitted.ok ? succeed({ ...admitted.value, isRetried: route.value.isRetried, told: way.told }) : admitted;
}

async function steeredWays(
  gate: Gate,
  inbound: Inbound,
  { caller, understood }: Asking,
  { phaseOut }: Found,
  wantsPin: boolean,
): Promise<Ways> {
  return steer({
    asked: understood.call.model,
    phaseOut,
    wantsPin,
    conversation: conversationWith(caller, inbound, understood),
    needs: needsOfCall(understood),
    target: phaseOut === null ? null : await offerAt(gate, phaseOut.to),
    nowMs: gate.now(),
  });
}

async function shiftedWays(
  gate: Gate,
  { understood }: Asking,
  { to, by }: Extract<TurnedAway, { readonly reason: 'downshift' }>,
  way: Way,
): Promise<Ways> {
  const call = {
    asked: understood.call.model,
    needs: needsOfCall(understood),
    target: await offerAt(gate, to),
  };
  return shifted(call, { to, budget: by.id, usedPercent: by.usedPercent }, way);
}

function needsOfCall({ call }: Understood): Needs {
  return needsOf(call, asksForStructure(call.body));
}

/** Null where the model cannot be called. */
async function offerAt(gate: Gate, model: string): Promise<Offer | null> {
  const { route } = await gate.find(model);
  return route.ok ? offerOf(route.value, gate.now()) : null;
}

/** Of another model than the one that was asked for, these close the way alone, not the call. */
const CLOSED_ELSEWHERE: ReadonlySet<string> = new Set<Failure['reason']>([
  'bad_request',
  'dialect_unsupported',
  'model_not_found',
  'provider_missing',
  'price_unknown',
  'model_not_allowed',
  'approval_required',
  'exhausted',
  'too_expensive',
]);

function leadsOn({ model }: Way, asked: string, { reason }: Failure | TurnedAway): boolean {
  return reason === 'pin_not_allowed' || (model !== asked && CLOSED_ELSEWHERE.has(reason));
}

/** What the client is told when no way is left. */
function refusalOf(asked: string, phaseOut: PhaseOut | null, failure: Failure | TurnedAway, nowMs: number): Failure {
  if (!isTurnedAway(failure)) return failure;
  // Every way that can end otherwise has another one behind it.
  if (failure.reason !== 'grant_needed' || phaseOut === null) return { reason: 'internal' };
  return blockedBy(phaseOut, asked, nowMs);
}

function isTurnedAway(failure: Failure | TurnedAway): failure is TurnedAway {
  const { reason } = failure;
  return reason === 'grant_needed' || reason === 'pin_not_allowed' || reason === 'downshift';
}
