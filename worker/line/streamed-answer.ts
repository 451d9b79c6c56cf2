// An answer that streams: events to the client as they come, usage read beside them, settled before the client sees the end.

import type { Failure } from '../../schema/failure.ts';
import type { CallId } from '../../schema/ids.ts';
import type { StreamRewriter } from '../../schema/stream-event.ts';
import type { Dialect, Meter } from '../dialects/dialect.ts';
import { type LastWords, meterStream, type StreamExit } from '../metering/metered-stream.ts';
import type { Client } from './client.ts';
import type { Deadlines } from './deadlines.ts';
import { type Exit, type Settlement, UNNOTICED_MS } from './settlement.ts';

export interface StreamedAnswer {
  readonly source: ReadableStream<Uint8Array>;
  readonly status: number;
  readonly dialect: Dialect;
  readonly meter: Meter;
  /** Makes other events for the client; null hands the provider's own on, to the byte. */
  readonly rewriter: StreamRewriter | null;
  readonly settlement: Pick<Settlement, 'end' | 'markFirstByte'>;
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
  let lastRead: string | null = null;
  const silentMs = () => (contentAtMs ?? answer.now()) - answer.sentAtMs;

  const finish = async (exit: StreamExit): Promise<LastWords> => {
    inTime();
    if (exit === 'client_gone') controller.abort();
    const ending = exitOf(answer, pastDeadline && exit !== 'ended' ? 'deadline' : exit, silentMs());
    await settlement.end(ending);
    if (ending.kind === 'answered') return { kind: 'closing', text: answer.rewriter?.end() ?? '' };
    if (ending.kind !== 'cut') return NOTHING;
    const words = meter.report().state === 'failed' ? NOTHING : lastWords(answer, ending.by, lastRead);
    if (answer.rewriter?.breakOff === undefined) return words;
    return { kind: 'failure', text: answer.rewriter.breakOff(words.kind === 'nothing' ? null : words.text) };
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
    rewrite: (frame, isEnded) => {
      const text = answer.rewriter?.push(frame) ?? null;
      // Of half an event nobody reads anything.
      if (isEnded) lastRead = (text ?? frame.data) || lastRead;
      return text === null ? frame.bytes : encoder.encode(text);
    },
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

function exitOf({ meter, status }: StreamedAnswer, exit: StreamExit | 'deadline', silentMs: number): Exit {
  const report = meter.report();
  // After its last event an answer is whole, however and whenever its connection ends.
  const isWhole = meter.isOver() || meter.isWhole?.() === true;
  if (isWhole && report.state === 'complete' && exit !== 'client_gone') {
    return { kind: 'answered', status, report };
  }
  switch (exit) {
    case 'deadline':
    case 'client_gone':
      return { kind: 'cut', by: exit, status, report, silentMs: silentMs + UNNOTICED_MS };
    case 'broken':
      return { kind: 'cut', by: 'upstream_cut', status, report, silentMs };
    case 'ended':
      return report.state === 'complete'
        ? { kind: 'answered', status, report }
        : { kind: 'cut', by: 'upstream_cut', status, report, silentMs };
  }
}

const NOTHING: LastWords = { kind: 'nothing' };

/** A stream that breaks off says so in the client's own dialect, so that half an answer is not taken for a whole one. */
function lastWords(
  { dialect, callId, provider, deadlineMs }: StreamedAnswer,
  by: Extract<Exit, { readonly kind: 'cut' }>['by'],
  lastRead: string | null,
): LastWords {
  const say = (failure: Failure): LastWords => ({
    kind: 'failure',
    text: dialect.renderStreamFailure(failure, callId, lastRead),
  });
  switch (by) {
    case 'client_gone':
      return NOTHING;
    case 'upstream_cut':
      return say({ reason: 'upstream_invalid', provider, message: 'broke the answer off' });
    case 'deadline':
      return say({ reason: 'upstream_timeout', provider, timeoutMs: deadlineMs });
  }
}
