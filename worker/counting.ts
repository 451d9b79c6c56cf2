// Counting tokens before a call: free at the provider, so nothing is held, but the key and the model must be in order.

import type { Failure } from '../schema/failure.ts';
import { newCallId } from '../schema/ids.ts';
import { decideAccess } from '../schema/model-access.ts';
import { fail, type Result, succeed } from '../schema/result.ts';
import { parseCount } from './dialects/anthropic-messages/request.ts';
import { applyEdits } from './dialects/body.ts';
import { describeTarget, REQUEST_ID } from './line/answer-headers.ts';
import { failureResponse } from './line/dialect-table.ts';
import { addressOf, identifyCaller, identifyMember, readBody } from './line/entry.ts';
import type { Gate, Inbound } from './line/gate.ts';
import { dialectsOf, entrancesTo } from './line/rendition.ts';
import { sendUpstream } from './line/upstream.ts';
import { requestHeaders, reduceResponseHeaders } from './providers/upstream-headers.ts';

export async function countTokens(gate: Gate, inbound: Inbound): Promise<Response> {
  const requestId = newCallId(gate.now(), gate.randomBytes(16));
  const answer = await passThrough(gate, inbound);
  if (!answer.ok) return failureResponse(inbound.dialect, answer.failure, requestId);
  answer.value.headers.set(REQUEST_ID, requestId);
  return answer.value;
}

async function passThrough(gate: Gate, inbound: Inbound): Promise<Result<Response, Failure>> {
  const caller = await identifyCaller(inbound);
  if (!caller.ok) return caller;
  const body = await readBody(inbound);
  if (!body.ok) return body;
  const parsed = parseCount(body.value.body.json);
  if (!parsed.ok) return parsed;
  const { model } = parsed.value;

  const identity = await identifyMember(gate, caller.value);
  if (!identity.ok) return identity;
  const target = await gate.resolve(model);
  if (!target.ok) return target;
  const speaks = dialectsOf(target.value);
  if (!speaks.includes(inbound.dialect)) {
    return fail({ reason: 'dialect_unsupported', model, speaks: entrancesTo(speaks) });
  }
  // Counting for a model that awaits approval is harmless; for one that is denied it is not offered.
  if (decideAccess(identity.value.access, model) === 'model_not_allowed') {
    return fail({ reason: 'model_not_allowed', model });
  }

  const { upstreamModel, provider } = target.value;
  const edits = model === upstreamModel ? [] : [{ member: 'model', value: upstreamModel }];
  const response = await sendUpstream(
    provider,
    {
      dialect: inbound.dialect,
      address: addressOf(inbound),
      upstreamModel,
      stream: false,
      headers: requestHeaders(inbound.headers),
      body: edits.length === 0 ? body.value.body.text : applyEdits(body.value.body, edits),
    },
    { timeoutMs: gate.settings.firstByteTimeoutMs, controller: new AbortController(), deadlines: gate.deadlines },
  );
  if (!response.ok) return response;
  const answer = new Response(response.value.body, { status: response.value.status, headers: response.value.headers });
  reduceResponseHeaders(answer.headers);
  describeTarget(answer.headers, target.value);
  return succeed(answer);
}
