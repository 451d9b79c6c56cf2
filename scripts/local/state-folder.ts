// The folder that holds a local run's databases and its two secrets. Readable by its owner alone.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

export function openStateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
}

export function readKept(folder: string, name: string): string | null {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

/** Whole or not at all: a run that is killed here leaves the old file. */
export function keep(folder: string, name: string, content: string): void {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, `${content}\n`, { mode: OWNER_ONLY_FILE });
  renameSync(`${path}.new`, path);
}

export const ADMIN_TOKEN_FILE = 'admin-token';

/** The token of an earlier run, or a new one. */
export function keptAdminToken(folder: string): string {
  const kept = readKept(folder, ADMIN_TOKEN_FILE);
  if (kept !== null && kept !== '') return kept;
  const token = `hga_${randomBytes(24).toString('base64url')}`;
  keep(folder, ADMIN_TOKEN_FILE, token);
  return token;
}
