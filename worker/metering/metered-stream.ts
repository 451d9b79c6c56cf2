// Passes an event stream on to the client while a meter reads along. Events flow as they come, with backpressure, and
// whole: nobody can read half of one, and nothing can be said after it. How the stream ended is reported exactly once,
// whichever of the many ways it was.

import type { StreamEvent } from '../../schema/stream-event.ts';
import { concatenate } from './concatenate.ts';
import { type SseFrame, SseSplitter } from './sse.ts';

/** How the stream came to its end. `ended` may still be a cut: only the meter knows whether the answer was complete. */
export type StreamExit = 'ended' | 'broken' | 'client_gone';

/** What is sent last: nothing more, what belongs to a whole answer, or that the answer is none. */
export type LastWords = { readonly kind: 'nothing' } | { readonly kind: 'closing' | 'failure'; readonly text: string };

export interface MeteredStream {
  /** Reads every event; says whether the client may see it. */
  readonly observe: (event: StreamEvent) => 'pass' | 'withhold';
  /** What the client gets for an event that passes; of one that the stream ended in, only if the answer is whole. */
  readonly rewrite: (frame: SseFrame, isEnded: boolean) => Uint8Array;
  /** How long to read on, for the sake of the bill, when the client has left; 0 stops at once, unless the end is near. */
  readonly drainMs: number;
  /** The answer is complete and only its bill is still to come. */
  readonly isEnding: () => boolean;
  /** The last event has been seen; to the client the answer is over when it reads that. */
  readonly isOver: () => boolean;
  /** Called once, before the client sees the last event. */
  readonly settle: () => Promise<void>;
  /** Called once, when the stream is at its end. */
  readonly finish: (exit: StreamExit) => Promise<LastWords>;
  readonly onFirstByte: () => void;
}

export interface StreamHandle {
  readonly body: ReadableStream<Uint8Array>;
  /** Tells the stream that its client has left, where the runtime reports that outside the stream. */
  readonly abandon: () => Promise<void>;
}

const encoder = new TextEncoder();

/** How long a provider may take from the end of its answer to the bill for it. */
const LAST_WORDS_MS = 2_000;

export function meterStream(source: ReadableStream<Uint8Array>, stream: MeteredStream): StreamHandle {
  const reader = source.getReader();
  const splitter = new SseSplitter();
  let over = false;
  let started = false;
  let settled = false;
  /** The client's last read: the runtime's own streams refuse another while one is under way. */
  let underway: Promise<unknown> = Promise.resolve();

  /** Takes a chunk; returns what of the events that it completes the client may have, in one piece. */
  const observe = (chunk: Uint8Array): Uint8Array => {
    const passed = splitter.push(chunk).filter((frame) => stream.observe(frame) === 'pass');
    return concatenate(passed.map((frame) => stream.rewrite(frame, true)));
  };

  /** Reads on for the bill. A provider that keeps the connection open after its last event is not waited for. */
  const drain = async (): Promise<void> => {
    const timer = setTimeout(() => void reader.cancel().catch(ignoreBroken), stream.drainMs || LAST_WORDS_MS);
    await underway;
    while (!stream.isOver()) {
      const next = await readNext(reader);
      if (typeof next === 'string') break;
      observe(next);
    }
    clearTimeout(timer);
  };

  const abandon = async (): Promise<void> => {
    if (over) return;
    over = true;
    if (stream.drainMs > 0 || stream.isEnding()) await drain();
    const cancelled = reader.cancel().catch(ignoreBroken);
    await stream.finish('client_gone');
    await cancelled;
  };

  const close = async (controller: ReadableStreamDefaultController<Uint8Array>, exit: StreamExit): Promise<void> => {
    if (over) return;
    over = true;
    const rest = splitter.end();
    const tail = rest !== null && stream.observe(rest) === 'pass' ? stream.rewrite(rest, false) : null;
    const last = await stream.finish(exit);
    // A last event may lack its blank line. What is left of an answer that broke off is half an event, and no use.
    if (tail !== null && tail.length > 0 && last.kind !== 'failure') controller.enqueue(tail);
    if (last.kind !== 'nothing' && last.text !== '') controller.enqueue(encoder.encode(last.text));
    controller.close();
  };

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // A chunk that only completes part of a withheld event gives the client nothing; the pull goes on to the next.
        for (;;) {
          const reading = readNext(reader);
          underway = reading;
          const next = await reading;
          if (next === 'broken' || next === 'ended') {
            await close(controller, next);
            return;
          }
          const passed = observe(next);
          if (over) return;
          if (!settled && stream.isOver()) {
            settled = true;
            await stream.settle();
            // Nothing is to come any more; a connection that is kept open all the same is not waited for.
            setTimeout(() => void reader.cancel().catch(ignoreBroken), LAST_WORDS_MS);
          }
          if (!started) stream.onFirstByte();
          started = true;
          if (passed.length > 0) {
            controller.enqueue(passed);
            return;
          }
        }
      },
      cancel: abandon,
    },
    { highWaterMark: 0 },
  );
  return { body, abandon };
}

async function readNext(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | 'ended' | 'broken'> {
  try {
    const { done, value } = await reader.read();
    return done ? 'ended' : value;
  } catch {
    // Whatever broke the connection to the provider, the answer is cut here; the meter knows how much of it there was.
    return 'broken';
  }
}

/** Cancelling a connection that is broken already is no news. */
function ignoreBroken(): void {}
