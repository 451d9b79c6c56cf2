// Reached thresholds on their way to D1: by the alarm, over an eviction, and once however often they are delivered.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SCRIPT_NOON_MS } from '../fixtures/ledger-scripts.ts';
import { loseReplies } from '../helpers/lost-replies.ts';
import { playScript } from '../helpers/ledger-script.ts';
import { objectLedger } from '../helpers/object-ledger.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: SCRIPT_NOON_MS });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await env.DB.exec('DROP TRIGGER IF EXISTS no_thresholds');
});

/** A call that reaches 50 and 80 percent, whose events are not delivered yet. */
const REACHED = `
  budget each_member month usd 1000
  admit  c1 850 60s → admitted
  settle c1 850     → settled
  verify            → proven`;

async function rowsOf(team: string) {
  const { results } = await env.DB.prepare('SELECT * FROM threshold_events WHERE team = ? ORDER BY threshold')
    .bind(team)
    .all();
  return results;
}

const stubOf = (team: string) => env.TEAM_BUDGET.getByName(team);

test('the alarm delivers a threshold with every field', async () => {
  const team = 'threshold-alarm';
  await playScript(objectLedger(team), REACHED, 'leave');
  expect(await rowsOf(team)).toEqual([]);
  expect(await runDurableObjectAlarm(stubOf(team))).toBe(true);
  const windowStartMs = Date.UTC(2037, 10, 1);
  const id = (threshold: number) =>
    `${team}|each-member|${windowStartMs}|each_member:ada|${SCRIPT_NOON_MS}|1|${threshold}`;
  const row = {
    at: SCRIPT_NOON_MS,
    team,
    budget: 'each-member',
    subject: 'ada',
    unit: 'usd',
    limit_amount: 1_000,
    limit_version: 1,
    settled: 850,
    window_start: windowStartMs,
    window_end: Date.UTC(2037, 11, 1),
  };
  expect(await rowsOf(team)).toEqual([
    { ...row, id: id(50), threshold: 50 },
    { ...row, id: id(80), threshold: 80 },
  ]);
});

test('an eviction before the delivery loses none', async () => {
  const team = 'threshold-evicted';
  await playScript(objectLedger(team), REACHED, 'leave');
  await runInDurableObject(stubOf(team), (_, state) => state.storage.deleteAlarm());
  await evictDurableObject(stubOf(team));
  await stubOf(team).wake();
  expect(await rowsOf(team)).toHaveLength(2);
});

test('a delivery that is repeated tells none twice, and changes nothing of what was told first', async () => {
  const team = 'threshold-repeated';
  const ledger = objectLedger(team);
  await playScript(ledger, REACHED);
  const first = await rowsOf(team);
  // What D1 acknowledged since the last checkpoint is forgotten with the memory.
  await evictDurableObject(stubOf(team));
  expect((await ledger.ledger()).outbox).toBe(3);
  await playScript(ledger, 'tick 10s');
  expect((await ledger.ledger()).outbox).toBe(0);
  expect(await rowsOf(team)).toEqual(first);
});

test('a database that applies a delivery and loses the answer has each event once', async () => {
  const team = 'threshold-lost-reply';
  const ledger = objectLedger(team);
  const lost = loseReplies(2);
  await playScript(ledger, REACHED);
  expect((await ledger.ledger()).outbox).toBe(3);
  expect(await rowsOf(team)).toHaveLength(2);
  await playScript(ledger, 'tick 1m', 'leave');
  expect((await ledger.ledger()).outbox).toBe(3);
  await playScript(ledger, 'event c1 → completed cost=850 over=none');
  expect(lost()).toBe(2);
  expect((await ledger.ledger()).outbox).toBe(0);
  expect(await rowsOf(team)).toHaveLength(2);
});

test('a threshold that D1 refuses keeps its call in the outbox, and both arrive later', async () => {
  const team = 'threshold-refused';
  const ledger = objectLedger(team);
  await env.DB.exec(
    "CREATE TRIGGER no_thresholds BEFORE INSERT ON threshold_events BEGIN SELECT RAISE(ABORT, 'overloaded'); END",
  );
  await playScript(ledger, `${REACHED}\n event c1 → none`);
  expect((await ledger.ledger()).outbox).toBe(3);
  await env.DB.exec('DROP TRIGGER no_thresholds');
  await playScript(ledger, 'event c1 → completed cost=850 over=none');
  expect(await rowsOf(team)).toHaveLength(2);
});
