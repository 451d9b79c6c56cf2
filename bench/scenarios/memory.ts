// Whether memory grows with the bodies that wait: many clients read slowly what the upstream offers at full speed. Each size
// gets a runtime of its own; what counts is the highest memory seen while they read slowly. A body of 1 MB waits in the
// sockets' own buffers; from 10 MB on, somebody has to hold the upstream back.

import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../exchange.ts';
import { atMost, counted, type Figure, type Measured, type Table } from '../figures.ts';
import type { Lab, Scenario } from '../lab.ts';
import { residentMbOf } from '../process-figures.ts';
import { chatRequest, configureTeams } from '../teams.ts';
import type { Workers } from '../workers.ts';

const READERS = 50;
const CHUNK_BYTES = 16 * 1_024;
const SIZES_MB = [1, 10, 40] as const;
const READ_EVERY_MS = 250;
const WATCH_EVERY_MS = 50;
/** What the measurement itself sways by: garbage that is not collected yet. The waiting bytes would be 1,500 MB. */
const MOST_GROWTH_MB = 16;

interface Footprint {
  readonly idleMb: number;
  readonly peakMb: number;
}

type Through = 'bare' | 'Headgate';

export const memory: Scenario = {
  name: 'memory',
  async measure(lab) {
    const through: Record<Through, Footprint[]> = { bare: [], Headgate: [] };
    for (const name of ['bare', 'Headgate'] as const) {
      for (const megabytes of SIZES_MB) {
        lab.say(`memory: ${READERS} slow readers of ${megabytes} MB through ${name}`);
        const footprint = await lab.run(
          { fileSystem: lab.fastest, objects: 'TeamBudget', countedD1: false },
          (workers) => footprintOf(lab, workers, { name, megabytes }),
        );
        if (footprint === null)
          return { figures: [], tables: [], gaps: ['Memory of a process is not to be had here.'] };
        through[name].push(footprint);
      }
    }
    return { figures: figuresOf(through.Headgate), tables: [tableOf(through)], gaps: [] } satisfies Measured;
  },
};

function figuresOf(footprints: readonly Footprint[]): Figure[] {
  const [small = Number.NaN, large = Number.NaN, largest = Number.NaN] = footprints.map(growthOf);
  const figure = { unit: 'MB', target: null } as const;
  return [
    { ...figure, name: `memory of ${READERS} slow readers of 10 MB, over idle`, spread: counted(large) },
    { ...figure, name: `memory of ${READERS} slow readers, 10 MB over 1 MB`, spread: counted(large - small) },
    {
      ...figure,
      name: `memory of ${READERS} slow readers, 40 MB over 10 MB`,
      spread: counted(largest - large),
      target: atMost(MOST_GROWTH_MB),
    },
  ];
}

function tableOf(through: Readonly<Record<Through, readonly Footprint[]>>): Table {
  return {
    title: `Memory of the runtime, ${READERS} slow readers`,
    columns: ['through', 'each stream', 'idle MB', 'highest MB', 'growth MB'],
    rows: Object.entries(through).flatMap(([name, footprints]) =>
      footprints.map((footprint, index) => [
        name,
        `${SIZES_MB[index] ?? 0} MB`,
        footprint.idleMb.toFixed(0),
        footprint.peakMb.toFixed(0),
        growthOf(footprint).toFixed(0),
      ]),
    ),
  };
}

function growthOf({ idleMb, peakMb }: Footprint): number {
  return peakMb - idleMb;
}

async function footprintOf(
  lab: Lab,
  { pid, gatewayPort, barePort }: Workers,
  { name, megabytes }: { readonly name: 'bare' | 'Headgate'; readonly megabytes: number },
): Promise<Footprint | null> {
  const port = name === 'bare' ? barePort : gatewayPort;
  const [team] = await configureTeams(gatewayPort, 1);
  const key = team?.key ?? '';
  const chunks = (megabytes * 1_024 * 1_024) / CHUNK_BYTES;
  // Code that has run once is compiled: that is no growth.
  for (let call = 0; call < 20; call += 1) {
    const connection = await Connection.open(port);
    await connection.ask(chatRequest(key, { kind: 'stream', chunks: 20, bytes: CHUNK_BYTES, everyMs: 0 }));
    connection.close();
  }
  await sleep(1_500);
  const idleMb = residentMbOf(pid);
  if (idleMb === null) return null;

  let peakMb = idleMb;
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, residentMbOf(pid) ?? 0);
  }, WATCH_EVERY_MS);
  const request = chatRequest(key, { kind: 'stream', chunks, bytes: CHUNK_BYTES, everyMs: 0 });
  const slowForMs = lab.quick ? 4_000 : 15_000;
  const endWatch = setTimeout(() => clearInterval(watch), slowForMs);
  await Promise.all(Array.from({ length: READERS }, () => readSlowly(port, request, slowForMs)));
  clearTimeout(endWatch);
  clearInterval(watch);
  return { idleMb, peakMb };
}

/** A piece of at most 64 KB now and then; after that time the rest at full speed, to the proper end. */
async function readSlowly(port: number, request: Buffer, slowForMs: number): Promise<void> {
  const connection = await Connection.open(port);
  const { socket } = connection;
  const fastFromMs = performance.now() + slowForMs;
  connection.onPiece = () => {
    if (performance.now() > fastFromMs) return;
    socket.pause();
    setTimeout(() => socket.resume(), READ_EVERY_MS);
  };
  await connection.ask(request);
  connection.close();
}
