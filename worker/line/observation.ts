// Telling a collector of a call, where one is configured: how it ended, or why it was refused.

import type { Failure } from '../../schema/failure.ts';
import type { CallId, TeamId } from '../../schema/ids.ts';
import { hexOf } from '../../schema/sha256.ts';
import type { ParsedCall } from '../dialects/dialect.ts';
import { type ObservedEnd, spanOf } from '../telemetry/span.ts';
import { parseTraceparent, type TraceContext } from '../telemetry/trace-context.ts';
import type { Gate, Inbound } from './gate.ts';
import type { CallEnd } from './settlement.ts';

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export interface Observation {
  readonly ended: (end: CallEnd) => void;
  readonly refused: (failure: Failure) => void;
}

interface Observed {
  readonly callId: CallId;
  readonly team: TeamId;
  readonly call: ParsedCall;
  readonly startedAtMs: number;
}

/** Null where nobody wants to know. */
export function observe(gate: Gate, { dialect, headers }: Inbound, observed: Observed): Observation | null {
  if (gate.spans === null) return null;
  const parent = parseTraceparent(headers.get('traceparent'));
  if (parent?.sampled === false) return null;
  const tell = (end: ObservedEnd) => send(gate, { dialect, ...observed }, end, parent);
  return {
    // Who has no key must not be able to cause spans, of whatever team they name.
    refused: ({ reason }) => {
      if (reason !== 'invalid_key') tell({ kind: 'refused', reason });
    },
    ended: ({ target, amounts, ending }) =>
      tell({
        kind: 'ended',
        system: target.provider.system ?? target.provider.name,
        upstreamModel: target.upstreamModel,
        priceVersion: target.price.version,
        cost: amounts.usd,
        ending,
      }),
  };
}

function send(
  { spans, now, randomBytes, keepAlive }: Gate,
  { call, ...known }: Observed & Pick<Inbound, 'dialect'>,
  end: ObservedEnd,
  parent: TraceContext | null,
): void {
  const { model, stream, outputCap } = call;
  const observed = { ...known, model, stream, outputCap, endedAtMs: now() };
  const ids = { traceId: hexOf(randomBytes(TRACE_ID_BYTES)), spanId: hexOf(randomBytes(SPAN_ID_BYTES)) };
  spans?.add(spanOf(observed, end, parent, ids), keepAlive);
}
