// One run per state folder: what the lock refuses, what it outlives, and whom it waits for.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupLedBy } from '../../../scripts/local/process-group.ts';
import { lockStateFolder, type StateLock } from '../../../scripts/local/state-lock.ts';

const modulePath = join(import.meta.dirname, '../../../scripts/local/state-lock.ts');
const SHORT_MS = 150;
/** Longer than any test. */
const LONG_MS = 60_000;
const tellsStartTimes = existsSync('/proc/self/stat');

let folder: string;
let started: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-lock-'));
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map(end));
  rmSync(folder, { recursive: true, force: true });
});

const lock = (changes: { readonly folder?: string; readonly freeWithinMs?: number } = {}): Promise<StateLock> =>
  lockStateFolder({ folder, port: 9_001, freeWithinMs: SHORT_MS, ...changes });

describe('a held lock', () => {
  it('refuses in one line that names folder, process and port', async () => {
    const held = await lock();

    await expect(lock()).rejects.toThrow(
      `${folder} is in use by another npm start (process ${process.pid}, port 9001); stop it, or set HEADGATE_STATE to another folder`,
    );
    held.release();
  });

  it('refuses by another path to the same folder', async () => {
    const held = await lock();
    const alias = join(folder, 'alias');
    symlinkSync(folder, alias);

    await expect(lock({ folder: alias })).rejects.toThrow('is in use');
    held.release();
  });

  it('is free after release, also for one that waited', async () => {
    const held = await lock();
    const waiting = lock({ freeWithinMs: LONG_MS });
    held.release();

    (await waiting).release();
    (await lock()).release();
  });

  it('goes to one of many processes that start at once, and is free when that one is killed', async () => {
    const said = await Promise.all(Array.from({ length: 6 }, () => firstWord(startHolder())));
    expect(said.toSorted()).toEqual(['held', ...Array.from({ length: 5 }, () => 'refused')]);

    await Promise.all(started.map(end));

    (await lock()).release();
  });
});

describe('what a killed run left', () => {
  it('refuses while its process group lives, naming the group, and no longer', async () => {
    const group = startSleeper();
    leaveNote({ process: 1, port: 9_001, group: groupLedBy(group.pid ?? 0) });

    await expect(lock()).rejects.toThrow(`process group ${group.pid}`);
    const waiting = lock({ freeWithinMs: LONG_MS });
    await end(group);

    (await waiting).release();
  });

  it.skipIf(!tellsStartTimes)('is over when its group id belongs to another group by now', async () => {
    const stranger = startSleeper();
    leaveNote({ process: 1, port: 9_001, group: { id: stranger.pid, leaderStartedAt: '1' } });

    (await lock()).release();
  });

  it.each(['', '{', '{"process":"x"}'])('is ignored when its note reads %o', async (note) => {
    writeFileSync(join(folder, 'holder.json'), note);

    (await lock()).release();
  });
});

describe('a release', () => {
  it('leaves the note of a group that still lives, for the next run to wait', async () => {
    const group = startSleeper();
    const held = await lock();
    held.noteGroup(groupLedBy(group.pid ?? 0));
    held.release();

    await expect(lock()).rejects.toThrow(`process group ${group.pid}`);
  });
});

it('refuses a folder that cannot hold a lock, naming HEADGATE_STATE', async () => {
  await expect(lock({ folder: join(folder, 'missing') })).rejects.toThrow(/^HEADGATE_STATE: [^\n]+$/);
});

function startHolder(): ChildProcess {
  const script = `
    const { lockStateFolder } = await import(${JSON.stringify(pathToFileURL(modulePath).href)});
    try {
      const held = await lockStateFolder({ folder: ${JSON.stringify(folder)}, port: 9001, freeWithinMs: ${SHORT_MS} });
      console.log('held');
      setTimeout(() => held.release(), ${LONG_MS});
    } catch (error) {
      if (error.name !== 'StartupProblem') throw error;
      console.log('refused');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  return child;
}

function startSleeper(): ChildProcess {
  const child = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
  started.push(child);
  return child;
}

async function firstWord(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output to read');
  for await (const chunk of child.stdout) return String(chunk).trim();
  return 'nothing';
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function leaveNote(holder: unknown): void {
  writeFileSync(join(folder, 'holder.json'), JSON.stringify(holder));
}
