// The first steps of every request of the data plane: whose key, which body, which target.

import type { Failure } from '../../schema/failure.ts';
import type { IdentifyReply } from '../../schema/ledger.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import { credentialOf } from '../callers/credential.ts';
import { digestKey, parseKey, type ParsedKey } from '../callers/key.ts';
import { type Body, parseBody } from '../dialects/body.ts';
import { PATHS } from './dialect-table.ts';
import type { Gate, Inbound, Target } from './gate.ts';
import { unknownReply } from './unknown-reply.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

export interface Caller {
  readonly key: ParsedKey;
  readonly digest: string;
}

/** Shape and checksum only; whether the key is valid, the ledger says together with the admission. */
export async function identifyCaller(inbound: Inbound): Promise<Result<Caller, Failure>> {
  const credential = credentialOf(inbound.headers, inbound.search);
  const key = credential === null ? null : parseKey(credential);
  if (key === null) return fail({ reason: 'invalid_key' });
  return succeed({ key, digest: await digestKey(key.text) });
}

export async function readBody(
  inbound: Inbound,
): Promise<Result<{ readonly body: Body; readonly bytes: number }, Failure>> {
  const bytes = await inbound.readBody();
  if (!bytes.ok) return bytes;
  let text: string;
  try {
    text = decoder.decode(bytes.value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return fail({ reason: 'bad_request', message: 'The request body is not valid UTF-8.', field: null });
  }
  const body = parseBody(text);
  return body.ok ? succeed({ body: body.value, bytes: bytes.value.length }) : body;
}

type Identity = Extract<IdentifyReply, { readonly outcome: 'identified' }>;

/** Whose key it is and what it may use, for requests that need no hold. */
export async function identifyMember(gate: Gate, { key, digest }: Caller): Promise<Result<Identity, Failure>> {
  const reply = await gate.ledger.identify(key.team, digest);
  if (!reply.ok) return reply;
  const identity = reply.value;
  switch (identity.outcome) {
    case 'identified':
      return succeed(identity);
    case 'refused':
      return fail(identity.reason === 'suspended' ? identity : { reason: 'invalid_key' });
    default:
      identity satisfies never;
      return unknownReply(identity, { team: key.team });
  }
}

/** A model that cannot be called is named as such only to those who hold a valid key. */
export async function resolveTarget(
  gate: Gate,
  inbound: Inbound,
  model: string,
  caller: Caller,
): Promise<Result<Target, Failure>> {
  const target = await gate.resolve(model);
  if (target.ok && target.value.provider.speaks.includes(inbound.dialect)) return target;
  const identity = await identifyMember(gate, caller);
  if (!identity.ok) return identity;
  if (!target.ok) return target;
  const speaks = target.value.provider.speaks.map((name) => `POST /v1${PATHS[name]}`).join(' or ');
  return fail({ reason: 'dialect_unsupported', model, speaks });
}

export function searchWithoutKey(search: string): string {
  if (search === '') return '';
  const parameters = new URLSearchParams(search);
  parameters.delete('key');
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
