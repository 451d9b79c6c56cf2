// Which models a key may use, in the form of whoever asks. The same entry as a call; nothing is held.

import type { Failure } from '../schema/failure.ts';
import type { JsonObject } from '../schema/json.ts';
import { newCallId } from '../schema/ids.ts';
import { decideAccess } from '../schema/model-access.ts';
import { type Result, succeed } from '../schema/result.ts';
import { REQUEST_ID } from './line/answer-headers.ts';
import { failureResponse } from './line/dialect-table.ts';
import { identifyCaller, identifyMember } from './line/entry.ts';
import type { Gate, Inbound, OfferedModel } from './line/gate.ts';

/** `wanted` asks for one model by name; null lists them all. */
export async function listModels(gate: Gate, inbound: Inbound, wanted: string | null): Promise<Response> {
  const requestId = newCallId(gate.now(), gate.randomBytes(16));
  const offered = await offeredModels(gate, inbound);
  if (!offered.ok) return failureResponse(inbound.dialect, offered.failure, requestId);
  const describe = inbound.dialect === 'anthropic-messages' ? asAnthropic : asOpenai;
  const headers = { [REQUEST_ID]: requestId };
  if (wanted === null) return Response.json(listOf(inbound, offered.value.map(describe)), { headers });
  const found = offered.value.find(({ name }) => name === wanted);
  return found === undefined
    ? failureResponse(inbound.dialect, { reason: 'model_not_found', model: wanted }, requestId)
    : Response.json(describe(found), { headers });
}

async function offeredModels(gate: Gate, inbound: Inbound): Promise<Result<OfferedModel[], Failure>> {
  const caller = await identifyCaller(inbound);
  if (!caller.ok) return caller;
  const identity = await identifyMember(gate, caller.value);
  if (!identity.ok) return identity;
  const { access } = identity.value;
  const all = await gate.offeredModels();
  return succeed(
    all.filter(({ name }) => decideAccess(access, name) === null).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  );
}

function listOf({ dialect }: Inbound, data: readonly JsonObject[]): JsonObject {
  if (dialect !== 'anthropic-messages') return { object: 'list', data };
  return { data, has_more: false, first_id: data[0]?.['id'] ?? null, last_id: data.at(-1)?.['id'] ?? null };
}

function asOpenai({ name, provider }: OfferedModel): JsonObject {
  return { id: name, object: 'model', created: 0, owned_by: provider };
}

function asAnthropic({ name }: OfferedModel): JsonObject {
  return { type: 'model', id: name, display_name: name, created_at: '1970-01-01T00:00:00Z' };
}
