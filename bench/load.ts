// A closed-loop load over keep-alive connections: each connection asks again as soon as it has its answer. Plain sockets,
// because on few cores the client must cost as little as it can.

import { connect, type Socket } from 'node:net';

export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly requests: number;
  /** The whole HTTP request for the given connection. */
  readonly request: (connection: number) => Buffer;
}

export interface Figures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Median time to the first byte of the body. */
  readonly firstByteP50Ms: number;
}

const HEADER_END = '\r\n\r\n';

export async function runLoad({ port, connections, requests, request }: Load): Promise<Figures> {
  const latencies: number[] = [];
  const firstBytes: number[] = [];
  let left = requests;
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async (_, connection) => {
      const socket = await open(port);
      const payload = request(connection);
      while (left > 0) {
        left -= 1;
        const { totalMs, firstByteMs } = await exchange(socket, payload);
        latencies.push(totalMs);
        firstBytes.push(firstByteMs);
      }
      socket.destroy();
    }),
  );
  const tookMs = performance.now() - startMs;
  return {
    requestsPerSecond: (requests * 1_000) / tookMs,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    firstByteP50Ms: percentile(firstBytes, 0.5),
  };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

function exchange(socket: Socket, payload: Buffer): Promise<{ totalMs: number; firstByteMs: number }> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    let received = '';
    let firstByteMs = 0;
    const fail = (error?: Error) => reject(error ?? new Error('the connection closed'));
    const onData = (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const headerEnd = received.indexOf(HEADER_END);
      if (headerEnd === -1) return;
      if (firstByteMs === 0 && received.length > headerEnd + HEADER_END.length)
        firstByteMs = performance.now() - startMs;
      if (!isWhole(received, headerEnd)) return;
      socket.off('data', onData);
      socket.off('error', fail);
      socket.off('close', fail);
      if (!received.startsWith('HTTP/1.1 200')) reject(new Error(received.slice(0, 500)));
      else resolve({ totalMs: performance.now() - startMs, firstByteMs });
    };
    socket.on('data', onData);
    socket.once('error', fail);
    socket.once('close', fail);
    socket.write(payload);
  });
}

function isWhole(received: string, headerEnd: number): boolean {
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, headerEnd + 2))?.[1];
  if (length !== undefined) return received.length >= headerEnd + HEADER_END.length + Number(length);
  return received.length > headerEnd + HEADER_END.length && received.endsWith('\r\n0\r\n\r\n');
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
