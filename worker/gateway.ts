// THE LINE: one call from admission to settlement. Each step hands on a result or ends the call; steps do not know each
// other. Everything after the admission ends in exactly one settlement or release.

import { leastOf } from '../schema/amounts.ts';
import type { Failure } from '../schema/failure.ts';
import { type CallId, newCallId } from '../schema/ids.ts';
import type { AdmitInput, AdmitReply } from '../schema/ledger.ts';
import { fail, type Result, succeed } from '../schema/result.ts';
import { HOLD_MARGIN_MS } from '../schema/settings.ts';
import type { CallEnding } from '../schema/usage-event.ts';
import { NO_USAGE } from '../schema/usage.ts';
import type { ParsedCall } from './dialects/dialect.ts';
import { dialects, failureResponse } from './line/dialect-table.ts';
import { type Caller, identifyCaller, readBody, resolveTarget } from './line/entry.ts';
import { type Admission, forward } from './line/forward.ts';
import type { Gate, Inbound, Target } from './line/gate.ts';
import { openSettlement } from './line/settlement.ts';
import { tellLater } from './line/tell-later.ts';
import { planCall } from './pricing/plan.ts';

/** Answers one call. It does not throw for anything that a client, a provider or the ledger can do. */
export async function answerCall(gate: Gate, inbound: Inbound): Promise<Response> {
  const callId = newCallId(gate.now(), gate.randomBytes(16));
  const answer = await passThrough(gate, inbound, callId);
  return answer.ok ? answer.value : failureResponse(inbound.dialect, answer.failure, callId);
}

async function passThrough(gate: Gate, inbound: Inbound, callId: CallId): Promise<Result<Response, Failure>> {
  const startedAtMs = gate.now();
  const dialect = dialects[inbound.dialect];

  const caller = await identifyCaller(inbound);
  if (!caller.ok) return caller;
  const body = await readBody(inbound);
  if (!body.ok) return body;
  const parsed = dialect.parse(body.value.body.json, body.value.bytes);
  if (!parsed.ok) return parsed;
  const call = parsed.value;
  const target = await resolveTarget(gate, inbound, call.model, caller.value);
  if (!target.ok) return target;

  const plan = planCall(call, target.value);
  const admitted = await admit(
    gate,
    { callId, caller: caller.value, call, target: target.value, ask: plan.ask },
    inbound,
  );
  if (!admitted.ok) return admitted;

  const settlement = openSettlement(gate, {
    callId,
    team: caller.value.key.team,
    call,
    target: target.value,
    ceiling: leastOf(admitted.value.held, plan.ceiling),
    startedAtMs,
  });
  return forward({
    gate,
    inbound,
    dialect,
    callId,
    call,
    target: target.value,
    admission: admitted.value,
    body: body.value.body,
    plan,
    settlement,
    controller: new AbortController(),
    startedAtMs,
  });
}

/** The end of a call that was not made, because nobody could say whether it was admitted. */
const NEVER_SENT: CallEnding = {
  outcome: 'upstream_failed',
  status: 503,
  usage: NO_USAGE,
  estimated: false,
  latencyMs: 0,
  ttfbMs: null,
};

interface Candidacy {
  readonly callId: CallId;
  readonly caller: Caller;
  readonly call: ParsedCall;
  readonly target: Target;
  readonly ask: AdmitInput['ask'];
}

async function admit(
  gate: Gate,
  { callId, caller, call, target, ask }: Candidacy,
  inbound: Inbound,
): Promise<Result<Admission, Failure>> {
  const reply = await gate.ledger.admit(caller.key.team, {
    callId,
    keyDigest: caller.digest,
    ask,
    lifetimeMs: gate.settings.callDeadlineMs + HOLD_MARGIN_MS,
    patienceMs: gate.settings.contentionWaitMs,
    facts: {
      model: target.model,
      provider: target.provider.name,
      upstreamModel: target.upstreamModel,
      dialect: inbound.dialect,
      stream: call.stream,
      priceVersion: target.price.version,
    },
  });
  if (!reply.ok) {
    // The admission may have happened all the same, with only its answer lost: then its hold must not be charged.
    const giveBack = async () => (await gate.ledger.release(caller.key.team, { callId, ending: NEVER_SENT })).ok;
    gate.keepAlive(giveBack().then((heard) => (heard ? undefined : tellLater(giveBack))));
    return reply;
  }
  switch (reply.value.outcome) {
    case 'admitted':
    case 'already_admitted':
      return succeed(reply.value);
    case 'admission_conflict':
      return fail({ reason: 'internal' });
    case 'refused':
      return fail(refusal(reply.value, target.model));
  }
}

function refusal(reply: Extract<AdmitReply, { readonly outcome: 'refused' }>, model: string): Failure {
  switch (reply.reason) {
    case 'unknown_key':
    case 'revoked_key':
    case 'expired_key':
      return { reason: 'invalid_key' };
    case 'model_not_allowed':
    case 'approval_required':
      return { reason: reply.reason, model };
    case 'suspended':
    case 'rate_limited':
    case 'concurrency_exceeded':
    case 'exhausted':
    case 'contended':
    case 'too_expensive':
      return reply;
  }
}
