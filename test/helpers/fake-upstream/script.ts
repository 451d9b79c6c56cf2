// What a test tells the fake upstream to do, and what the fake upstream remembers having done. Types, defaults, and what follows from them alone.

import type { IncomingHttpHeaders } from 'node:http';
import { NO_USAGE, type Usage } from '../../../schema/usage.ts';

/** An answer given as it stands: an error, a redirect, anything that is no completion. */
export interface FixedAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Script {
  /** What the provider bills, by meter. */
  readonly usage: Usage;
  /** On which terms of service the answer says it was served, over the ordinary ones. */
  readonly terms: Readonly<Record<string, string>>;
  /** `negative` reports nonsense, `missing` nothing at all. */
  readonly usageReport: 'exact' | 'missing' | 'negative';
  /** Seconds of sound that a transcription heard. */
  readonly seconds: number;
  /** How many of the input tokens were of pictures, and of sound. */
  readonly imageTokens: number;
  readonly audioTokens: number;
  /** Pieces of text (or of a tool call's arguments) in a stream. */
  readonly chunks: number;
  /** Before each chunk of a stream. */
  readonly chunkDelayMs: number;
  /** Answers with a call of the first tool that was offered. */
  readonly toolCall: boolean;
  /** Which tool a Gemini answer calls, where it is not the first that was offered. */
  readonly toolName: string | null;
  /** How many calls such an answer has, of the tools in the order in which they were offered. */
  readonly parallelCalls: number;
  /** What the tool is called with, as JSON. */
  readonly toolArguments: string;
  /** Destroys the connection after so many chunks. */
  readonly cutAfterChunks: number | null;
  /** Sends the protocol's error event after so many chunks of a stream that began with 200. */
  readonly errorAfterChunks: number | null;
  /** Reads the request and never answers. */
  readonly hang: boolean;
  /** Answers with the headers of a stream and sends nothing after them. */
  readonly hangAfterHeaders: boolean;
  readonly fixedAnswer: FixedAnswer | null;
  readonly lineEnding: '\n' | '\r\n';
  /** Writes a stream in pieces of so many bytes, wherever that cuts. */
  readonly splitBytes: number | null;
  readonly gzip: boolean;
}

export const PLAIN_SCRIPT: Script = {
  usage: { ...NO_USAGE, input: 12, output: 30 },
  terms: {},
  usageReport: 'exact',
  seconds: 37,
  imageTokens: 0,
  audioTokens: 0,
  chunks: 5,
  chunkDelayMs: 0,
  toolCall: false,
  toolName: null,
  parallelCalls: 1,
  toolArguments: '{"city":"Oslo"}',
  cutAfterChunks: null,
  errorAfterChunks: null,
  hang: false,
  hangAfterHeaders: false,
  fixedAnswer: null,
  lineEnding: '\n',
  splitBytes: null,
  gzip: false,
};

export interface JournalEntry {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of a form, its fields; files by name, type and length. */
  readonly body: unknown;
  /** The body as it came. */
  readonly bytes: Buffer;
  /** `client_gone` is the upstream's client, which is the gateway. */
  ending: 'open' | 'complete' | 'client_gone' | 'cut' | 'error_event';
  /** Chunks written to the stream. */
  chunks: number;
  /** The usage that the answer carried in full; null while none did. */
  reported: Usage | null;
}

/** The arguments of a tool as a stream brings them: in two pieces. */
export function toolPieces({ toolArguments }: Script): readonly string[] {
  const middle = Math.ceil(toolArguments.length / 2);
  return [toolArguments.slice(0, middle), toolArguments.slice(middle)];
}

/** One event of a stream, before it is framed. */
export interface Frame {
  /** The event's name, in protocols that name them. */
  readonly event: string | null;
  readonly data: string;
  /** True for a piece of the answer, which is what `chunks`, cuts and delays count. */
  readonly isChunk: boolean;
  /** True where the answer's usage is complete with this frame. */
  readonly carriesUsage: boolean;
}

/** One wire protocol of the fake upstream. */
export interface FakeDialect {
  readonly whole: (body: unknown, script: Script) => unknown;
  readonly stream: (body: unknown, script: Script) => readonly Frame[];
  readonly errorFrame: () => Frame;
}
