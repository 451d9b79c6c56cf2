// `npm run bench`: Headgate against a bare pass-through Worker, in the same runtime, in interleaved rounds. The ratios
// count; machines are noisy. `--json` prints the figures for programs, `--quick` takes fewer rounds.

import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { teamIdSchema, userIdSchema } from '../schema/ids.ts';
import { mintKey } from '../worker/callers/key.ts';
import { type Figures, runLoad } from './load.ts';
import { buildWorkers, startWorkers } from './workerd.ts';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 3 : 7;
const WARM_UP_REQUESTS = 500;
const MEMORY_FOLDER = '/dev/shm';

interface Scenario {
  readonly name: string;
  readonly connections: number;
  readonly requests: number;
  readonly stream: boolean;
  readonly teams: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'c=1', connections: 1, requests: 1_000, stream: false, teams: 1 },
  { name: 'c=32, one team', connections: 32, requests: 4_000, stream: false, teams: 1 },
  { name: 'c=32, 32 teams', connections: 32, requests: 4_000, stream: false, teams: 32 },
  { name: 'c=128, one team', connections: 128, requests: 4_000, stream: false, teams: 1 },
  { name: 'stream, c=1', connections: 1, requests: 300, stream: true, teams: 1 },
  { name: 'stream, c=32', connections: 32, requests: 1_000, stream: true, teams: 1 },
];

interface Row {
  readonly fileSystem: string;
  readonly scenario: string;
  readonly bare: Figures;
  readonly gateway: Figures;
  /** Requests per second of Headgate over those of the bare Worker, round by round. */
  readonly ratio: { readonly median: number; readonly least: number; readonly most: number };
}

const folder = mkdtempSync(join(tmpdir(), 'headgate-bench-'));
try {
  const rows = await measure();
  console.log(process.argv.includes('--json') ? JSON.stringify(rows, null, 2) : table(rows));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<Row[]> {
  const bundles = buildWorkers(folder);
  const upstreamPort = await freePort();
  const upstream = fork(join(import.meta.dirname, 'upstream.ts'), [String(upstreamPort)]);
  const rows: Row[] = [];
  try {
    for (const [fileSystem, parent] of Object.entries({ memory: MEMORY_FOLDER, disk: folder })) {
      if (!existsSync(parent)) continue;
      const stateFolder = mkdtempSync(join(parent, 'headgate-bench-state-'));
      const ports = { upstreamPort, gatewayPort: await freePort(), barePort: await freePort() };
      const workers = await startWorkers(bundles, { stateFolder, ...ports });
      const keys = await Promise.all(Array.from({ length: 32 }, (_, index) => configure(ports.gatewayPort, index)));
      for (const scenario of SCENARIOS) rows.push(await compare(fileSystem, scenario, ports, keys));
      await workers.stop();
      rmSync(stateFolder, { recursive: true, force: true });
    }
  } finally {
    upstream.disconnect();
  }
  return rows;
}

async function compare(
  fileSystem: string,
  scenario: Scenario,
  ports: { readonly gatewayPort: number; readonly barePort: number },
  keys: readonly string[],
): Promise<Row> {
  const { connections, requests, stream, teams } = scenario;
  const request = (connection: number) => chatRequest(keys[connection % teams] ?? '', stream);
  const run = (port: number, count: number) => runLoad({ port, connections, requests: count, request });
  await run(ports.barePort, WARM_UP_REQUESTS);
  await run(ports.gatewayPort, WARM_UP_REQUESTS);
  const bare: Figures[] = [];
  const gateway: Figures[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await run(ports.barePort, requests));
    gateway.push(await run(ports.gatewayPort, requests));
  }
  const ratios = gateway
    .map(({ requestsPerSecond }, round) => requestsPerSecond / (bare[round]?.requestsPerSecond ?? Number.NaN))
    .toSorted((left, right) => left - right);
  return {
    fileSystem,
    scenario: scenario.name,
    bare: medianOf(bare),
    gateway: medianOf(gateway),
    ratio: { median: middle(ratios), least: ratios[0] ?? Number.NaN, most: ratios.at(-1) ?? Number.NaN },
  };
}

/** A team with a budget, an each-member budget and one key, straight into its object. */
async function configure(port: number, index: number): Promise<string> {
  const team = teamIdSchema.parse(`bench-${index}`);
  const { key, id, digest } = await mintKey(team);
  const budget = { unit: 'usd', limit: 1_000_000_000_000, period: 'month', enforcement: 'hard' };
  const config = {
    team,
    timezone: 'Europe/London',
    access: { allow: ['*'], deny: [], approval: [] },
    budgets: [
      { ...budget, id: 'monthly', scope: { kind: 'team' } },
      { ...budget, id: 'each', scope: { kind: 'each_member' } },
    ],
    keys: [{ id, digest, user: userIdSchema.parse('ada'), revoked: false, expiresAtMs: null }],
  };
  const response = await fetch(`http://127.0.0.1:${port}/bench/configure`, {
    method: 'POST',
    body: JSON.stringify({ version: 1, config }),
  });
  if (!response.ok) throw new Error(await response.text());
  return key;
}

function chatRequest(key: string, stream: boolean): Buffer {
  const body = JSON.stringify({
    model: 'gpt-5-mini',
    ...(stream ? { stream: true } : {}),
    max_completion_tokens: 100,
    messages: [{ role: 'user', content: 'Say hello to everyone who measures this.' }],
  });
  return Buffer.from(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function medianOf(figures: readonly Figures[]): Figures {
  const of = (pick: (each: Figures) => number) => middle(figures.map(pick).toSorted((left, right) => left - right));
  return {
    requestsPerSecond: of((each) => each.requestsPerSecond),
    p50Ms: of((each) => each.p50Ms),
    p99Ms: of((each) => each.p99Ms),
    firstByteP50Ms: of((each) => each.firstByteP50Ms),
  };
}

function middle(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ fileSystem, scenario, bare, gateway, ratio }) =>
    [
      fileSystem.padEnd(7),
      scenario.padEnd(16),
      bare.requestsPerSecond.toFixed(0).padStart(7),
      gateway.requestsPerSecond.toFixed(0).padStart(9),
      `${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)}–${ratio.most.toFixed(2)})`.padStart(19),
      (gateway.p50Ms - bare.p50Ms).toFixed(2).padStart(10),
      (gateway.firstByteP50Ms - bare.firstByteP50Ms).toFixed(2).padStart(11),
    ].join('  '),
  );
  const head = 'state    scenario          bare/s  Headgate/s  ratio (spread)   added p50   added ttfb (ms)';
  return [head, ...lines].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
