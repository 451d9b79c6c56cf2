// One event of a server-sent event stream, as its meaning; the bytes it came in are somebody else's.
// And what makes another stream of one.

/** `data` is null for comments and the like. */
export interface StreamEvent {
  readonly event: string | null;
  readonly data: string | null;
}

/** Turns a provider's events into what the client is to read. One serves one stream. */
export interface StreamRewriter {
  readonly contentType: string;
  /** What the client reads for this event; often empty. */
  push(event: StreamEvent): string;
  /** What is still to be read once the answer has come to its proper end. */
  end(): string;
  /**
   * What is still to be read when the answer breaks off: `lastWords` is the dialect's own event that says so, null where
   * the provider has said it. Left out where those words stand in the stream as they are.
   */
  breakOff?(lastWords: string | null): string;
}
