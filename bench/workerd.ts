// Runs Workers on raw workerd, which is what production runs; wrangler's proxies are not there. The binary is started
// itself, without its Node wrapper, so that its memory, its time and its end are the runtime's own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { endWithUs } from './leftovers.ts';

const START_TIMEOUT_MS = 20_000;
const POLL_EVERY_MS = 20;

export interface Runtime {
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export interface RuntimeOptions {
  /** The text of a workerd configuration; `embed` takes absolute paths. */
  readonly configuration: string;
  readonly folder: string;
  /** The runtime is up when something listens there. */
  readonly ports: readonly number[];
  readonly inspectorPort?: number;
}

const workerdSchema = z.object({ default: z.string(), version: z.string() });

/** The runtime that the tests use, too: miniflare's own copy. */
export function findWorkerd(): { readonly path: string; readonly version: string } {
  const ofMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'));
  const { default: path, version } = workerdSchema.parse(ofMiniflare('workerd'));
  return { path, version };
}

export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { folder, configuration, ports, inspectorPort } = options;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'workers.capnp');
  writeFileSync(path, configuration);
  const inspector = inspectorPort === undefined ? [] : [`--inspector-addr=127.0.0.1:${inspectorPort}`];
  const child = spawn(findWorkerd().path, ['serve', '--experimental', '--import-path=/', ...inspector, path], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  endWithUs(child);
  const exited = once(child, 'exit');
  const { pid } = child;
  if (pid === undefined) throw new Error('workerd did not start');
  await Promise.all(ports.map((port) => untilListening(port, child)));
  return {
    pid,
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const giveUpAtMs = Date.now() + START_TIMEOUT_MS;
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`workerd ended by itself with ${child.exitCode}`);
    if (Date.now() > giveUpAtMs) throw new Error(`nothing listens on port ${port}`);
    await new Promise((done) => setTimeout(done, POLL_EVERY_MS));
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

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
