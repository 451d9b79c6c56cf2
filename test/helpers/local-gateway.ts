// A Headgate of the test's own: the real `npm start` code on a free port, with its state in a temporary folder.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AdminClient } from './admin-client.ts';
import { killTree } from './process-tree.ts';

const START_SCRIPT = resolve(import.meta.dirname, '../../scripts/start.ts');
const READY_WITHIN_MS = 90_000;
const ADMIN_TOKEN = 'end-to-end-admin-token';

export interface LocalGateway {
  /** Without a trailing slash or version. */
  readonly url: string;
  readonly admin: AdminClient;
  readonly stateFolder: string;
  /** What `npm start` printed when it was ready. */
  readonly firstScreen: () => string;
  /** As a power cut; the state stays. */
  readonly kill9: () => Promise<void>;
  /** Starts again on the same port and state. */
  readonly start: () => Promise<void>;
  /** Ends it and removes its state. */
  readonly close: () => Promise<void>;
}

export async function startLocalGateway(environment: Readonly<Record<string, string>>): Promise<LocalGateway> {
  const port = await freePort();
  const stateFolder = mkdtempSync(join(tmpdir(), 'headgate-test-'));
  const variables = {
    ...cleanEnvironment(),
    PORT: String(port),
    HEADGATE_STATE: stateFolder,
    ADMIN_TOKEN,
    ...environment,
  };
  let running = await launch(variables);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    admin: new AdminClient(url, ADMIN_TOKEN),
    stateFolder,
    firstScreen: () => running.screen,
    kill9: async () => {
      if (running.child.pid !== undefined) killTree(running.child.pid);
      await running.exited;
    },
    start: async () => {
      running = await launch(variables);
    },
    close: async () => {
      running.child.kill('SIGTERM');
      await running.exited;
      rmSync(stateFolder, { recursive: true, force: true });
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  readonly screen: string;
}

async function launch(environment: Readonly<Record<string, string>>): Promise<Running> {
  const child = spawn(process.execPath, [START_SCRIPT], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = child.exitCode === null ? once(child, 'exit') : Promise.resolve();
  let output = '';
  const screen = await new Promise<string>((done, reject) => {
    const tooLate = setTimeout(() => {
      if (child.pid !== undefined) killTree(child.pid);
      reject(new Error(`npm start was not ready in time:\n${output}`));
    }, READY_WITHIN_MS);
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      if (!output.includes('Ready on ')) return;
      clearTimeout(tooLate);
      done(output);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    void exited.finally(() => {
      clearTimeout(tooLate);
      reject(new Error(`npm start ended:\n${output}`));
    });
  });
  return { child, exited, screen };
}

/** The variables of whoever runs the tests must not reach the gateway; an empty one outranks `.dev.vars` too. */
function cleanEnvironment(): Record<string, string> {
  const providers = ['OPENAI', 'ANTHROPIC', 'GEMINI'].flatMap((name) => [`${name}_API_KEY`, `${name}_BASE_URL`]);
  return {
    ...Object.fromEntries(
      [...providers, 'PROVIDERS', 'SIGN_ON', 'MAX_BODY_BYTES', 'FIRST_BYTE_TIMEOUT_MS', 'CALL_DEADLINE_MS'].map(
        (name) => [name, ''],
      ),
    ),
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? tmpdir(),
    DEMO_MODEL: 'true',
  };
}

export async function freePort(): Promise<number> {
  const { port, letGo } = await heldPort();
  await letGo();
  return port;
}

/** A port that nobody else is given until it is let go. */
export async function heldPort(): Promise<{ readonly port: number; readonly letGo: () => Promise<void> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return {
    port: address.port,
    letGo: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
