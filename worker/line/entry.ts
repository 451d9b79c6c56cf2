// The first steps of every request of the data plane: whose key, which body, which target.

import type { Address } from '../../schema/address.ts';
import type { Failure } from '../../schema/failure.ts';
import type { IdentifyReply } from '../../schema/ledger.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import { credentialOf, looksLikeToken } from '../callers/credential.ts';
import { digestKey, parseKey } from '../callers/key.ts';
import { sourceOf } from '../callers/source.ts';
import { type Body, parseBody } from '../dialects/body.ts';
import { parseForm } from '../dialects/form-body.ts';
import { formBoundary } from '../dialects/part-headers.ts';
import type { RequestBody } from '../dialects/request-body.ts';
import { dialects } from './dialect-table.ts';
import type { Caller, Gate, Inbound } from './gate.ts';
import { unknownReply } from './unknown-reply.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** With it, whoever signs on and is in several teams says which one they mean. */
const TEAM_HEADER = 'x-headgate-team';

/** Shape and checksum only; whether the key is valid, the ledger says together with the admission. */
export async function identifyCaller(
  { signIn }: Pick<Gate, 'signIn'>,
  { headers, search }: Inbound,
): Promise<Result<Caller, Failure>> {
  const credential = credentialOf(headers, search);
  if (credential === null) return fail({ reason: 'invalid_key' });
  const key = parseKey(credential);
  if (key !== null) return succeed({ team: key.team, digest: await digestKey(key.text) });
  if (signIn === null || !looksLikeToken(credential)) return fail({ reason: 'invalid_key' });
  return signIn(credential, headers.get(TEAM_HEADER));
}

export interface ReadBody {
  readonly body: RequestBody;
  readonly bytes: number;
}

export async function readBody(inbound: Inbound): Promise<Result<ReadBody, Failure>> {
  const bytes = await inbound.readBody();
  if (!bytes.ok) return bytes;
  const boundary =
    dialects[inbound.dialect].takesForms === true ? formBoundary(inbound.headers.get('content-type')) : null;
  if (boundary?.ok === false) return boundary;
  const body = boundary === null ? parseJsonBody(bytes.value) : parseForm(bytes.value, boundary.value);
  return body.ok ? succeed({ body: body.value, bytes: bytes.value.length }) : body;
}

function parseJsonBody(bytes: Uint8Array): Result<Body, Failure> {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return fail({ reason: 'bad_request', message: 'The request body is not valid UTF-8.', field: null });
  }
  return parseBody(text);
}

type Identity = Extract<IdentifyReply, { readonly outcome: 'identified' }>;

/** Whose key it is and what it may use, for requests that need no hold. */
export async function identifyMember(
  gate: Gate,
  { headers }: Inbound,
  { team, digest }: Caller,
): Promise<Result<Identity, Failure>> {
  const source = sourceOf(headers);
  const reply = await gate.ledger.identify(team, digest, source);
  if (!reply.ok) return reply;
  const identity = reply.value;
  switch (identity.outcome) {
    case 'identified':
      return succeed(identity);
    case 'refused':
      if (identity.reason === 'source_not_allowed') return fail({ reason: identity.reason, source });
      return fail(identity.reason === 'suspended' ? identity : { reason: 'invalid_key' });
    default:
      identity satisfies never;
      return unknownReply(identity, { team });
  }
}

/** Why a model cannot be called is told only to those who hold a valid key. */
export async function tellMember<Value>(
  gate: Gate,
  inbound: Inbound,
  caller: Caller,
  result: Result<Value, Failure>,
): Promise<Result<Value, Failure>> {
  if (result.ok) return result;
  const identity = await identifyMember(gate, inbound, caller);
  return identity.ok ? result : identity;
}

export function addressOf({ operation, pathModel, search }: Inbound): Address {
  return { operation, model: pathModel, search: searchWithoutKey(search) };
}

function searchWithoutKey(search: string): string {
  if (search === '') return '';
  const parameters = new URLSearchParams(search);
  parameters.delete('key');
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
