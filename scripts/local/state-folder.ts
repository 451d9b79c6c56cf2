// The folder that holds a local run's databases and its secrets. Readable by its owner alone.

import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupProblem } from './startup-problem.ts';

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

export function openStateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new StartupProblem(`HEADGATE_STATE: ${folder} cannot hold the state: ${error.message}`);
  }
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
const WEBHOOK_KEY_FILE = 'webhook-key';

/** The token that was set, else that of an earlier run, else a new one. The file holds whichever it is. */
export function adminTokenIn(folder: string, given: string | null): string {
  return secretIn(folder, ADMIN_TOKEN_FILE, given, 'hga_');
}

/** The same for the key that seals the secrets of webhooks: with another, they could not be read again. */
export function webhookKeyIn(folder: string, given: string | null): string {
  return secretIn(folder, WEBHOOK_KEY_FILE, given, 'hgw_');
}

function secretIn(folder: string, file: string, given: string | null, prefix: string): string {
  const kept = readKept(folder, file);
  const secret = given ?? (kept || `${prefix}${randomBytes(24).toString('base64url')}`);
  keep(folder, file, secret);
  return secret;
}
