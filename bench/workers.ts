// The measured Workers side by side in one runtime: Headgate, the bare pass-through Worker, and what stands in for D1.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle, BundleName } from './bundles.ts';
import { removeFolder, temporaryFolder } from './leftovers.ts';
import { freePort, type Runtime, startRuntime } from './workerd.ts';

export type ObjectClass = 'TeamBudget' | 'CountedTeamBudget' | 'DrivenTeamBudget';

export interface WorkersOptions {
  readonly bundles: Readonly<Record<Exclude<BundleName, 'empty'>, Bundle>>;
  /** Where the objects' databases go: below a disk, or a memory file system. */
  readonly stateParent: string;
  readonly upstreamPort: number;
  readonly objects: ObjectClass;
  /** A D1 that counts, instead of one that costs nothing. */
  readonly countedD1: boolean;
  readonly inspectorPort?: number;
}

export interface Workers {
  readonly pid: number;
  readonly gatewayPort: number;
  readonly barePort: number;
  readonly askingPort: number;
  readonly d1Port: number;
}

const COMPATIBILITY_DATE = '2026-10-20';

/** Starts them, lets `use` work with them, stops them, and removes their state, whatever happens. */
export async function withWorkers<Result>(
  options: WorkersOptions,
  use: (workers: Workers) => Promise<Result>,
): Promise<Result> {
  const folder = temporaryFolder(options.stateParent, 'headgate-bench-state-');
  const ports = {
    gatewayPort: await freePort(),
    barePort: await freePort(),
    askingPort: await freePort(),
    d1Port: await freePort(),
  };
  let runtime: Runtime | null = null;
  try {
    mkdirSync(join(folder, 'objects'));
    runtime = await startRuntime({
      folder,
      configuration: configuration(options, { ...ports, stateFolder: join(folder, 'objects') }),
      ports: Object.values(ports),
      ...(options.inspectorPort !== undefined && { inspectorPort: options.inspectorPort }),
    });
    return await use({ pid: runtime.pid, ...ports });
  } finally {
    await runtime?.stop();
    removeFolder(folder);
  }
}

interface Places extends Omit<Workers, 'pid'> {
  readonly stateFolder: string;
}

function configuration(
  { bundles, upstreamPort, objects, countedD1 }: WorkersOptions,
  { stateFolder, gatewayPort, barePort, askingPort, d1Port }: Places,
): string {
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  const d1 = countedD1 ? bundles['d1-counted'] : bundles['d1-stub'];
  const database = `durableObjectNamespaces = [ (className = "CountedDatabase", uniqueKey = "bench-d1", enableSql = true) ],
  durableObjectStorage = (localDisk = "disk"), bindings = [ (name = "DATABASE", durableObjectNamespace = "CountedDatabase") ],`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway), (name = "bare", worker = .bare), (name = "asking", worker = .asking),
    (name = "d1", worker = .d1),
    (name = "net", network = (allow = ["private", "local", "public"])),
    (name = "disk", disk = (path = "${stateFolder}", writable = true)) ],
  sockets = [
    (name = "gateway", address = "127.0.0.1:${gatewayPort}", http = (), service = "gateway"),
    (name = "bare", address = "127.0.0.1:${barePort}", http = (), service = "bare"),
    (name = "asking", address = "127.0.0.1:${askingPort}", http = (), service = "asking"),
    (name = "d1", address = "127.0.0.1:${d1Port}", http = (), service = "d1") ] );
const gateway :Workerd.Worker = (
  modules = [ ${embed(bundles.entry)} ],
  compatibilityDate = "${COMPATIBILITY_DATE}", compatibilityFlags = ["enable_request_signal", "no_nodejs_compat", "no_nodejs_compat_v2"], globalOutbound = "net",
  durableObjectNamespaces = [ (className = "${objects}", uniqueKey = "bench-team-budget", enableSql = true) ],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    (name = "TEAM_BUDGET", durableObjectNamespace = "${objects}"),
    (name = "DRIVEN", durableObjectNamespace = "${objects}"),
    (name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = "d1")])),
    (name = "OPENAI_BASE_URL", text = "${upstream}/v1"), (name = "OPENAI_API_KEY", text = "bench") ] );
const bare :Workerd.Worker = (
  modules = [ ${embed(bundles.bare)} ],
  compatibilityDate = "${COMPATIBILITY_DATE}", globalOutbound = "net",
  bindings = [ (name = "UPSTREAM", text = "${upstream}") ] );
const asking :Workerd.Worker = (
  modules = [ ${embed(bundles.asking)} ],
  compatibilityDate = "${COMPATIBILITY_DATE}", globalOutbound = "net",
  durableObjectNamespaces = [ (className = "Answering", uniqueKey = "bench-answering", enableSql = true) ],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    (name = "ANSWERING", durableObjectNamespace = "Answering"), (name = "UPSTREAM", text = "${upstream}") ] );
const d1 :Workerd.Worker = (
  modules = [ ${embed(d1)} ],
  ${countedD1 ? database : ''}
  compatibilityDate = "${COMPATIBILITY_DATE}" );
`;
}

function embed({ folder, file }: Bundle): string {
  return `(name = "${file}", esModule = embed "${join(folder, file)}")`;
}
