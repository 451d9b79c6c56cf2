// D1 is away for an hour while the team goes on calling; and journals longer than a checkpoint.

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SCRIPT_NOON_MS } from '../fixtures/ledger-scripts.ts';
import { admission, playScript, settlement } from '../helpers/ledger-script.ts';
import { objectLedger } from '../helpers/object-ledger.ts';

const HOUR_MS = 3_600_000;
const CALLS = 2_000;
const CALLS_AT_ONCE = 20;
const EACH_COSTS = 7;
const MAX_FREE_PAGES = 1_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: SCRIPT_NOON_MS });
});
afterEach(async () => {
  vi.useRealTimers();
  await env.DB.exec('DROP TRIGGER IF EXISTS no_writes');
});

const stubOf = (team: string) => env.TEAM_BUDGET.getByName(team);

async function call(team: string, number: number): Promise<void> {
  const ledger = objectLedger(team);
  const { outcome } = await ledger.admit(admission(ledger.team, `admit c${number} 10 60s`.split(' ')));
  expect(outcome).toBe('admitted');
  await ledger.settle(settlement(ledger.team, `settle c${number} ${EACH_COSTS}`.split(' ')));
}

async function callMany(team: string, first: number, count: number, betweenMs: number): Promise<void> {
  for (let number = first; number < first + count; number += CALLS_AT_ONCE) {
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, (_, index) => call(team, number + index)));
    vi.setSystemTime(Date.now() + betweenMs);
  }
}

const pagesOf = (team: string) =>
  runInDurableObject(stubOf(team), (_, state) =>
    state.storage.sql
      .exec<{ pages: number; events: number }>('SELECT count(*) AS pages, sum(events) AS events FROM page')
      .one(),
  );

const recordOf = (team: string) =>
  env.DB.prepare('SELECT count(*) AS events, sum(cost_micros) AS cost FROM usage_events WHERE team = ?')
    .bind(team)
    .first();

test('an hour without D1 and 2,000 calls: all wait on the disk, all arrive once, and their room is given back', async () => {
  const team = 'outage';
  const ledger = objectLedger(team);
  await playScript(ledger, 'budget team month usd 1000000\n holds → 0');
  await env.DB.exec(
    "CREATE TRIGGER no_writes BEFORE INSERT ON usage_events BEGIN SELECT RAISE(ABORT, 'overloaded'); END",
  );
  await callMany(team, 0, CALLS / 2, HOUR_MS / (CALLS / CALLS_AT_ONCE));
  await stubOf(team).wake();
  await evictDurableObject(stubOf(team));
  await callMany(team, CALLS / 2, CALLS / 2, HOUR_MS / (CALLS / CALLS_AT_ONCE));
  await stubOf(team).wake();
  expect(await ledger.ledger()).toMatchObject({ outbox: CALLS, holds: 0, budgets: [{ settled: CALLS * EACH_COSTS }] });
  expect(await pagesOf(team)).toMatchObject({ events: CALLS });
  expect(await recordOf(team)).toEqual({ events: 0, cost: null });
  await playScript(ledger, 'verify → proven', 'leave');

  await evictDurableObject(stubOf(team));
  await env.DB.exec('DROP TRIGGER no_writes');
  await stubOf(team).wake();
  expect((await ledger.ledger()).outbox).toBe(0);
  expect(await recordOf(team)).toEqual({ events: CALLS, cost: CALLS * EACH_COSTS });
  vi.setSystemTime(Date.now() + HOUR_MS);
  await playScript(ledger, 'totals team → held=0 settled=14000');
  expect((await pagesOf(team)).pages).toBeLessThanOrEqual(MAX_FREE_PAGES);
  await evictDurableObject(stubOf(team));
  await playScript(ledger, 'totals team → held=0 settled=14000');
  expect(await recordOf(team)).toEqual({ events: CALLS, cost: CALLS * EACH_COSTS });
}, 60_000);

test('more writes than a checkpoint waits for: what comes back from the disk is what was in memory', async () => {
  const team = 'checkpoint';
  const ledger = objectLedger(team);
  await playScript(
    ledger,
    `
    budget team month usd 1000000
    budget each_member day tokens 1000000 rollover 20
    limit  team requests 100000
    admit  c1 50 10m tokens 5 → admitted
    admit  c2 30 60s tokens 5 → admitted
    tick   61s`,
  );
  for (let number = 0; number < 150; number += 1) await call(team, 10_000 + number);
  expect((await pagesOf(team)).pages).toBeGreaterThan(256);
  await stubOf(team).wake();
  for (let number = 0; number < 5; number += 1) await call(team, 20_000 + number);

  const marks = await runInDurableObject(stubOf(team), (_, state) =>
    state.storage.sql.exec("SELECT value FROM meta WHERE name = 'checkpoint'").toArray(),
  );
  expect(marks).toHaveLength(1);
  const before = await ledger.ledger();
  expect(before).toMatchObject({ holds: 1, budgets: [{ held: 50, settled: 155 * EACH_COSTS + 30 }, {}] });
  await evictDurableObject(stubOf(team));
  expect(await ledger.ledger()).toEqual({ ...before, outbox: expect.any(Number) });
  await playScript(
    ledger,
    `
    verify                    → proven
    admit  c1 50 10m tokens 5 → already_admitted
    settle c2 1 tokens 1      → settled_late
    settle c1 50 tokens 5     → settled
    totals team               → held=0 settled=1136`,
  );
  expect(await recordOf(team)).toEqual({ events: 157, cost: 1_136 });
}, 30_000);
