// A call as one target is to be asked: in the client's own words where its provider speaks the client's dialect, and
// translated where it does not.

import type { Address } from '../../schema/address.ts';
import { type DialectName, dialectNames } from '../../schema/dialect-name.ts';
import type { Failure } from '../../schema/failure.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Translation } from '../../schema/translation.ts';
import { hasNoPriceFor } from '../pricing/pieces.ts';
import { unpricedTerm } from '../pricing/terms.ts';
import { parseBody } from '../dialects/body.ts';
import type { RequestBody } from '../dialects/request-body.ts';
import type { Dialect, ParsedCall } from '../dialects/dialect.ts';
import { requestHeaders, translatedHeaders } from '../providers/upstream-headers.ts';
import { dialects, ENTRANCES } from './dialect-table.ts';
import type { Inbound, Target } from './gate.ts';
import { translationInto } from './translation-table.ts';

/** A request body as its client's dialect understood it. */
export interface Understood {
  readonly call: ParsedCall;
  readonly body: RequestBody;
}

export interface Rendition extends Understood {
  readonly target: Target;
  /** The provider's dialect; `call` and `body` are in it. */
  readonly dialect: Dialect;
  /** Null where the provider speaks the client's own dialect. */
  readonly translation: Translation | null;
}

/** What of its client's headers goes to the provider. */
export function headersFor({ translation }: Rendition, client: Headers): Headers {
  return translation === null ? requestHeaders(client) : translatedHeaders(client);
}

/** Whether closing the connection ends the work, and with it the bill. */
export function stopsWhenCut({ call, target }: Rendition): boolean {
  return call.stream && target.provider.onDisconnect === 'stops';
}

const encoder = new TextEncoder();
const AT_LIST_PRICE = { multipliers: {} };

/** Refuses what this target cannot carry, and what has no price there. */
export function renderFor(target: Target, inbound: Inbound, understood: Understood): Result<Rendition, Failure> {
  const rendered = render(target, inbound, understood);
  if (!rendered.ok) return rendered;
  if (hasNoPriceFor(target.price, rendered.value.call)) return fail({ reason: 'price_unknown', model: target.model });
  // No translation carries terms of service, so behind one there are those of the list price alone.
  const price = rendered.value.translation === null ? target.price : AT_LIST_PRICE;
  const unpriced = unpricedTerm(price, understood.call.terms ?? {});
  if (unpriced === null) return rendered;
  const { member, value, priced } = unpriced;
  const instead = priced.length === 0 ? '' : `, or take one that has: ${priced.join(', ')}`;
  const message = `${member} "${value}" has no price here for ${target.model}; leave it out for the list price${instead}.`;
  return fail({ reason: 'bad_request', message, field: member });
}

function render(target: Target, { dialect }: Inbound, understood: Understood): Result<Rendition, Failure> {
  const speaks = dialectsOf(target);
  if (speaks.includes(dialect)) {
    return succeed({ ...understood, target, dialect: dialects[dialect], translation: null });
  }
  const translation = translationInto(speaks, dialect);
  if (translation === null) {
    return fail({ reason: 'dialect_unsupported', model: target.model, speaks: entrancesTo(speaks) });
  }
  const translated = translation.request(understood.call.body, understood.call.address, target.provider.capMember);
  if (!translated.ok) return translated;
  const upstream = understand(
    dialects[translation.to],
    JSON.stringify(translated.value.body),
    translated.value.address,
  );
  return upstream.ok
    ? succeed({ ...upstream.value, target, dialect: dialects[translation.to], translation })
    : upstream;
}

const alternatives = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** What this model is spoken to in, best first. */
export function dialectsOf({ provider, upstreamModel }: Pick<Target, 'provider' | 'upstreamModel'>) {
  return provider.speaksTo?.(upstreamModel) ?? provider.speaks;
}

/** Where clients can reach a model that is spoken to in these dialects, by itself or through a translation. */
export function entrancesTo(speaks: readonly DialectName[]): string {
  const entrances = dialectNames
    .filter((name) => speaks.includes(name) || translationInto(speaks, name) !== null)
    .flatMap((name) => ENTRANCES[name] ?? []);
  return alternatives.format(entrances);
}

function understand(dialect: Dialect, text: string, address: Address): Result<Understood, Failure> {
  const body = parseBody(text);
  if (!body.ok) return body;
  const call = dialect.parse(body.value.json, encoder.encode(text).length, address);
  return call.ok ? succeed({ call: call.value, body: body.value }) : call;
}
