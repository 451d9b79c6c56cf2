// An answer that streams: bytes to the client as they come, usage read beside them, settled before the client sees the end.

import type { Failure } from '../../schema/failure.ts';
import type { CallId } from '../../schema/ids.ts';
import type { Dialect, Meter } from '../dialects/dialect.ts';
import { meterStream, type StreamExit } from '../metering/metered-stream.ts';
import type { Exit, Settlement } from './settlement.ts';

export interface StreamedAnswer {
  readonly source: ReadableStream<Uint8Array>;
  readonly status: number;
  readonly dialect: Dialect;
  readonly meter: Meter;
  /** Some events are not for the client. */
  readonly withholding: boolean;
  readonly settlement: Settlement;
  readonly callId: CallId;
  readonly provider: string;
  readonly controller: AbortController;
  /** Fires when the client leaves. */
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** How long to read on for a client that has left; 0 cuts the provider off at once. */
  readonly drainMs: number;
  readonly now: () => number;
  readonly sentAtMs: number;
}

export interface AnswerHandle {
  readonly body: ReadableStream<Uint8Array>;
  /** Resolves when the call is settled, on whichever way. */
  readonly settled: Promise<void>;
}

export function streamAnswer(answer: StreamedAnswer): AnswerHandle {
  const { meter, settlement, controller, signal } = answer;
  const settled = Promise.withResolvers<void>();
  let pastDeadline = false;
  let contentAtMs: number | null = null;
  const silentMs = () => (contentAtMs ?? answer.now()) - answer.sentAtMs;

  const finish = async (exit: StreamExit): Promise<string | null> => {
    clearTimeout(deadline);
    if (exit === 'client_gone') controller.abort();
    const ending = exitOf(answer, pastDeadline && exit !== 'ended' ? 'deadline' : exit, silentMs());
    try {
      await settlement.end(ending);
    } finally {
      settled.resolve();
    }
    return ending.kind === 'cut' && !meter.report().failed ? lastWords(answer, ending.by) : null;
  };

  const stream = meterStream(answer.source, {
    observe: (event) => {
      const verdict = meter.observe(event);
      if (contentAtMs === null && meter.contentBytes() > 0) contentAtMs = answer.now();
      return verdict;
    },
    isEnding: () => meter.report().complete,
    withholding: answer.withholding,
    drainMs: answer.drainMs,
    finish,
    onFirstByte: settlement.markFirstByte,
  });
  const deadline = setTimeout(() => {
    pastDeadline = true;
    controller.abort();
    // A client that has stopped reading keeps the stream from noticing; the call ends all the same.
    void settlement.end(exitOf(answer, 'deadline', silentMs())).finally(settled.resolve);
  }, answer.deadlineMs);
  signal.addEventListener('abort', () => void stream.abandon(), { once: true });
  if (signal.aborted) void stream.abandon();
  return { body: stream.body, settled: settled.promise };
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
      return report.complete && !report.failed
        ? { kind: 'answered', status, report }
        : { kind: 'cut', by: 'upstream_cut', status, report, silentMs };
  }
}

/** A stream that breaks off says so in the client's own dialect, so that half an answer is not taken for a whole one. */
function lastWords({ dialect, callId, provider, deadlineMs }: StreamedAnswer, by: string): string | null {
  const failure: Failure | null =
    by === 'upstream_cut'
      ? { reason: 'upstream_invalid', provider, message: 'broke the answer off' }
      : by === 'deadline'
        ? { reason: 'upstream_timeout', provider, timeoutMs: deadlineMs }
        : null;
  return failure === null ? null : dialect.renderStreamFailure(failure, callId);
}
