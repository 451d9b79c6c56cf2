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
}

export async function writeStream({ response, entry, script, dialect, frames }: StreamTask): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
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
    response.end(gzipSync(frames.map((frame) => framed(frame, script)).join('')));
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
        response.end(framed(dialect.errorFrame(), script));
        return;
      }
      if (script.chunkDelayMs > 0) await sleep(script.chunkDelayMs);
    }
    if (response.destroyed) return;
    await write(response, framed(frame, script), script.splitBytes);
    if (frame.isChunk) entry.chunks += 1;
    if (frame.carriesUsage && script.usageReport === 'exact') entry.reported = script.usage;
  }
  response.end();
}

function framed({ event, data }: Frame, { lineEnding }: Script): string {
  const name = event === null ? '' : `event: ${event}${lineEnding}`;
  return `${name}data: ${data}${lineEnding}${lineEnding}`;
}

async function write(response: ServerResponse, text: string, splitBytes: number | null): Promise<void> {
  if (splitBytes === null) {
    response.write(text);
    return;
  }
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += splitBytes) {
    response.write(bytes.subarray(start, start + splitBytes));
    // Lets the piece leave on its own.
    await nextTurn();
  }
}
