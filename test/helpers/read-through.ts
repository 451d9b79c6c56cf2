// A stream of a fixture through the metering of the line, in the pieces a test chooses: what the client reads, and how
// the call ended for the ledger.

import { NO_AMOUNTS } from '../../schema/amounts.ts';
import { type CallId, newCallId } from '../../schema/ids.ts';
import type { ParsedCall } from '../../worker/dialects/dialect.ts';
import { Client } from '../../worker/line/client.ts';
import { Deadlines } from '../../worker/line/deadlines.ts';
import type { Exit } from '../../worker/line/settlement.ts';
import { streamAnswer } from '../../worker/line/streamed-answer.ts';
import type { StreamFixture } from '../fixtures/streams/stream-fixture.ts';

export const PROVIDER = 'p';
export const CALL_ID: CallId = newCallId(0, new Uint8Array(16));

export interface ReadThrough {
  readonly bytes: Buffer;
  /** The exit that counts: the first. */
  readonly exit: Exit;
}

const deadlines = new Deadlines(Date.now);

/** `ending` is what the provider's connection does after the last piece. */
export async function readThrough(
  fixture: StreamFixture,
  pieces: readonly Uint8Array[],
  ending: 'close' | 'break' = 'close',
): Promise<ReadThrough> {
  const { dialect } = fixture;
  const call = callOf(fixture);
  let exit: Exit | null = null;
  const body = streamAnswer({
    source: sourceOf(pieces, ending),
    status: 200,
    dialect,
    meter: dialect.meter(call),
    rewriter: dialect.rewriter?.(call) ?? null,
    settlement: {
      end: (said) => {
        exit ??= said;
        return Promise.resolve(NO_AMOUNTS);
      },
      markFirstByte: () => undefined,
    },
    callId: CALL_ID,
    provider: PROVIDER,
    controller: new AbortController(),
    client: new Client(new AbortController().signal),
    deadlines,
    deadlineMs: 60_000,
    drainMs: 0,
    now: () => 0,
    sentAtMs: 0,
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  if (exit === null) throw new Error('the stream ended without an exit');
  return { bytes: Buffer.concat(chunks), exit };
}

function callOf({ dialect, body, address }: StreamFixture): ParsedCall {
  const parsed = dialect.parse(body, Buffer.byteLength(JSON.stringify(body)), address);
  if (!parsed.ok) throw new Error(`the fixture's request is refused: ${JSON.stringify(parsed.failure)}`);
  return parsed.value;
}

function sourceOf(pieces: readonly Uint8Array[], ending: 'close' | 'break'): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[next];
        next += 1;
        if (piece !== undefined) controller.enqueue(piece);
        else if (ending === 'close') controller.close();
        else controller.error(new Error('connection reset'));
      },
    },
    { highWaterMark: 0 },
  );
}
