// `wrangler dev` as a child in a process group of its own, so that all of it can be ended and nothing else is.
// The Worker's variables reach it through the child's environment: no secret is on a command line or in a file.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { groupLedBy, type ProcessGroup } from './process-group.ts';
import { childPath, commandFile, projectRoot } from './project.ts';
import { keep } from './state-folder.ts';
import { wranglerEnvironment } from './wrangler-environment.ts';

const MAX_KEPT_LINES = 40;
const STOP_PATIENCE_MS = 3_000;

export interface WranglerOptions {
  readonly port: number;
  readonly stateFolder: string;
  readonly config: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Once it speaks, it reports reloads and each request. */
  readonly talkative: boolean;
}

export interface WranglerDev {
  /** Null when it could not be started at all. */
  readonly group: ProcessGroup | null;
  /** Resolves when the child has ended, whoever ended it. */
  readonly exited: Promise<void>;
  readonly isRunning: () => boolean;
  readonly lastOutput: () => string;
  /** From now on, what the child says goes to the terminal. */
  readonly speak: () => void;
  readonly stop: () => Promise<void>;
}

export function startWranglerDev(options: WranglerOptions): WranglerDev {
  const child = spawn(process.execPath, argumentsFor(options), {
    cwd: projectRoot,
    env: {
      ...options.variables,
      ...wranglerEnvironment(options.stateFolder),
      PATH: childPath(),
      CLOUDFLARE_INCLUDE_PROCESS_ENV: 'true',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const lines: string[] = [];
  let speaking = false;
  const hear = (chunk: Buffer): void => {
    if (speaking) process.stderr.write(chunk);
    lines.push(...chunk.toString().split('\n'));
    lines.splice(0, lines.length - MAX_KEPT_LINES);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);

  const exited = once(child, 'close').then(() => undefined);
  return {
    group: child.pid === undefined ? null : groupLedBy(child.pid),
    exited,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    lastOutput: () => lines.join('\n').trim(),
    speak: () => {
      speaking = true;
    },
    stop: () => stopGroup(child, exited),
  };
}

function argumentsFor({ port, stateFolder, config, talkative }: WranglerOptions): string[] {
  // An --env-file keeps wrangler from reading .dev.vars itself, over the environment's head.
  keep(stateFolder, 'no-variables.env', '');
  return [
    `--import=${new URL('die-with-parent.ts', import.meta.url).href}`,
    commandFile('wrangler'),
    'dev',
    '--local',
    `--config=${config}`,
    '--show-interactive-dev-session=false',
    '--ip=127.0.0.1',
    `--port=${port}`,
    '--inspector-port=0',
    `--persist-to=${stateFolder}`,
    `--env-file=${join(stateFolder, 'no-variables.env')}`,
    `--log-level=${talkative ? 'log' : 'warn'}`,
  ];
}

async function stopGroup(child: ChildProcess, exited: Promise<void>): Promise<void> {
  signalGroup(child, 'SIGTERM');
  const patience = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_PATIENCE_MS);
  await exited;
  clearTimeout(patience);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    const alreadyGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!alreadyGone) throw error;
  }
}
