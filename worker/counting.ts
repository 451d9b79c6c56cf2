// Counting tokens before a call: free at the provider, so nothing is held, but the key and the model must be in order.

import type { Address } from '../schema/address.ts';
import type { BadRequest, Failure } from '../schema/failure.ts';
import type { JsonObject } from '../schema/json.ts';
import { matchesGlob } from '../schema/glob.ts';
import { newCallId } from '../schema/ids.ts';
import { decideAccess, isKeyFor } from '../schema/model-access.ts';
import { fail, type Result, succeed } from '../schema/result.ts';
import { parseModelCount } from './dialects/model-count.ts';
import { rewritten } from './dialects/request-body.ts';
import type { TokenCount } from './dialects/dialect.ts';
import { parseGeminiCount } from './dialects/gemini/count.ts';
import { describeTarget, REQUEST_ID } from './line/answer-headers.ts';
import { failureResponse } from './line/dialect-table.ts';
import { addressOf, identifyCaller, identifyMember, readBody } from './line/entry.ts';
import type { Found, Gate, Inbound } from './line/gate.ts';
import { dialectsOf, entrancesTo } from './line/rendition.ts';
import { sendUpstream } from './line/upstream.ts';
import { requestHeaders, reduceResponseHeaders } from './providers/upstream-headers.ts';
import { blockedBy, isBlocked, isLedOn } from './routing/steer.ts';

export async function countTokens(gate: Gate, inbound: Inbound): Promise<Response> {
  const requestId = newCallId(gate.now(), gate.randomBytes(16));
  const answer = await passThrough(gate, inbound);
  if (!answer.ok) return failureResponse(inbound.dialect, answer.failure, requestId);
  answer.value.headers.set(REQUEST_ID, requestId);
  return answer.value;
}

async function passThrough(gate: Gate, inbound: Inbound): Promise<Result<Response, Failure>> {
  const caller = await identifyCaller(gate, inbound);
  if (!caller.ok) return caller;
  const body = await readBody(inbound);
  if (!body.ok) return body;
  const address = addressOf(inbound);
  const parsed = parseCount(inbound, body.value.body.json, address);
  if (!parsed.ok) return parsed;
  const { model } = parsed.value;

  const identity = await identifyMember(gate, inbound, caller.value);
  if (!identity.ok) return identity;
  const { route, phaseOut } = await placeOf(gate, model);
  if (!route.ok) return route;
  const { candidates } = route.value;
  const target = candidates.find((candidate) => dialectsOf(candidate).includes(inbound.dialect));
  if (target === undefined) {
    return fail({ reason: 'dialect_unsupported', model, speaks: entrancesTo(dialectsOf(candidates[0])) });
  }
  // Counting for a model that awaits approval is harmless; for one that is denied it is not offered.
  const { access, granted = [], keyModels } = identity.value;
  if (!isKeyFor(keyModels, model)) return fail({ reason: 'model_not_allowed', model, scope: 'key' });
  if (decideAccess(access, model) === 'model_not_allowed') return fail({ reason: 'model_not_allowed', model });
  if (phaseOut !== null && isBlocked(phaseOut, gate.now()) && !granted.some((pattern) => matchesGlob(pattern, model))) {
    return fail(blockedBy(phaseOut, model, gate.now()));
  }

  const { upstreamModel, provider } = target;
  const asked = { dialect: inbound.dialect, address };
  const edits = [...parsed.value.edits(upstreamModel), ...(provider.bodyEdits?.(asked) ?? [])];
  const response = await sendUpstream(
    provider,
    {
      dialect: inbound.dialect,
      address,
      upstreamModel,
      stream: false,
      headers: requestHeaders(inbound.headers),
      body: rewritten(body.value.body, edits),
    },
    { timeoutMs: gate.settings.firstByteTimeoutMs, controller: new AbortController(), deadlines: gate.deadlines },
  );
  if (!response.ok) return response;
  const answer = new Response(response.value.body, { status: response.value.status, headers: response.value.headers });
  reduceResponseHeaders(answer.headers);
  describeTarget(answer.headers, target);
  return succeed(answer);
}

/** A short name that leads to another model is counted as that one. */
async function placeOf(gate: Gate, model: string): Promise<Found> {
  const found = await gate.find(model);
  const { phaseOut } = found;
  if (phaseOut === null || !isLedOn(phaseOut, model, gate.now())) return found;
  return { ...(await gate.find(phaseOut.to)), phaseOut: null };
}

/** Of the dialects that can be counted in, Google's has its model in the path. */
function parseCount({ dialect }: Inbound, body: JsonObject, address: Address): Result<TokenCount, BadRequest> {
  return dialect === 'gemini' ? parseGeminiCount(body, address) : parseModelCount(body);
}
