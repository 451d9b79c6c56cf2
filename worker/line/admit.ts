// The one question to the ledger before a call: who is this, may they, is there room? A call whose client leaves while
// it waits for the answer is withdrawn. Whatever comes of it, no hold is left that nobody will end.

import type { Failure } from '../../schema/failure.ts';
import type { CallId } from '../../schema/ids.ts';
import type { AdmitInput, AdmitReply, LedgerUnavailable, TurnedAway } from '../../schema/ledger.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import { HOLD_MARGIN_MS } from '../../schema/settings.ts';
import type { CallEnding } from '../../schema/usage-event.ts';
import { NO_USAGE } from '../../schema/usage.ts';
import { sourceOf } from '../callers/source.ts';
import type { ParsedCall } from '../dialects/dialect.ts';
import type { Way } from '../routing/steer.ts';

import type { Admission } from './forward.ts';
import type { Caller, Gate, Inbound, Target } from './gate.ts';
import { tellLater } from './tell-later.ts';
import { unknownReply } from './unknown-reply.ts';

/** A call that may be made, if the ledger says so. */
export interface Candidacy {
  readonly callId: CallId;
  readonly caller: Caller;
  readonly call: ParsedCall;
  readonly target: Target;
  /** The model that the call names. */
  readonly askedModel: string;
  /** How the target came to be the one. */
  readonly way: Way;
  readonly ask: AdmitInput['ask'];
  readonly startedAtMs: number;
}

export async function admitCall(
  gate: Gate,
  inbound: Inbound,
  candidacy: Candidacy,
): Promise<Result<Admission, Failure | TurnedAway>> {
  const { client } = inbound;
  if (client.hasLeft) return fail({ reason: 'client_gone' });
  const asked = gate.ledger.admit(candidacy.caller.team, askOf(gate, inbound, candidacy));
  const stay = client.onLeave(() => gate.keepAlive(withdrawCall(gate, candidacy, asked)));
  const reply = await asked;
  stay();
  if (client.hasLeft) return fail({ reason: 'client_gone' });
  if (!reply.ok) {
    gate.keepAlive(giveBack(gate, candidacy, endingOf('upstream_failed', 503)));
    return reply;
  }
  return understand(gate, inbound, candidacy, reply.value);
}

function askOf(gate: Gate, inbound: Inbound, candidacy: Candidacy): AdmitInput {
  const { callId, caller, call, target, askedModel, way, ask } = candidacy;
  const source = sourceOf(inbound.headers);
  return {
    callId,
    keyDigest: caller.digest,
    ...(source !== null && { source }),
    ask,
    lifetimeMs: gate.settings.callDeadlineMs + HOLD_MARGIN_MS,
    patienceMs: gate.settings.contentionWaitMs,
    ...(way.needs !== null && { needs: way.needs }),
    ...(way.mayShift && { mayShift: true }),
    facts: {
      model: target.model,
      provider: target.provider.name,
      upstreamModel: target.upstreamModel,
      dialect: inbound.dialect,
      stream: call.stream,
      priceVersion: target.price.version,
      ...(target.model !== askedModel && { askedModel }),
      ...(way.told !== null && { steering: way.told.kind }),
    },
  };
}

function understand(
  gate: Gate,
  inbound: Inbound,
  candidacy: Candidacy,
  reply: AdmitReply,
): Result<Admission, Failure | TurnedAway> {
  switch (reply.outcome) {
    case 'admitted':
    case 'already_admitted':
      return succeed(reply);
    case 'admission_conflict':
      // The call's own earlier question was granted, and its key is gone since.
      gate.keepAlive(giveBack(gate, candidacy, endingOf('upstream_failed', 500)));
      return fail({ reason: 'internal' });
    case 'refused':
      return refusalOf(reply, inbound, candidacy);
    default:
      reply satisfies never;
      gate.keepAlive(giveBack(gate, candidacy, endingOf('upstream_failed', 503)));
      return unknownReply(reply, subjectOf(candidacy));
  }
}

type AdmitRefusal = Extract<AdmitReply, { readonly outcome: 'refused' }>;

function refusalOf(
  reply: AdmitRefusal,
  { headers }: Inbound,
  candidacy: Candidacy,
): Result<never, Failure | TurnedAway> {
  switch (reply.reason) {
    case 'unknown_key':
    case 'revoked_key':
    case 'expired_key':
      return fail({ reason: 'invalid_key' });
    case 'source_not_allowed':
      return fail({ reason: 'source_not_allowed', source: sourceOf(headers) });
    case 'model_not_allowed':
    case 'approval_required': {
      const { model } = candidacy.target;
      return fail({ reason: reply.reason, model, ...(reply.scope !== undefined && { scope: reply.scope }) });
    }
    case 'pin_not_allowed':
    case 'grant_needed':
    case 'downshift':
    case 'suspended':
    case 'rate_limited':
    case 'concurrency_exceeded':
    case 'exhausted':
    case 'contended':
    case 'too_expensive':
      return fail(reply);
    default:
      reply satisfies never;
      return unknownReply(reply, subjectOf(candidacy));
  }
}

/**
 * Takes a call out of the ledger's queue, or gives its hold back. The word may overtake the question, and a question
 * whose answer was lost may have been granted: where the answer leaves a hold possible, the word is said once more.
 */
async function withdrawCall(
  gate: Gate,
  candidacy: Candidacy,
  asked: Promise<Result<AdmitReply, LedgerUnavailable>>,
): Promise<void> {
  const ending = endingOf('client_gone', 499, gate.now() - candidacy.startedAtMs);
  await giveBack(gate, candidacy, ending);
  const reply = await asked;
  const surelyNoHold = reply.ok && (reply.value.outcome === 'refused' || reply.value.outcome === 'admission_conflict');
  if (!surelyNoHold) await giveBack(gate, candidacy, ending);
}

/** Tells the ledger that the call was not made; later again, if it does not hear it now. */
async function giveBack({ ledger }: Gate, { callId, caller }: Candidacy, ending: CallEnding): Promise<void> {
  const tell = async () => (await ledger.release(caller.team, { callId, ending })).ok;
  if (!(await tell())) await tellLater(tell);
}

/** The end of a call that was not sent to a provider. */
function endingOf(outcome: 'client_gone' | 'upstream_failed', status: number, latencyMs = 0): CallEnding {
  return { outcome, status, usage: NO_USAGE, estimated: false, latencyMs, ttfbMs: null };
}

function subjectOf({ caller, callId }: Candidacy) {
  return { team: caller.team, requestId: callId };
}
