// What a call costs in rows and requests, counted by the runtime itself: on the object's database and on D1. Everything a
// call causes later is in it (checkpoints, deliveries, deletions, alarms): the counts are taken once all is quiet.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { projectRoot } from '../../scripts/local/project.ts';
import { Connection } from '../exchange.ts';
import { atMost, counted, type Figure, type Measured, type Target } from '../figures.ts';
import type { Lab, Scenario } from '../lab.ts';
import { runLoad } from '../load.ts';
import { benchPath, type BenchTeam, chatRequest, configureTeam, untilQuiet } from '../teams.ts';
import type { Workers } from '../workers.ts';

/** Deliveries are done long before. */
const SETTLING_MS = 4_000;
/** The ledger remembers ended calls for some minutes, to know repeated questions again; it deletes them after that. */
const FORGOTTEN_AFTER_MS = 3_600_000;
/** What a call asks of its object. The benchmark's own questions are not of it. */
const QUESTIONS = ['admit', 'settle', 'release', 'identify'];

interface Load {
  readonly name: string;
  /** Rows of the object's database that one call may take; null only informs. */
  readonly mostRows: number | null;
  /** Resolves with the number of calls. */
  readonly drive: (place: Place) => Promise<number>;
}

interface Place {
  readonly lab: Lab;
  readonly workers: Workers;
  readonly team: BenchTeam;
}

const LOADS: readonly Load[] = [
  { name: 'a call every 4 s', mostRows: null, drive: (place) => paced(place, { perSecond: 0.25, seconds: 20 }) },
  { name: '1.2 calls/s', mostRows: null, drive: (place) => paced(place, { perSecond: 1.2, seconds: 20 }) },
  { name: '2.3 calls/s', mostRows: null, drive: (place) => paced(place, { perSecond: 2.3, seconds: 20 }) },
  { name: '5.8 calls/s', mostRows: null, drive: (place) => paced(place, { perSecond: 5.8, seconds: 20 }) },
  { name: 'c = 1', mostRows: 3, drive: (place) => closedLoop(place, 1) },
  { name: 'c = 32', mostRows: 1, drive: (place) => closedLoop(place, 32) },
];

const MOST_REQUESTS = 2;

export const counting: Scenario = {
  name: 'counts',
  measure: (lab) =>
    lab.run({ fileSystem: lab.fastest, objects: 'CountedTeamBudget', countedD1: true }, async (workers) => {
      await migrate(workers.d1Port);
      const figures: Figure[] = [];
      const rows: string[][] = [];
      for (const [index, load] of LOADS.entries()) {
        lab.say(`counts: ${load.name}`);
        const team = await configureTeam(workers.gatewayPort, `counted-${index}`);
        const bill = await billOf(load, { lab, workers, team });
        figures.push(...figuresOf(load, bill));
        rows.push(rowOf(load, bill));
      }
      return { figures, tables: [{ title: 'Counted per call', columns: COLUMNS, rows }], gaps: [] } satisfies Measured;
    }),
};

async function closedLoop({ lab, workers, team }: Place, connections: number): Promise<number> {
  const request = () => chatRequest(team.key, { kind: 'whole' });
  const forMs = lab.quick ? 2_000 : 10_000;
  return (await runLoad({ port: workers.gatewayPort, connections, forMs, request })).requests;
}

async function paced(
  { lab, workers, team }: Place,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<number> {
  const calls = Math.max(2, Math.round(perSecond * (lab.quick ? seconds / 4 : seconds)));
  const connection = await Connection.open(workers.gatewayPort);
  const startMs = performance.now();
  for (let call = 0; call < calls; call += 1) {
    await sleep(Math.max(0, startMs + (call * 1_000) / perSecond - performance.now()));
    await connection.ask(chatRequest(team.key, { kind: 'whole' }));
  }
  connection.close();
  return calls;
}

const countsSchema = z.object({
  requests: z.record(z.string(), z.number()),
  alarms: z.number(),
  rowsWritten: z.number(),
  rowsRead: z.number(),
});
const databaseSchema = z.object({ rowsWritten: z.number(), requests: z.number(), bytes: z.number() });

interface Reading {
  readonly requests: number;
  readonly alarms: number;
  readonly rowsWritten: number;
  readonly rowsRead: number;
  readonly databaseRowsWritten: number;
  readonly databaseRequests: number;
  readonly databaseBytes: number;
}

async function read({ workers, team }: Place): Promise<Reading> {
  await untilQuiet(workers.gatewayPort, [team]);
  const own = countsSchema.parse(await benchPath(workers.gatewayPort, `counts?team=${team.id}`));
  const database = databaseSchema.parse(await benchPath(workers.d1Port, 'counts'));
  return {
    requests: QUESTIONS.reduce((sum, name) => sum + (own.requests[name] ?? 0), 0),
    alarms: own.alarms,
    rowsWritten: own.rowsWritten,
    rowsRead: own.rowsRead,
    databaseRowsWritten: database.rowsWritten,
    databaseRequests: database.requests,
    databaseBytes: database.bytes,
  };
}

type Bill = Reading & { readonly calls: number };

/** Per call; `calls` is the number of them. */
async function billOf(load: Load, place: Place): Promise<Bill> {
  const before = await read(place);
  const calls = await load.drive(place);
  await untilQuiet(place.workers.gatewayPort, [place.team]);
  await sleep(SETTLING_MS);
  await benchPath(place.workers.gatewayPort, `later?team=${place.team.id}&ms=${FORGOTTEN_AFTER_MS}`);
  const after = await read(place);
  const each = (name: keyof Reading) => (after[name] - before[name]) / calls;
  return {
    calls,
    requests: each('requests'),
    alarms: each('alarms'),
    rowsWritten: each('rowsWritten'),
    rowsRead: each('rowsRead'),
    databaseRowsWritten: each('databaseRowsWritten'),
    databaseRequests: each('databaseRequests'),
    databaseBytes: each('databaseBytes'),
  };
}

function figuresOf({ name, mostRows }: Load, bill: Bill): Figure[] {
  const figure = (what: string, unit: Figure['unit'], value: number, target: Target | null = null): Figure => ({
    name: `${what} (${name})`,
    unit,
    spread: counted(value),
    target,
  });
  return [
    figure('rows written per call', 'rows', bill.rowsWritten, mostRows === null ? null : atMost(mostRows)),
    figure('rows read per call', 'rows', bill.rowsRead),
    figure('object requests per call', 'requests', bill.requests, mostRows === null ? null : atMost(MOST_REQUESTS)),
    figure('alarms per call', 'requests', bill.alarms),
    figure('D1 rows written per call', 'rows', bill.databaseRowsWritten),
    figure('D1 storage per call', 'bytes', bill.databaseBytes),
  ];
}

const COLUMNS = [
  'load',
  'calls',
  'rows written',
  'rows read',
  'object requests',
  'alarms',
  'D1 rows written',
  'D1 requests',
  'D1 bytes',
];

function rowOf({ name }: Load, bill: Bill): string[] {
  return [
    name,
    String(bill.calls),
    bill.rowsWritten.toFixed(2),
    bill.rowsRead.toFixed(2),
    bill.requests.toFixed(2),
    bill.alarms.toFixed(3),
    bill.databaseRowsWritten.toFixed(2),
    bill.databaseRequests.toFixed(3),
    bill.databaseBytes.toFixed(0),
  ];
}

/** The real tables, with all their indexes. */
async function migrate(d1Port: number): Promise<void> {
  const folder = join(projectRoot, 'schema/d1/migrations');
  for (const name of readdirSync(folder).toSorted()) {
    if (name.endsWith('.sql')) await benchPath(d1Port, 'migrate', readFileSync(join(folder, name), 'utf8'));
  }
}
