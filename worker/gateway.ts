// THE LINE: one call from admission to settlement. Each step hands on a result or ends the call; steps do not know each
// other. Everything after the admission ends in exactly one settlement or release.

import { leastOf } from '../schema/amounts.ts';
import type { Failure } from '../schema/failure.ts';
import { type CallId, newCallId } from '../schema/ids.ts';
import type { Result } from '../schema/result.ts';
import { isForm } from './dialects/request-body.ts';
import { seenAt } from './dialects/way-to-ask.ts';
import { travel } from './line/attempts.ts';
import { dialects, failureResponse } from './line/dialect-table.ts';
import { addressOf, identifyCaller, readBody } from './line/entry.ts';
import type { Gate, Inbound } from './line/gate.ts';
import { observe } from './line/observation.ts';
import { openSettlement } from './line/settlement.ts';
import { letIn } from './line/steering.ts';

/** Answers one call. It does not throw for anything that a client, a provider or the ledger can do. */
export async function answerCall(gate: Gate, inbound: Inbound): Promise<Response> {
  const callId = newCallId(gate.now(), gate.randomBytes(16));
  const answer = await passThrough(gate, inbound, callId);
  if (answer.ok) return answer.value;
  return failureResponse(inbound.dialect, seenAt(answer.failure, inbound.origin), callId);
}

async function passThrough(gate: Gate, inbound: Inbound, callId: CallId): Promise<Result<Response, Failure>> {
  const startedAtMs = gate.now();
  const dialect = dialects[inbound.dialect];

  const caller = await identifyCaller(gate, inbound);
  if (!caller.ok) return caller;
  const body = await readBody(inbound);
  if (!body.ok) return body;
  const { body: sent, bytes } = body.value;
  const parsed = dialect.parse(sent.json, bytes, addressOf(inbound), isForm(sent) ? sent.files : undefined);
  if (!parsed.ok) return parsed;
  const understood = { call: parsed.value, body: sent };
  const { team } = caller.value;
  const observation = observe(gate, inbound, { callId, team, call: parsed.value, startedAtMs });
  const letThrough = await letIn(gate, inbound, { callId, caller: caller.value, understood, startedAtMs });
  if (!letThrough.ok) {
    observation?.refused(letThrough.failure);
    return letThrough;
  }
  const { admission, candidates, isRetried, told } = letThrough.value;
  const [{ rendition, plan }] = candidates;
  const { call, target } = rendition;

  const ceiling = leastOf(admission.held, plan.ceiling);
  const admitted = { callId, team, call, target, ceiling, startedAtMs };
  const settlement = openSettlement(gate, admitted, observation?.ended ?? null);
  return travel({
    gate,
    inbound,
    dialect,
    callId,
    asked: parsed.value,
    told,
    candidates,
    isRetried,
    admission,
    settlement,
    startedAtMs,
  });
}
