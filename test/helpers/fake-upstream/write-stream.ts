// Frames to bytes on the wire, with the delays, cuts and odd splits a script asks for.

import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { FakeDialect, Frame, JournalEntry, Script } from './script.ts';

export interface StreamTask {
  readonly response: ServerResponse;
  readonly entry: JournalEntry;
  readonly script: Script;
  readonly dialect: FakeDialect;
  readonly frames: readonly Frame[];
  /** How the wire carries a frame, where that is not as a server-sent event. */
  readonly framing?: { readonly contentType: string; readonly encode: (frame: Frame) => Uint8Array };
}

export async function writeStream(task: StreamTask): Promise<void> {
  const { response, entry, script, dialect, frames, framing } = task;
  const framed = (frame: Frame): Uint8Array => framing?.encode(frame) ?? Buffer.from(eventText(frame, script));
  response.writeHead(200, {
    'content-type': framing?.contentType ?? 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-request-id': 'req_5f2b0c1d',
    ...(script.gzip && { 'content-encoding': 'gzip' }),
  });
  response.flushHeaders();
  if (script.hangAfterHeaders) return;
  if (script.gzip) {
    entry.chunks = frames.filter(({ isChunk }) => isChunk).length;
    if (script.usageReport === 'exact' && frames.some(({ carriesUsage }) => carriesUsage))
      entry.reported = script.usage;
    response.end(gzipSync(Buffer.concat(frames.map(framed))));
    return;
  }
  for (const frame of frames) {
    if (frame.isChunk) {
      if (script.cutAfterChunks === entry.chunks) {
        entry.ending = 'cut';
        response.destroy();
        return;
      }
      if (script.errorAfterChunks === entry.chunks) {
        entry.ending = 'error_event';
        response.end(framed(dialect.errorFrame()));
        return;
      }
      if (script.chunkDelayMs > 0) await sleep(script.chunkDelayMs);
    }
    if (response.destroyed) return;
    await write(response, framed(frame), script.splitBytes);
    if (frame.isChunk) entry.chunks += 1;
    if (frame.carriesUsage && script.usageReport === 'exact') entry.reported = script.usage;
  }
  response.end();
}

function eventText({ event, data }: Frame, { lineEnding }: Script): string {
  const name = event === null ? '' : `event: ${event}${lineEnding}`;
  return `${name}data: ${data}${lineEnding}${lineEnding}`;
}

async function write(response: ServerResponse, bytes: Uint8Array, splitBytes: number | null): Promise<void> {
  if (splitBytes === null) {
    response.write(bytes);
    return;
  }
  for (let start = 0; start < bytes.length; start += splitBytes) {
    response.write(bytes.subarray(start, start + splitBytes));
    // Lets the piece leave on its own.
    await nextTurn();
  }
}
