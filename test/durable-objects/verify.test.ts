// The real object's proof of itself, on a disk that somebody has tampered with: what is wrong is named, by its check.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SCRIPT_NOON_MS } from '../fixtures/ledger-scripts.ts';
import { playScript } from '../helpers/ledger-script.ts';
import { objectLedger } from '../helpers/object-ledger.ts';

const MINUTE_MS = 60_000;
let nth = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: SCRIPT_NOON_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

function nextTeam(): string {
  nth += 1;
  return `verify-${nth}`;
}

const stubOf = (team: string) => env.TEAM_BUDGET.getByName(team);

/** An ended call that D1 has and the checkpoint carries, one that waits for D1, and an open one. */
async function made(team: string): Promise<void> {
  await playScript(
    objectLedger(team),
    `
    budget team month usd 1000
    admit  c1 100 60s → admitted
    settle c1 60      → settled
    tick   61s
    tick   3m
    admit  c2 200 60s → admitted
    settle c2 70      → settled
    admit  c3 300 60s → admitted
    verify            → proven`,
    'leave',
  );
}

async function failing(team: string): Promise<string[]> {
  const { checks } = await stubOf(team).verify();
  return checks.flatMap(({ name, ok }) => (ok ? [] : [name]));
}

function tamper(team: string, statement: string): Promise<void> {
  return runInDurableObject(stubOf(team), (_, { storage }) => {
    expect(storage.sql.exec(statement).rowsWritten).toBeGreaterThan(0);
  });
}

const DISK = 'the totals and holds in memory are those on the disk';
const SIGNS = 'nothing held or settled is below zero';
const OUTBOX = 'what ended is what was delivered and what is still in the outbox';
const LIFETIMES = 'no hold outlives its time';
const ALARM = 'an alarm is set while there is work';

test('is in order with holds, events and a checkpoint, before and after an eviction', async () => {
  await made('verify-whole');
  expect(await failing('verify-whole')).toEqual([]);
  await evictDurableObject(stubOf('verify-whole'));
  expect(await failing('verify-whole')).toEqual([]);
});

test.each([
  ['a settled total', 'UPDATE counter SET settled_usd = settled_usd - 1', [DISK]],
  ['a total that is gone', 'DELETE FROM counter', [DISK]],
  ['a checkpoint that is gone', "DELETE FROM meta WHERE name = 'checkpoint'", [DISK]],
  ['a page of a hold that is gone', "DELETE FROM page WHERE content LIKE '%c3%'", [DISK]],
  ['a hold of other amounts', `UPDATE page SET content = replace(content, '[300,0,1]', '[30,0,1]')`, [DISK]],
  ['an event of another price', `UPDATE page SET content = replace(content, '[70,0,1]', '[7,0,1]')`, [DISK, OUTBOX]],
  ['a page of an event that is gone', `DELETE FROM page WHERE content GLOB '*,?70,0,1]*'`, [DISK, OUTBOX]],
])('finds %s while the object lives', async (_, statement, expected) => {
  const team = nextTeam();
  await made(team);
  await tamper(team, statement);
  expect(await failing(team)).toEqual(expected);
});

test.each([
  ['a day of fewer events', `UPDATE day SET ended = json_replace(ended, '$.events', 0)`, [OUTBOX]],
  ['a day of another cost', `UPDATE day SET delivered = json_replace(delivered, '$.amounts.usd', 61)`, [OUTBOX]],
  ['a settlement below zero', `UPDATE page SET content = replace(content, '[70,0,1]', '[-700,0,1]')`, [SIGNS]],
])('finds %s after the memory was built on it', async (_, statement, expected) => {
  const team = nextTeam();
  await made(team);
  await tamper(team, statement);
  await evictDurableObject(stubOf(team));
  expect(await failing(team)).toEqual(expected);
});

test('finds a hold that nobody charged and an alarm that never rang, until the work is done', async () => {
  const team = 'verify-late';
  await made(team);
  await runInDurableObject(stubOf(team), (_, { storage }) => storage.deleteAlarm());
  vi.setSystemTime(Date.now() + 10 * MINUTE_MS);
  expect(await failing(team)).toEqual([LIFETIMES, ALARM]);
  await stubOf(team).wake();
  expect(await failing(team)).toEqual([]);
  await runDurableObjectAlarm(stubOf(team));
  expect(await failing(team)).toEqual([]);
});

test('says of an object that has lost its storage what it lacks', async () => {
  const team = 'verify-lost';
  await made(team);
  await runInDurableObject(stubOf(team), (_, { storage }) => storage.deleteAll());
  await evictDurableObject(stubOf(team));
  expect(await failing(team)).toEqual(['the ledger has its configuration']);
});
