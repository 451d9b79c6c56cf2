// Builds the measured Workers and runs them on raw workerd, which is what production runs; wrangler's proxies are not there.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
const workerdBinary = join(root, 'node_modules/workerd/bin/workerd');
const START_TIMEOUT_MS = 10_000;

export interface Workers {
  readonly gatewayPort: number;
  readonly barePort: number;
  readonly stop: () => Promise<void>;
}

export interface WorkersOptions {
  /** Where the objects' databases go: a disk, or a memory file system. Must be empty. */
  readonly stateFolder: string;
  readonly upstreamPort: number;
  readonly gatewayPort: number;
  readonly barePort: number;
}

/** Bundles once; returns the folder that holds the bundles. */
export function buildWorkers(folder: string): string {
  for (const name of ['entry', 'bare', 'd1-stub']) {
    const out = join(folder, name);
    execFileSync(
      process.execPath,
      [wrangler, 'deploy', `${name}.ts`, '--config', 'wrangler.toml', '--dry-run', '--outdir', out, '--minify'],
      { cwd: join(root, 'bench/worker'), stdio: 'pipe', env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } },
    );
    copyFileSync(join(out, `${name}.js`), join(folder, `${name}.js`));
  }
  return folder;
}

export async function startWorkers(bundles: string, options: WorkersOptions): Promise<Workers> {
  const { stateFolder, gatewayPort, barePort } = options;
  mkdirSync(stateFolder, { recursive: true });
  const configPath = join(bundles, 'workers.capnp');
  writeFileSync(configPath, configuration(options));
  const child = spawn(workerdBinary, ['serve', '--experimental', configPath], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await Promise.all([untilListening(gatewayPort), untilListening(barePort)]);
  return { gatewayPort, barePort, stop: () => stopped(child) };
}

function configuration({ stateFolder, upstreamPort, gatewayPort, barePort }: WorkersOptions): string {
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway), (name = "bare", worker = .bare), (name = "d1", worker = .d1),
    (name = "net", network = (allow = ["private", "local", "public"])),
    (name = "disk", disk = (path = "${stateFolder}", writable = true)) ],
  sockets = [
    (name = "gateway", address = "127.0.0.1:${gatewayPort}", http = (), service = "gateway"),
    (name = "bare", address = "127.0.0.1:${barePort}", http = (), service = "bare") ] );
const gateway :Workerd.Worker = (
  modules = [ (name = "entry.js", esModule = embed "entry.js") ],
  compatibilityDate = "2026-10-20", compatibilityFlags = ["enable_request_signal"], globalOutbound = "net",
  durableObjectNamespaces = [ (className = "TeamBudget", uniqueKey = "bench-team-budget", enableSql = true) ],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    (name = "TEAM_BUDGET", durableObjectNamespace = "TeamBudget"),
    (name = "DB", wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = "d1")])),
    (name = "OPENAI_BASE_URL", text = "${upstream}/v1"), (name = "OPENAI_API_KEY", text = "bench") ] );
const bare :Workerd.Worker = (
  modules = [ (name = "bare.js", esModule = embed "bare.js") ],
  compatibilityDate = "2026-10-20", globalOutbound = "net", bindings = [ (name = "UPSTREAM", text = "${upstream}") ] );
const d1 :Workerd.Worker = (
  modules = [ (name = "d1-stub.js", esModule = embed "d1-stub.js") ], compatibilityDate = "2026-10-20" );
`;
}

async function untilListening(port: number): Promise<void> {
  const giveUpAtMs = Date.now() + START_TIMEOUT_MS;
  while (!(await isListening(port))) {
    if (Date.now() > giveUpAtMs) throw new Error(`nothing listens on port ${port}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      answer(true);
    });
    socket.on('error', () => answer(false));
  });
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    child.once('exit', () => done());
    child.kill();
  });
}
