// How large the Worker is and what its start costs: processor time of the runtime with the real bundle, less that with a
// Worker that has nothing in it, each started afresh.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildBenchWorker, buildProduct, type Bundle, readBundle } from '../bundles.ts';
import { atMost, counted, type Figure, type Measured, pairwise, spreadRow } from '../figures.ts';
import type { Lab, Scenario } from '../lab.ts';
import { cpuMsOf } from '../process-figures.ts';
import { freePort, startRuntime } from '../workerd.ts';

const MOST_KB = 400;
const MOST_START_MS = 50;

export const startUp: Scenario = {
  name: 'start-up',
  async measure(lab) {
    const product = buildProduct(lab.folder);
    const empty = buildBenchWorker('empty', { into: lab.folder, minify: true });
    const bytes = readBundle(product);
    const kilobytes = gzipSync(bytes).length / 1_024;
    const size: Figure = {
      name: 'Worker bundle, gzip',
      unit: 'KB',
      spread: counted(kilobytes),
      target: atMost(MOST_KB),
    };
    const costs = await startCosts(lab, { product, empty });
    if (costs === null) {
      return { figures: [size], tables: [], gaps: ['Processor time of a process is not to be had on this system.'] };
    }
    const spread = pairwise(costs.product, costs.empty, (left, right) => left - right);
    return {
      figures: [size, { name: 'start-up of the Worker', unit: 'ms', spread, target: atMost(MOST_START_MS) }],
      tables: [
        {
          title: 'Processor time of the runtime until it listens',
          columns: ['Worker', 'median ms', 'spread'],
          rows: [spreadRow('Headgate', costs.product), spreadRow('an empty one', costs.empty)],
        },
      ],
      gaps: [],
    } satisfies Measured;
  },
};

interface Costs {
  readonly product: readonly number[];
  readonly empty: readonly number[];
}

async function startCosts(
  lab: Lab,
  { product, empty }: { readonly product: Bundle; readonly empty: Bundle },
): Promise<Costs | null> {
  const costs: Record<'product' | 'empty', number[]> = { product: [], empty: [] };
  for (let round = 0; round < (lab.quick ? 5 : 15); round += 1) {
    if (round === 0) lab.say('start-up: starting the runtime again and again');
    const withProduct = await startCost(lab, product, 'TeamBudget');
    const withEmpty = await startCost(lab, empty, null);
    if (withProduct === null || withEmpty === null) return null;
    costs.product.push(withProduct);
    costs.empty.push(withEmpty);
  }
  return costs;
}

async function startCost(lab: Lab, { folder, file }: Bundle, objects: string | null): Promise<number | null> {
  const port = await freePort();
  const state = join(lab.folder, 'start-up');
  mkdirSync(state, { recursive: true });
  const objectSettings = `durableObjectNamespaces = [ (className = "${objects}", uniqueKey = "start-up", enableSql = true) ],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [ (name = "TEAM_BUDGET", durableObjectNamespace = "${objects}") ],`;
  const runtime = await startRuntime({
    folder: state,
    ports: [port],
    configuration: `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .main), (name = "disk", disk = (path = "${state}", writable = true)) ],
  sockets = [ (name = "main", address = "127.0.0.1:${port}", http = (), service = "main") ] );
const main :Workerd.Worker = (
  modules = [ (name = "main.js", esModule = embed "${join(folder, file)}") ],
  ${objects === null ? '' : objectSettings}
  compatibilityDate = "2026-10-20" );
`,
  });
  const cpuMs = cpuMsOf(runtime.pid);
  await runtime.stop();
  return cpuMs;
}
