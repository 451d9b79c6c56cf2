// Interleaved rounds: every side of a comparison gets its turn in every round, in turning order, so that a machine that
// grows slow grows slow for all of them.

import { type LoadFigures, runLoad } from './load.ts';
import { cpuMsOf } from './process-figures.ts';

export interface Side {
  readonly name: string;
  readonly port: number;
  readonly request: (connection: number) => Buffer;
  /** After its turn: what it left behind is done before the next one starts. */
  readonly settle?: () => Promise<void>;
}

export interface Rounds {
  readonly connections: number;
  readonly rounds: number;
  readonly forMs: number;
  readonly warmUpMs: number;
  /** Processes whose load is watched. */
  readonly runtimePid: number;
  readonly upstreamPid: number;
}

export interface Round extends LoadFigures {
  /** Processor time of a process over the time of the round, 1 for a whole core; null where the kernel does not tell. */
  readonly runtimeBusy: number | null;
  readonly upstreamBusy: number | null;
  readonly runtimeCpuMsPerCall: number | null;
}

/** The rounds of each side, in the order of the sides. */
export async function interleave(sides: readonly Side[], rounds: Rounds): Promise<Round[][]> {
  const results = sides.map((): Round[] => []);
  for (const side of sides) {
    await turn(side, { ...rounds, forMs: rounds.warmUpMs });
  }
  for (let round = 0; round < rounds.rounds; round += 1) {
    const order = [...sides.entries()];
    if (round % 2 === 1) order.reverse();
    for (const [index, side] of order) results[index]?.push(await turn(side, rounds));
  }
  return results;
}

async function turn(side: Side, { connections, forMs, runtimePid, upstreamPid }: Rounds): Promise<Round> {
  const before = { runtime: cpuMsOf(runtimePid), upstream: cpuMsOf(upstreamPid), atMs: performance.now() };
  const figures = await runLoad({ port: side.port, connections, forMs, request: side.request });
  const tookMs = performance.now() - before.atMs;
  const runtimeMs = difference(cpuMsOf(runtimePid), before.runtime);
  const upstreamMs = difference(cpuMsOf(upstreamPid), before.upstream);
  await side.settle?.();
  return {
    ...figures,
    runtimeBusy: runtimeMs === null ? null : runtimeMs / tookMs,
    upstreamBusy: upstreamMs === null ? null : upstreamMs / tookMs,
    runtimeCpuMsPerCall: runtimeMs === null ? null : runtimeMs / figures.requests,
  };
}

function difference(after: number | null, before: number | null): number | null {
  return after === null || before === null ? null : after - before;
}
