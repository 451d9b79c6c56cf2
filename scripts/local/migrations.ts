// Brings the local D1 up to the project's tables. Asking wrangler takes over a second, so a digest remembers the answer.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childPath, commandFile, projectRoot } from './project.ts';
import { StartupProblem } from './startup-problem.ts';
import { keep, readKept } from './state-folder.ts';
import { wranglerEnvironment } from './wrangler-environment.ts';

const migrationsFolder = join(projectRoot, 'schema/d1/migrations');
const APPLIED_FILE = 'headgate-migrations';

export function applyLocalMigrations(stateFolder: string): void {
  const wanted = digestOfMigrations();
  if (wanted === null) return;
  // Beside the databases: whoever deletes those deletes this with them.
  const databases = join(stateFolder, 'v3');
  if (readKept(databases, APPLIED_FILE) === wanted) return;

  const command = ['d1', 'migrations', 'apply', 'DB', '--local', '--persist-to', stateFolder];
  const run = spawnSync(process.execPath, [commandFile('wrangler'), ...command], {
    cwd: projectRoot,
    env: { ...wranglerEnvironment(stateFolder), PATH: childPath() },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new StartupProblem(`the local migrations failed:\n${run.stdout}${run.stderr}`);
  mkdirSync(databases, { recursive: true });
  keep(databases, APPLIED_FILE, wanted);
}

function digestOfMigrations(): string | null {
  if (!existsSync(migrationsFolder)) return null;
  const names = readdirSync(migrationsFolder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted();
  if (names.length === 0) return null;
  const digest = createHash('sha256');
  for (const name of names) digest.update(`${name}\0`).update(readFileSync(join(migrationsFolder, name)));
  return digest.digest('hex');
}
