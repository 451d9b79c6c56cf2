// What a wire protocol must be able to do for the line. Each dialect is pure: text and values in, decisions out.

import type { BodyEdit } from '../../schema/body-edit.ts';
import type { CallShape } from '../../schema/call-shape.ts';
import type { DialectName } from '../../schema/dialect-name.ts';
import type { Address } from '../../schema/address.ts';
import type { BadRequest, Failure } from '../../schema/failure.ts';
import type { JsonObject, JsonValue } from '../../schema/json.ts';
import type { Result } from '../../schema/result.ts';
import type { StreamEvent, StreamRewriter } from '../../schema/stream-event.ts';
import type { UsageReading } from '../../schema/usage.ts';
import type { FormFile } from './form-body.ts';

/** What a dialect understood of a request body. */
export interface ParsedCall extends CallShape {
  readonly model: string;
  readonly stream: boolean;
  /** Whether the client asked to see usage in the stream; if not, what Headgate forces is withheld again. */
  readonly wantsUsage: boolean;
  readonly body: JsonObject;
  readonly address: Address;
}

export type Edit = BodyEdit;

/** A request to count tokens, as far as it matters here. */
export interface TokenCount {
  readonly model: string;
  /** What makes it the provider's. */
  readonly edits: (upstreamModel: string) => readonly Edit[];
}

export interface UpstreamTerms {
  readonly upstreamModel: string;
  /** The output cap to write into the body; null leaves the client's own. */
  readonly injectedCap: number | null;
  /** The member in which the provider expects the cap, where providers of one dialect differ. */
  readonly capMember: string;
  /** Streams report usage unasked, and the provider may refuse the question. */
  readonly reportsUsageUnasked?: boolean;
}

export interface MeterReport {
  /** The provider's own figures as far as they were seen; null when there were none, or none that make sense. */
  readonly reading: UsageReading | null;
  /** The reading is final: the provider has said all it will say about usage. */
  readonly final: boolean;
  /** `complete` after the answer's proper end; `failed` once the provider reported an error inside a successful response. */
  readonly state: 'open' | 'complete' | 'failed';
  /** UTF-8 bytes of generated content seen; the measure of an answer that was cut off. */
  readonly contentBytes: number;
}

/** What reading an answer's usage takes of its call; its size where the answer may come without a bill or in parts. */
export type MeteredCall = Pick<ParsedCall, 'wantsUsage' | 'cacheWrite' | 'webSearches'> &
  Partial<Pick<ParsedCall, 'input' | 'choices' | 'pieces' | 'piecesAreExact'>>;

/** Reads usage beside the bytes. One meter serves one response, whole or streamed. */
export interface Meter {
  /** Takes one event; says whether the client may see it. */
  observe(event: StreamEvent): 'pass' | 'withhold';
  /** Members of a whole response body that nothing is read from but their kind, however large they are. */
  readonly unneeded?: ReadonlySet<string>;
  /** Takes a whole response body. */
  read(body: JsonValue | undefined): void;
  /** Takes a whole response body in place of `read`, where answers need not be JSON. */
  readBytes?(body: Uint8Array, contentType: string): void;
  /** UTF-8 bytes of generated content seen so far. */
  contentBytes(): number;
  /** The last event of the stream has been seen: to its client the answer is over, whether or not the connection is. */
  isOver(): boolean;
  /** Of protocols without a last event: nothing is missing of the answer, even if its connection breaks now. */
  isWhole?(): boolean;
  report(): MeterReport;
}

/** A refusal or failure in the client's own form. */
export interface RenderedFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

export interface Dialect {
  readonly name: DialectName;
  /** Whether bodies may be forms. */
  readonly takesForms?: boolean;
  /** `bodyBytes` is the length of the body in UTF-8; `files` are those of a form, of which `body` has the fields. */
  parse(
    body: JsonObject,
    bodyBytes: number,
    address: Address,
    files?: readonly FormFile[],
  ): Result<ParsedCall, BadRequest>;
  edits(call: ParsedCall, terms: UpstreamTerms): readonly Edit[];
  meter(call: MeteredCall): Meter;
  /** Where this dialect has a form of stream that providers are not asked for; null hands their bytes on as they come. */
  rewriter?(call: ParsedCall): StreamRewriter | null;
  renderFailure(failure: Failure, requestId: string): RenderedFailure;
  /**
   * The same failure as an event of a stream that has already begun. `lastRead` is what the client read last, an event's
   * data or events as text, for dialects that number their events; null where it has read nothing.
   */
  renderStreamFailure(failure: Failure, requestId: string, lastRead: string | null): string;
}
