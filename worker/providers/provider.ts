// What the line needs of an upstream. Adapters do not know each other.

import type { Address } from '../../schema/address.ts';
import type { BodyEdit } from '../../schema/body-edit.ts';
import type { DialectName } from '../../schema/dialect-name.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { DisconnectEffect } from '../../schema/provider-kinds/setting.ts';

export interface UpstreamCall {
  readonly dialect: DialectName;
  readonly address: Address;
  readonly upstreamModel: string;
  readonly stream: boolean;
  /** This call's own, reduced to what may go upstream; the provider adds its credentials. */
  readonly headers: Headers;
  /** Bytes where the body is a form. */
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal;
}

/** A call whose input is to be counted rather than answered; `body` is the call's own. */
export type CountQuestion = Omit<UpstreamCall, 'stream' | 'body'> & { readonly body: JsonObject };

export interface Provider {
  readonly name: string;
  /** What OpenTelemetry calls it, where that is not its name. */
  readonly system?: string;
  /** Best first. */
  readonly speaks: readonly DialectName[];
  /** Where not every model is spoken to in all of `speaks`: what this one is. */
  readonly speaksTo?: (upstreamModel: string) => readonly DialectName[];
  /** Where the built-in price catalogue lists this provider's models; null where it has no list. */
  readonly catalogue: string | null;
  /** What the catalogue calls a model, where upstream it may have any name. */
  readonly listedAs?: (upstreamModel: string) => string;
  /** Which models can be called without a definition, where that is not its whole list. */
  readonly offers?: ReadonlySet<string>;
  /** Whether a name of its list is a model's id there, where the list has other names too. */
  readonly isId?: (upstreamModel: string) => boolean;
  /** The member in which chat completions expect the output cap. */
  readonly capMember: string;
  /** Streams report usage unasked, and the provider may refuse the question. */
  readonly reportsUsageUnasked?: boolean;
  readonly onDisconnect: DisconnectEffect;
  /** What the provider wants otherwise than its dialect says, after the dialect's own edits. */
  bodyEdits?(call: Pick<UpstreamCall, 'dialect' | 'address'>): readonly BodyEdit[];
  /** Rejects when no connection could be made or none within the signal's time, or with a SignInError. */
  send(call: UpstreamCall): Promise<Response>;
  /** Asks the provider, at no cost, how many input tokens a call has; null where it does not say. Left out where none can. */
  countInput?(question: CountQuestion): Promise<number | null>;
}

/** For providers that take no forms. */
export function textOf(body: UpstreamCall['body']): string {
  if (typeof body !== 'string') throw new TypeError('this provider does not say that it takes forms');
  return body;
}

/** The company's own credential was not taken where tokens are given out; of the call nothing was sent. */
export class SignInError extends Error {}
