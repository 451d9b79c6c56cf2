// One local run per state folder: two ledgers over the same files would each admit a whole budget.
// SQLite's lock is the kernel's: atomic, good across paths and containers, and gone with its process, even by `kill -9`.
// What the lock cannot cover, a Worker's process that outlives its run for a moment, is known from the holder's note.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isGroupAlive, type ProcessGroup, processGroupSchema } from './process-group.ts';
import { StartupProblem } from './startup-problem.ts';
import { keep, readKept } from './state-folder.ts';

/** Never read this one by other means: closing any handle on it would drop the process's lock. */
const LOCK_FILE = 'lock.sqlite';
const HOLDER_FILE = 'holder.json';
/** A run that is being stopped takes up to three seconds. */
const FREE_WITHIN_MS = 5_000;
const POLL_EVERY_MS = 40;
const SQLITE_BUSY = 5;

const holderSchema = z.object({
  process: z.number().int(),
  port: z.number().int(),
  /** Null until the Worker's processes are started. */
  group: processGroupSchema.nullable(),
});
type Holder = z.infer<typeof holderSchema>;

export interface StateLock {
  /** Notes the processes that use the folder for us: should we be killed, the next run waits for their end. */
  readonly noteGroup: (group: ProcessGroup) => void;
  /** At the end of the run. The note of a group that still lives stays, for the next run to wait. */
  readonly release: () => void;
}

export interface LockOptions {
  readonly folder: string;
  readonly port: number;
  readonly freeWithinMs?: number;
}

export async function lockStateFolder({
  folder,
  port,
  freeWithinMs = FREE_WITHIN_MS,
}: LockOptions): Promise<StateLock> {
  const database = openLock(folder);
  const deadline = performance.now() + freeWithinMs;
  try {
    if (!(await cameTrue(() => tryLock(database, folder), deadline))) throw inUse(folder, readHolder(folder));
    const left = readHolder(folder)?.group ?? null;
    if (left !== null && !(await cameTrue(() => !isGroupAlive(left), deadline))) throw leftBehind(folder, left);
    return heldLock(database, folder, port);
  } catch (error) {
    database.close();
    throw error;
  }
}

function heldLock(database: DatabaseSync, folder: string, port: number): StateLock {
  let group: ProcessGroup | null = null;
  const note = (): void => {
    const holder: Holder = { process: process.pid, port, group };
    keep(folder, HOLDER_FILE, JSON.stringify(holder));
  };
  note();
  return {
    noteGroup: (started) => {
      group = started;
      note();
    },
    release: () => {
      if (group === null || !isGroupAlive(group)) rmSync(join(folder, HOLDER_FILE), { force: true });
      database.close();
    },
  };
}

/** Tries at least once. */
async function cameTrue(test: () => boolean, deadline: number): Promise<boolean> {
  while (!test()) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_EVERY_MS);
  }
  return true;
}

function openLock(folder: string): DatabaseSync {
  try {
    return new DatabaseSync(join(folder, LOCK_FILE), { timeout: 0 });
  } catch (error) {
    throw unlockable(folder, error);
  }
}

function tryLock(database: DatabaseSync, folder: string): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw unlockable(folder, error);
  }
}

function readHolder(folder: string): Holder | null {
  try {
    return holderSchema.safeParse(JSON.parse(readKept(folder, HOLDER_FILE) ?? 'null')).data ?? null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

function inUse(folder: string, holder: Holder | null): StartupProblem {
  const who = holder === null ? '' : ` (process ${holder.process}, port ${holder.port})`;
  return new StartupProblem(
    `${folder} is in use by another npm start${who}; stop it, or set HEADGATE_STATE to another folder`,
  );
}

function leftBehind(folder: string, { id }: ProcessGroup): StartupProblem {
  return new StartupProblem(
    `${folder} is in use by what a killed npm start left running (process group ${id}); end it with kill -- -${id}, or set HEADGATE_STATE to another folder`,
  );
}

function unlockable(folder: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  return new StartupProblem(`HEADGATE_STATE: ${folder} cannot be locked: ${error.message}`);
}
