// An answer that streams: bytes to the client as they come, usage read beside them, settled before the client sees the end.

import type { CallId } from '../../schema/ids.ts';
import type { StreamRewriter } from '../../schema/stream-event.ts';
import type { Dialect, Meter } from '../dialects/dialect.ts';
import type { SseFrame } from '../metering/sse.ts';
import { meterStream, type StreamExit } from '../metering/metered-stream.ts';
import type { Client } from './client.ts';
import type { Deadlines } from './deadlines.ts';
import type { Exit, Settlement } from './settlement.ts';

export interface StreamedAnswer {
  readonly source: ReadableStream<Uint8Array>;
  readonly status: number;
  readonly dialect: Dialect;
  readonly meter: Meter;
  /** Some events are not for the client. */
  readonly withholding: boolean;
  /** Makes other events of them for the client; null hands the provider's bytes on. */
  readonly rewriter: StreamRewriter | null;
  readonly settlement: Settlement;
  readonly callId: CallId;
  readonly provider: string;
  readonly controller: AbortController;
  readonly client: Client;
  readonly deadlines: Deadlines;
  readonly deadlineMs: number;
  /** How long to read on for a client that has left; 0 cuts the provider off at once. */
  readonly drainMs: number;
  readonly now: () => number;
  readonly sentAtMs: number;
}

/** The body for the client. The call is settled before that body ends, on whichever way. */
export function streamAnswer(answer: StreamedAnswer): ReadableStream<Uint8Array> {
  const { meter, settlement, controller, client, deadlines } = answer;
  let pastDeadline = false;
  let contentAtMs: number | null = null;
  const silentMs = () => (contentAtMs ?? answer.now()) - answer.sentAtMs;

  const finish = async (exit: StreamExit): Promise<string | null> => {
    inTime();
    if (exit === 'client_gone') controller.abort();
    const ending = exitOf(answer, pastDeadline && exit !== 'ended' ? 'deadline' : exit, silentMs());
    await settlement.end(ending);
    if (ending.kind === 'answered') return answer.rewriter?.end() ?? null;
    const words = ending.kind === 'cut' && meter.report().state !== 'failed' ? lastWords(answer, ending.by) : null;
    return answer.rewriter?.breakOff?.(words) ?? words;
  };

  const stream = meterStream(answer.source, {
    observe: (event) => {
      const verdict = meter.observe(event);
      if (contentAtMs === null && meter.contentBytes() > 0) contentAtMs = answer.now();
      return verdict;
    },
    isEnding: () => meter.report().state === 'complete',
    isOver: () => meter.isOver(),
    settle: async () => {
      await settlement.end(exitOf(answer, 'ended', silentMs()));
    },
    rewrite: rewriteOf(answer),
    drainMs: answer.drainMs,
    finish,
    onFirstByte: settlement.markFirstByte,
  });
  const inTime = deadlines.after(answer.deadlineMs, () => {
    pastDeadline = true;
    controller.abort();
    // A client that has stopped reading keeps the stream from noticing; the call ends all the same.
    void settlement.end(exitOf(answer, 'deadline', silentMs()));
  });
  client.onLeave(() => void stream.abandon());
  return stream.body;
}

const encoder = new TextEncoder();

function rewriteOf({ rewriter, withholding }: StreamedAnswer): ((frame: SseFrame) => Uint8Array) | null {
  if (rewriter !== null) return (frame) => encoder.encode(rewriter.push(frame));
  return withholding ? ({ bytes }) => bytes : null;
}

function exitOf({ meter, status }: StreamedAnswer, exit: StreamExit | 'deadline', silentMs: number): Exit {
  const report = meter.report();
  switch (exit) {
    case 'deadline':
    case 'client_gone':
      return { kind: 'cut', by: exit, status, report, silentMs };
    case 'broken':
      return { kind: 'cut', by: 'upstream_cut', status, report, silentMs };
    case 'ended':
      return report.state === 'complete'
        ? { kind: 'answered', status, report }
        : { kind: 'cut', by: 'upstream_cut', status, report, silentMs };
  }
}

/** A stream that breaks off says so in the client's own dialect, so that half an answer is not taken for a whole one. */
function lastWords(
  { dialect, callId, provider, deadlineMs }: StreamedAnswer,
  by: Extract<Exit, { readonly kind: 'cut' }>['by'],
): string | null {
  switch (by) {
    case 'client_gone':
      return null;
    case 'upstream_cut':
      return dialect.renderStreamFailure(
        { reason: 'upstream_invalid', provider, message: 'broke the answer off' },
        callId,
      );
    case 'deadline':
      return dialect.renderStreamFailure({ reason: 'upstream_timeout', provider, timeoutMs: deadlineMs }, callId);
  }
}
