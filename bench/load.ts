// A closed-loop load for a while: each connection asks again as soon as it has its answer.

import { performance } from 'node:perf_hooks';
import { Connection, type Exchange } from './exchange.ts';
import { quantile } from './figures.ts';

export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly forMs: number;
  /** The whole HTTP request for the given connection. */
  readonly request: (connection: number) => Buffer;
}

export interface LoadFigures {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstByteP50Ms: number;
  readonly bodyP50Ms: number;
  /** How busy the client itself was, 0 to 1: near 1 it measures itself. */
  readonly clientBusy: number;
}

export async function runLoad({ port, connections, forMs, request }: Load): Promise<LoadFigures> {
  const exchanges: Exchange[] = [];
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const busyBefore = performance.eventLoopUtilization();
  const startMs = performance.now();
  try {
    await Promise.all(
      open.map(async (connection, index) => {
        const payload = request(index);
        while (performance.now() - startMs < forMs) exchanges.push(await connection.ask(payload));
      }),
    );
  } finally {
    for (const connection of open) connection.close();
  }
  const tookMs = performance.now() - startMs;
  const sorted = (pick: (each: Exchange) => number) => exchanges.map(pick).toSorted((left, right) => left - right);
  const totals = sorted((each) => each.totalMs);
  return {
    requests: exchanges.length,
    requestsPerSecond: (exchanges.length * 1_000) / tookMs,
    p50Ms: quantile(totals, 0.5),
    p99Ms: quantile(totals, 0.99),
    firstByteP50Ms: quantile(
      sorted((each) => each.firstByteMs),
      0.5,
    ),
    bodyP50Ms: quantile(
      sorted((each) => each.bodyMs),
      0.5,
    ),
    clientBusy: performance.eventLoopUtilization(busyBefore).utilization,
  };
}
