// What metering adds to a stream: to its first byte, and to each chunk of a long one. Chunks are small and the upstream writes
// them one by one; once as fast as it can, where the cost of a chunk shows, and once at the pace of a fast model, where a
// reader would feel a delay.

import { Connection } from '../exchange.ts';
import { atMost, type Figure, type Measured, medianOf, pairwise, quantile } from '../figures.ts';
import type { Lab, Scenario } from '../lab.ts';
import { interleave } from '../rounds.ts';
import { type Answer, type BenchTeam, chatRequest, configureTeams, untilQuiet } from '../teams.ts';
import type { Workers } from '../workers.ts';

const MOST_ADDED_FIRST_BYTE_MS = 1.5;
const MOST_ADDED_PERCENT = 5;
/** A model of 200 tokens a second. */
const PACE_MS = 5;

export const streaming: Scenario = {
  name: 'streaming',
  measure: (lab) =>
    lab.run({ fileSystem: lab.fastest, objects: 'TeamBudget', countedD1: false }, async (workers) => {
      const [team] = await configureTeams(workers.gatewayPort, 1);
      if (team === undefined) throw new Error('no team');
      const place = { lab, workers, team };
      const flood = [await floodOf(place, 1), await floodOf(place, 32)];
      const paced = await pacedOf(place);
      return {
        figures: [...flood.flatMap(({ figures }) => figures), ...paced.figures],
        tables: [
          {
            title: 'Streams, chunk by chunk',
            columns: ['stream', 'through', 'first byte ms', 'µs a chunk', 'delay of a chunk µs, p50', 'p99'],
            rows: [...flood.flatMap(({ rows }) => rows), ...paced.rows],
          },
        ],
        gaps: [],
      } satisfies Measured;
    }),
};

interface Place {
  readonly lab: Lab;
  readonly workers: Workers;
  readonly team: BenchTeam;
}

interface Part {
  readonly figures: readonly Figure[];
  readonly rows: readonly string[][];
}

/** Chunks follow each other without a pause: time per chunk is all cost. */
async function floodOf({ lab, workers, team }: Place, connections: number): Promise<Part> {
  lab.say(`streaming: long streams, c = ${connections}`);
  const chunks = lab.quick ? 1_000 : 4_000;
  const answer: Answer = { kind: 'stream', chunks, bytes: 20, everyMs: 0 };
  const request = () => chatRequest(team.key, answer);
  const settle = () => untilQuiet(workers.gatewayPort, [team]);
  const names = ['upstream alone', 'bare', 'Headgate'];
  const [alone = [], bare = [], gateway = []] = await interleave(
    [
      { name: 'upstream alone', port: lab.upstream.port, request },
      { name: 'bare', port: workers.barePort, request },
      { name: 'Headgate', port: workers.gatewayPort, request, settle },
    ],
    {
      connections,
      rounds: lab.quick ? 3 : 9,
      forMs: lab.quick ? 500 : 3_000,
      warmUpMs: lab.quick ? 300 : 2_000,
      runtimePid: workers.pid,
      upstreamPid: lab.upstream.pid,
    },
  );
  const perChunk = (rounds: typeof bare) => rounds.map(({ bodyP50Ms }) => (bodyP50Ms * 1_000) / chunks);
  const firstByte = (rounds: typeof bare) => rounds.map(({ firstByteP50Ms }) => firstByteP50Ms);
  const isLone = connections === 1;
  const where = `long stream without pauses, c = ${connections}, ${lab.fastest}`;
  return {
    figures: [
      {
        name: `added time to first byte (${where})`,
        unit: 'ms',
        spread: pairwise(firstByte(gateway), firstByte(bare), (left, right) => left - right),
        target: isLone ? atMost(MOST_ADDED_FIRST_BYTE_MS) : null,
      },
      {
        name: `added time per chunk (${where})`,
        unit: '%',
        spread: pairwise(perChunk(gateway), perChunk(bare), (left, right) => (left / right - 1) * 100),
        target: isLone ? atMost(MOST_ADDED_PERCENT) : null,
      },
      {
        name: `added time per chunk (${where})`,
        unit: 'µs',
        spread: pairwise(perChunk(gateway), perChunk(bare), (left, right) => left - right),
        target: null,
      },
    ],
    rows: [alone, bare, gateway].map((rounds, index) => [
      `${chunks} chunks, no pause, c = ${connections}`,
      names[index] ?? '',
      medianOf(firstByte(rounds)).toFixed(2),
      medianOf(perChunk(rounds)).toFixed(1),
      '–',
      '–',
    ]),
  };
}

interface Delays {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly firstByteMs: number;
  readonly usPerChunk: number;
}

/** Each chunk carries the time it was written at; the delay of a chunk is what lies between upstream and client. */
async function pacedOf({ lab, workers, team }: Place): Promise<Part> {
  const chunks = lab.quick ? 200 : 1_000;
  const request = chatRequest(team.key, { kind: 'stream', chunks, bytes: 20, everyMs: PACE_MS });
  const bare: Delays[] = [];
  const gateway: Delays[] = [];
  for (let round = 0; round < (lab.quick ? 2 : 5); round += 1) {
    lab.say(`streaming: paced, round ${round + 1}`);
    bare.push(await delaysOf(workers.barePort, request, chunks));
    gateway.push(await delaysOf(workers.gatewayPort, request, chunks));
    await untilQuiet(workers.gatewayPort, [team]);
  }
  const perChunk = (delays: readonly Delays[]) => delays.map(({ usPerChunk }) => usPerChunk);
  const p50 = (delays: readonly Delays[]) => delays.map(({ p50Us }) => p50Us);
  const where = `a chunk every ${PACE_MS} ms, c = 1, ${lab.fastest}`;
  return {
    figures: [
      {
        name: `added time per chunk (${where})`,
        unit: '%',
        spread: pairwise(perChunk(gateway), perChunk(bare), (left, right) => (left / right - 1) * 100),
        target: atMost(MOST_ADDED_PERCENT),
      },
      {
        name: `added delay of a chunk, p50 (${where})`,
        unit: 'µs',
        spread: pairwise(p50(gateway), p50(bare), (left, right) => left - right),
        target: null,
      },
    ],
    rows: Object.entries({ bare, Headgate: gateway }).map(([name, delays]) => [
      `${chunks} chunks, one every ${PACE_MS} ms, c = 1`,
      name,
      medianOf(delays.map(({ firstByteMs }) => firstByteMs)).toFixed(2),
      medianOf(perChunk(delays)).toFixed(1),
      medianOf(p50(delays)).toFixed(0),
      medianOf(delays.map(({ p99Us }) => p99Us)).toFixed(0),
    ]),
  };
}

async function delaysOf(port: number, request: Buffer, chunks: number): Promise<Delays> {
  const delaysUs: number[] = [];
  const connection = await Connection.open(port);
  connection.onPiece = (piece) => {
    const nowUs = Number(process.hrtime.bigint() / 1_000n);
    for (const [, sentAtUs] of piece.toString('latin1').matchAll(/"sentAtUs":(\d+)/g)) {
      delaysUs.push(nowUs - Number(sentAtUs));
    }
  };
  const { firstByteMs, bodyMs } = await connection.ask(request);
  connection.close();
  if (delaysUs.length !== chunks) throw new Error(`${delaysUs.length} of ${chunks} chunks arrived`);
  const sorted = delaysUs.toSorted((left, right) => left - right);
  return {
    p50Us: quantile(sorted, 0.5),
    p99Us: quantile(sorted, 0.99),
    firstByteMs,
    usPerChunk: (bodyMs * 1_000) / chunks,
  };
}
