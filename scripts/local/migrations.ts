// Brings the local D1 up to the project's tables. Asking wrangler takes over a second, so a digest remembers the answer.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

  if (existsSync(join(databases, 'd1'))) runWrangler(stateFolder, ['migrations', 'apply', 'DB']);
  else applyAllAtOnce(stateFolder);
  mkdirSync(databases, { recursive: true });
  keep(databases, APPLIED_FILE, wanted);
}

/** On a new database, all migrations are one run and not one each, which would take the better part of a second. */
function applyAllAtOnce(stateFolder: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-migrations-'));
  const file = join(folder, 'all.sql');
  try {
    const names = migrationNames();
    const texts = names.map((name) => readFileSync(join(migrationsFolder, name), 'utf8'));
    // What wrangler itself keeps, so that it knows later which ones are there.
    const kept = `CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
      applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);
      INSERT INTO d1_migrations (name) VALUES ${names.map((name) => `('${name}')`).join(', ')};`;
    writeFileSync(file, [...texts, kept].join('\n'));
    runWrangler(stateFolder, ['execute', 'DB', '--yes', `--file=${file}`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runWrangler(stateFolder: string, command: readonly string[]): void {
  const run = spawnSync(
    process.execPath,
    [commandFile('wrangler'), 'd1', ...command, '--local', '--persist-to', stateFolder],
    {
      cwd: projectRoot,
      env: { ...wranglerEnvironment(stateFolder), PATH: childPath() },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    },
  );
  if (run.status !== 0) throw new StartupProblem(`the local migrations failed:\n${run.stdout}${run.stderr}`);
}

function migrationNames(): string[] {
  return readdirSync(migrationsFolder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted();
}

function digestOfMigrations(): string | null {
  if (!existsSync(migrationsFolder)) return null;
  const names = migrationNames();
  if (names.length === 0) return null;
  const digest = createHash('sha256');
  for (const name of names) digest.update(`${name}\0`).update(readFileSync(join(migrationsFolder, name)));
  return digest.digest('hex');
}
