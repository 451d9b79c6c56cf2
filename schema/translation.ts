// What carries a call over from its client's dialect to its provider's, and the answer back. Pure.

import type { Address } from './address.ts';
import type { DialectName } from './dialect-name.ts';
import type { BadRequest } from './failure.ts';
import type { JsonObject } from './json.ts';
import type { Result } from './result.ts';
import type { StreamRewriter } from './stream-event.ts';

/** A request in the provider's dialect. */
export interface TranslatedRequest {
  readonly body: JsonObject;
  readonly address: Address;
}

/** What of the request its answer depends on. */
export interface Asked {
  /** The model's public name: what the client called, and what its answer says. */
  readonly model: string;
  /** The request as the client wrote it. */
  readonly body: JsonObject;
  readonly address: Address;
  /** Makes ids for whatever needs one in the client's dialect; unique within the answer. */
  readonly newId: (prefix: string) => string;
  /** Seconds since 1970. */
  readonly nowS: number;
}

export interface Translation {
  /** The client's dialect. */
  readonly from: DialectName;
  /** The provider's. */
  readonly to: DialectName;
  /**
   * Refuses by name what cannot be carried over; what means nothing to the other side may be left out. `capMember` is the
   * member in which the provider expects the output cap, where providers of its dialect differ.
   */
  request(body: JsonObject, address: Address, capMember: string): Result<TranslatedRequest, BadRequest>;
  /** The client's answer for the provider's whole one; null for a body that is none. */
  answer(body: JsonObject, asked: Asked): JsonObject | null;
  /** The same, event by event, in the order that the client's dialect demands. */
  stream(asked: Asked): StreamRewriter;
}
