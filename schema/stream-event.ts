// One event of a server-sent event stream, as its meaning; the bytes it came in are somebody else's.

/** `data` is null for comments and the like. */
export interface StreamEvent {
  readonly event: string | null;
  readonly data: string | null;
}
