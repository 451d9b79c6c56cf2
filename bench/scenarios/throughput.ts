// How many calls pass, and how long one takes: against the bare Worker, on each file system, whole and streamed, for one hot
// team and for 32.

import {
  atLeast,
  atMost,
  type Figure,
  type Measured,
  medianOf,
  pairwise,
  spreadOf,
  type Target,
  type Table,
} from '../figures.ts';
import type { FileSystem, Lab, Scenario } from '../lab.ts';
import { interleave, type Round, type Side } from '../rounds.ts';
import { type Answer, type BenchTeam, chatRequest, configureTeams, untilQuiet } from '../teams.ts';
import type { Workers } from '../workers.ts';

const MANY_TEAMS = 32;
const WHOLE: Answer = { kind: 'whole' };
const STREAM: Answer = { kind: 'stream', chunks: 100, bytes: 20, everyMs: 0 };

interface Shape {
  readonly name: string;
  readonly connections: number;
  readonly answer: Answer;
  readonly manyTeams: boolean;
}

const SHAPES: readonly Shape[] = [
  { name: 'whole, c = 1', connections: 1, answer: WHOLE, manyTeams: false },
  { name: 'whole, c = 32', connections: 32, answer: WHOLE, manyTeams: true },
  { name: 'whole, c = 128', connections: 128, answer: WHOLE, manyTeams: true },
  { name: 'stream of 100, c = 1', connections: 1, answer: STREAM, manyTeams: false },
  { name: 'stream of 100, c = 32', connections: 32, answer: STREAM, manyTeams: true },
  { name: 'stream of 100, c = 128', connections: 128, answer: STREAM, manyTeams: false },
];

/** The ratios that are promised at c = 32 with one hot team. */
const LEAST_RATIO: Readonly<Record<FileSystem, number>> = { memory: 0.35, disk: 0.25 };
const MOST_ADDED_MS = 1.5;

export const throughput: Scenario = { name: 'throughput', measure };

async function measure(lab: Lab): Promise<Measured> {
  const parts: Measured[] = [];
  for (const fileSystem of lab.fileSystems) {
    parts.push(
      await lab.run({ fileSystem, objects: 'TeamBudget', countedD1: false }, (workers) =>
        onFileSystem(lab, fileSystem, workers),
      ),
    );
  }
  return {
    figures: parts.flatMap(({ figures }) => figures),
    tables: parts.flatMap(({ tables }) => tables),
    gaps: lab.fileSystems.includes('memory')
      ? []
      : ['There is no memory file system here; only the disk was measured.'],
  };
}

async function onFileSystem(lab: Lab, fileSystem: FileSystem, workers: Workers): Promise<Measured> {
  const teams = await configureTeams(workers.gatewayPort, MANY_TEAMS);
  const figures: Figure[] = [];
  const rows: string[][] = [];
  for (const shape of SHAPES) {
    lab.say(`throughput on ${fileSystem}: ${shape.name}`);
    const sides = sidesOf(shape, { lab, workers, teams });
    const results = await interleave(sides, {
      connections: shape.connections,
      rounds: lab.quick ? 3 : 7,
      forMs: lab.quick ? 500 : 3_000,
      warmUpMs: lab.quick ? 500 : 2_000,
      runtimePid: workers.pid,
      upstreamPid: lab.upstream.pid,
    });
    const [, bare = [], hot = [], many] = results;
    figures.push(...figuresOf(fileSystem, shape, { bare, hot, many: many ?? null }));
    rows.push(...sides.map((side, index) => rowOf(shape, side, results[index] ?? [], bare)));
  }
  return { figures, tables: [{ title: `Throughput, state on ${fileSystem}`, columns: COLUMNS, rows }], gaps: [] };
}

interface Place {
  readonly lab: Lab;
  readonly workers: Workers;
  readonly teams: readonly BenchTeam[];
}

function sidesOf({ answer, manyTeams }: Shape, { lab, workers, teams }: Place): Side[] {
  const requests = teams.map(({ key }) => chatRequest(key, answer));
  const [first = Buffer.alloc(0)] = requests;
  const settle = (which: readonly BenchTeam[]) => () => untilQuiet(workers.gatewayPort, which);
  return [
    { name: 'upstream alone', port: lab.upstream.port, request: () => first },
    { name: 'bare', port: workers.barePort, request: () => first },
    { name: 'Headgate, one team', port: workers.gatewayPort, request: () => first, settle: settle(teams.slice(0, 1)) },
    ...(manyTeams
      ? [
          {
            name: `Headgate, ${teams.length} teams`,
            port: workers.gatewayPort,
            request: (connection: number) => requests[connection % requests.length] ?? first,
            settle: settle(teams),
          },
        ]
      : []),
  ];
}

interface Results {
  readonly bare: readonly Round[];
  readonly hot: readonly Round[];
  readonly many: readonly Round[] | null;
}

function figuresOf(fileSystem: FileSystem, { name, connections, answer }: Shape, results: Results): Figure[] {
  const { bare, hot, many } = results;
  const isHeadline = connections === 32 && answer.kind === 'whole';
  const isLone = connections === 1 && answer.kind === 'whole';
  const where = `${name}, ${fileSystem}`;
  const figure = (what: string, unit: Figure['unit'], spread: Figure['spread'], target: Target | null): Figure => ({
    name: `${what} (${where})`,
    unit,
    spread,
    target,
  });
  const figures = [
    figure(
      'throughput, one hot team',
      'of bare',
      pairwise(hot.map(perSecond), bare.map(perSecond), (left, right) => left / right),
      isHeadline ? atLeast(LEAST_RATIO[fileSystem]) : null,
    ),
  ];
  if (many !== null) {
    const spread = pairwise(many.map(perSecond), hot.map(perSecond), (left, right) => left / right);
    figures.push(figure('throughput, 32 teams to one hot team', 'times', spread, isHeadline ? atLeast(1) : null));
  }
  if (connections === 1) {
    const spread = pairwise(hot.map(p50), bare.map(p50), (left, right) => left - right);
    figures.push(figure('added p50', 'ms', spread, isLone && fileSystem === 'memory' ? atMost(MOST_ADDED_MS) : null));
  }
  if (isHeadline) {
    const cpu = hot.flatMap(({ runtimeCpuMsPerCall }) => runtimeCpuMsPerCall ?? []);
    figures.push(figure('processor time of the runtime per call', 'ms', spreadOf(cpu), null));
  }
  return figures;
}

const COLUMNS: Table['columns'] = [
  'load',
  'through',
  'calls/s',
  'of bare',
  'p50 ms',
  'p99 ms',
  'first byte ms',
  'runtime busy',
  'upstream busy',
  'client busy',
];

function rowOf({ name }: Shape, side: Side, rounds: readonly Round[], bare: readonly Round[]): string[] {
  const of = (pick: (round: Round) => number) => medianOf(rounds.map(pick));
  const ratio = pairwise(rounds.map(perSecond), bare.map(perSecond), (left, right) => left / right);
  return [
    name,
    side.name,
    of(perSecond).toFixed(0),
    `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}–${ratio.most.toFixed(2)})`,
    of(({ p50Ms }) => p50Ms).toFixed(2),
    of(({ p99Ms }) => p99Ms).toFixed(2),
    of(({ firstByteP50Ms }) => firstByteP50Ms).toFixed(2),
    percent(of(({ runtimeBusy }) => runtimeBusy ?? Number.NaN)),
    percent(of(({ upstreamBusy }) => upstreamBusy ?? Number.NaN)),
    percent(of(({ clientBusy }) => clientBusy)),
  ];
}

function p50({ p50Ms }: Round): number {
  return p50Ms;
}

function perSecond({ requestsPerSecond }: Round): number {
  return requestsPerSecond;
}

function percent(share: number): string {
  return Number.isNaN(share) ? '–' : `${(share * 100).toFixed(0)} %`;
}
