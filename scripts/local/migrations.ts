// Brings the local databases up to the project's tables. Asking wrangler takes over a second, so a digest remembers the answer.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databasesIn } from '../checks/databases.ts';
import { childPath, commandFile, projectRoot } from './project.ts';
import { StartupProblem } from './startup-problem.ts';
import { keep, readKept } from './state-folder.ts';
import { wranglerEnvironment } from './wrangler-environment.ts';

const migrationsFolder = join(projectRoot, 'schema/d1/migrations');
const APPLIED_FILE = 'headgate-migrations';

/** Where the databases are, and the wrangler.toml that names them. */
export interface LocalDatabases {
  readonly stateFolder: string;
  readonly config: string;
}

export function applyLocalMigrations(local: LocalDatabases): void {
  const names = databasesIn(readFileSync(local.config, 'utf8'));
  const wanted = digestOfMigrations(names);
  if (wanted === null) return;
  // Beside the databases: whoever deletes those deletes this with them.
  const databases = join(local.stateFolder, 'v3');
  if (readKept(databases, APPLIED_FILE) === wanted) return;

  const isNew = !existsSync(join(databases, 'd1'));
  for (const name of names) {
    if (isNew) applyAllAtOnce(local, name);
    else runWrangler(local, ['migrations', 'apply', name]);
  }
  mkdirSync(databases, { recursive: true });
  keep(databases, APPLIED_FILE, wanted);
}

/** On a new database, all migrations are one run and not one each, which would take the better part of a second. */
function applyAllAtOnce(local: LocalDatabases, database: string): void {
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
    runWrangler(local, ['execute', database, '--yes', `--file=${file}`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runWrangler({ stateFolder, config }: LocalDatabases, command: readonly string[]): void {
  const run = spawnSync(
    process.execPath,
    [commandFile('wrangler'), 'd1', ...command, '--local', '--persist-to', stateFolder, '--config', config],
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

function digestOfMigrations(databases: readonly string[]): string | null {
  if (!existsSync(migrationsFolder)) return null;
  const names = migrationNames();
  if (names.length === 0) return null;
  const digest = createHash('sha256').update(`${databases.join()}\0`);
  for (const name of names) digest.update(`${name}\0`).update(readFileSync(join(migrationsFolder, name)));
  return digest.digest('hex');
}
