// Command-line clients: installed into a temporary folder, and run in a folder of their own with nothing of the
// surroundings but what they need.

import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Clients that ask again do so for minutes. */
const RUN_WITHIN_MS = 360_000;

export interface Program {
  /** A new home of its own. */
  readonly home: () => string;
  readonly run: (run: Run) => Promise<Ran>;
  readonly remove: () => void;
}

interface Run {
  readonly home: string;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface Ran {
  readonly failed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** `packageName` has its exact version. */
export function installProgram(packageName: string, command: string): Program {
  const folder = mkdtempSync(join(tmpdir(), `headgate-${command}-`));
  const cli = join(folder, 'cli');
  mkdirSync(cli);
  execFileSync('npm', ['install', '--prefix', cli, '--no-save', '--no-audit', '--no-fund', packageName], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return {
    home: () => mkdtempSync(join(folder, 'home-')),
    run: ({ home, flags, environment }) =>
      new Promise((resolve) => {
        const child = execFile(
          join(cli, 'node_modules/.bin', command),
          flags,
          {
            cwd: home,
            env: { HOME: home, PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, ...environment },
            timeout: RUN_WITHIN_MS,
          },
          (error, stdout, stderr) => resolve({ failed: error !== null, stdout, stderr }),
        );
        child.stdin?.end();
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
