// The trace that a call is part of, as its client says with the header `traceparent` (W3C Trace Context).

export interface TraceContext {
  /** 32 digits in hex. */
  readonly traceId: string;
  /** 16 digits in hex: the span of the client. */
  readonly parentSpanId: string;
  /** Whether the client's side records the trace; if not, nobody would look for this span. */
  readonly sampled: boolean;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-[^,]*)?$/u;

/** Null where there is none or it is malformed; then a trace of its own begins. */
export function parseTraceparent(header: string | null): TraceContext | null {
  const [, traceId, parentSpanId, flags] = TRACEPARENT.exec(header?.trim() ?? '') ?? [];
  if (traceId === undefined || parentSpanId === undefined || flags === undefined) return null;
  return { traceId, parentSpanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
