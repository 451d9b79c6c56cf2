// The ledger wakes up for what is due: by timer, by alarm, by the sweep; and none of these may be lost for good.

import { describe, expect, test } from 'vitest';
import { Bookkeeping } from '../../../durable-objects/ledger/bookkeeping.ts';
import { Outbox } from '../../../durable-objects/ledger/outbox.ts';
import { Store } from '../../../durable-objects/ledger/store.ts';
import { Upkeep } from '../../../durable-objects/ledger/upkeep.ts';
import { SCRIPT_NOON_MS } from '../../fixtures/ledger-scripts.ts';
import { playScript } from '../../helpers/ledger-script.ts';
import { nodeLedger } from '../../helpers/node-ledger.ts';
import { memoryDatabase } from '../../helpers/sqlite-database.ts';
import { atRest } from '../../helpers/virtual-time.ts';

const nothing = () => undefined;
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const LONG_HOLD = 'budget team month usd 1000\n admit c1 600 1h → admitted';
const TWO_CALLS = `${LONG_HOLD}\n admit c2 100 1h → admitted\n settle c2 100 → settled`;

describe('the alarm', () => {
  test('is set for the first hold to expire, and not again for one that expires later', async () => {
    const ledger = nodeLedger(SCRIPT_NOON_MS);
    await playScript(ledger, 'holds → 0\n admit c1 1 60s → admitted\n admit c2 1 90s → admitted', 'leave');
    expect([ledger.alarmAtMs(), ledger.alarmsSet()]).toEqual([SCRIPT_NOON_MS + MINUTE_MS, 1]);
    await playScript(ledger, 'admit c3 1 30s → admitted', 'leave');
    expect([ledger.alarmAtMs(), ledger.alarmsSet()]).toEqual([SCRIPT_NOON_MS + MINUTE_MS / 2, 2]);
  });

  test('is the same after an eviction, and set where it was lost with the crash', async () => {
    const ledger = nodeLedger(SCRIPT_NOON_MS);
    await playScript(ledger, LONG_HOLD.replace('1h', '60s'), 'leave');
    const [atMs, times] = [ledger.alarmAtMs(), ledger.alarmsSet()];
    await ledger.evict();
    expect([ledger.alarmAtMs(), ledger.alarmsSet()]).toEqual([atMs, times]);
    ledger.time.jumpTo(SCRIPT_NOON_MS + 2 * 60 * MINUTE_MS);
    await ledger.evict();
    expect(ledger.alarmAtMs()).toBe(SCRIPT_NOON_MS + 2 * 60 * MINUTE_MS);
  });

  test('that the platform has dropped is set again by the sweep, and one that is a little late is not', async () => {
    const ledger = nodeLedger(SCRIPT_NOON_MS);
    await playScript(ledger, TWO_CALLS, 'leave');
    await ledger.time.advance(MINUTE_MS);
    await ledger.wake();
    expect(ledger.alarmAtMs()).toBe(SCRIPT_NOON_MS + 2 * MINUTE_MS);
    await ledger.time.advance(2 * MINUTE_MS);
    await ledger.wake();
    expect(ledger.alarmAtMs()).toBe(SCRIPT_NOON_MS + 2 * MINUTE_MS);
    await ledger.time.advance(2 * MINUTE_MS);
    await ledger.wake();
    expect(ledger.alarmAtMs()).toBe(SCRIPT_NOON_MS + 5 * MINUTE_MS);
    await playScript(ledger, 'verify → proven', 'leave');
  });

  test('is missed by nobody who looks while it is at work', async () => {
    const delivery = Promise.withResolvers<void>();
    const ledger = nodeLedger(SCRIPT_NOON_MS, { sink: () => delivery.promise });
    await playScript(ledger, TWO_CALLS, 'leave');
    const ringing = ledger.ring();
    await atRest();
    await playScript(ledger, 'verify → proven', 'leave');
    delivery.resolve();
    await ringing;
    expect(ledger.alarmAtMs()).toBeGreaterThan(SCRIPT_NOON_MS);
    await playScript(ledger, 'verify → proven', 'leave');
  });
});

describe('events', () => {
  test('wait a second for company, and are brought by a timer without an alarm', async () => {
    const ledger = nodeLedger(SCRIPT_NOON_MS);
    await playScript(ledger, TWO_CALLS, 'leave');
    await ledger.time.advance(SECOND_MS - 1);
    expect(ledger.delivered).toEqual([]);
    await ledger.time.advance(1);
    expect(ledger.delivered).toMatchObject([{ usage: [{ cost: 100, atMs: SCRIPT_NOON_MS }], thresholds: [] }]);
    expect((await ledger.ledger()).outbox).toBe(0);
  });

  test('say when their call was admitted, and a correction which revision it is', async () => {
    const ledger = nodeLedger(SCRIPT_NOON_MS);
    await playScript(ledger, 'holds → 0\n admit c1 5 60s → admitted\n tick 61s\n settle c1 3 → settled_late\n tick 2s');
    const told = ledger.delivered.flatMap(({ usage }) =>
      usage.map(({ atMs, revision, cost }) => [atMs, revision, cost]),
    );
    expect(told).toEqual([
      [SCRIPT_NOON_MS, 0, 5],
      [SCRIPT_NOON_MS, 1, 3],
    ]);
  });

  test('name the model that was called, whatever was called before', async () => {
    const ledger = nodeLedger(SCRIPT_NOON_MS);
    const calls = ['model-a', 'model-b', 'model-a'].map(
      (model, nth) => `admit c${nth} 1 60s model ${model} → admitted\n settle c${nth} 1 → settled`,
    );
    await playScript(ledger, ['holds → 0', ...calls].join('\n'));
    const models = ledger.delivered.flatMap(({ usage }) => usage.map(({ model }) => model));
    expect(models).toEqual(['model-a', 'model-b', 'model-a']);
  });

  test('that D1 refuses are tried by the alarm, later each time, and the failure is told', async () => {
    let isAway = true;
    const sink = () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve());
    const ledger = nodeLedger(SCRIPT_NOON_MS, { sink, onFailure: 'note' });
    await playScript(ledger, TWO_CALLS, 'leave');
    const waits: number[] = [];
    await ledger.time.advance(SECOND_MS);
    expect(ledger.alarmAtMs()).toBe(SCRIPT_NOON_MS + 3 * SECOND_MS);
    for (let failure = 2; failure <= 8; failure += 1) {
      await ledger.ring();
      waits.push(((ledger.alarmAtMs() ?? 0) - ledger.time.nowMs) / SECOND_MS);
      ledger.time.jumpTo(ledger.alarmAtMs() ?? 0);
    }
    expect(waits).toEqual([4, 8, 16, 32, 60, 60, 60]);
    expect(ledger.failures.map(({ what }) => what)).toEqual(Array.from({ length: 8 }, () => 'work failed'));
    isAway = false;
    await ledger.ring();
    expect((await ledger.ledger()).outbox).toBe(0);
    await playScript(ledger, 'admit c3 1 1h → admitted\n settle c3 1 → settled', 'leave');
    await ledger.time.advance(SECOND_MS);
    expect((await ledger.ledger()).outbox).toBe(0);
  });

  test('go in batches of 500, and in half of that after each refusal until they pass', async () => {
    const sizes: number[] = [];
    let refusals = 3;
    const ledger = nodeLedger(SCRIPT_NOON_MS, {
      sink: ({ usage }) => {
        sizes.push(usage.length);
        refusals -= 1;
        return refusals < 0 ? Promise.resolve() : Promise.reject(new Error('too much'));
      },
      onFailure: 'note',
    });
    await playScript(ledger, 'holds → 0', 'leave');
    for (let call = 0; call < 700; call += 1) {
      await playScript(ledger, `admit c${call} 1 1h → admitted\n settle c${call} 1 → settled`, 'leave');
    }
    for (let ring = 0; ring < 4; ring += 1) await ledger.ring();
    expect(sizes).toEqual([500, 250, 125, 62, 124, 248, 266]);
    expect((await ledger.ledger()).outbox).toBe(0);
  });

  test('are delivered by one piece of work at a time', async () => {
    const delivery = Promise.withResolvers<void>();
    let deliveries = 0;
    const ledger = nodeLedger(SCRIPT_NOON_MS, {
      sink: () => {
        deliveries += 1;
        return delivery.promise;
      },
    });
    await playScript(ledger, TWO_CALLS, 'leave');
    const works = [ledger.ring(), ledger.wake(), ledger.wake()];
    await atRest();
    expect(deliveries).toBe(1);
    delivery.resolve();
    await Promise.all(works);
    expect([deliveries, (await ledger.ledger()).outbox]).toEqual([1, 0]);
  });
});

test('an idle ledger writes its checkpoint once, and then wants nothing', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  const checkpoint = () => ledger.disk.prepare("SELECT value FROM meta WHERE name = 'checkpoint'").get();
  await playScript(ledger, 'holds → 0\n admit c1 1 1h → admitted\n settle c1 1 → settled', 'leave');
  await ledger.time.advance(MINUTE_MS - 1);
  await ledger.wake();
  expect(checkpoint()).toBeUndefined();
  await ledger.time.advance(1);
  await ledger.wake();
  expect(checkpoint()).toEqual({ value: JSON.stringify({ flush: 2, delivered: 2, atMs: SCRIPT_NOON_MS + MINUTE_MS }) });
  await ledger.ring();
  expect(ledger.alarmAtMs()).toBeNull();
});

test('an alarm whose work is done, and that none follows, is no alarm', async () => {
  const store = new Store(memoryDatabase());
  store.create();
  const bookkeeping = new Bookkeeping({
    store,
    now: () => 0,
    afterThisTurn: (work) => work(),
    beforeWrite: () => nothing,
    onFailure: nothing,
  });
  const upkeep = new Upkeep({
    bookkeeping,
    outbox: new Outbox(store, () => Promise.resolve()),
    now: () => 0,
    timer: () => nothing,
    setAlarm: nothing,
    onFailure: nothing,
    owner: () => null,
    expireHolds: nothing,
    isCurrent: () => true,
    onForgotten: nothing,
  });
  const ringing = upkeep.alarmRang();
  expect(upkeep.alarmAtMs).toBe(0);
  await ringing;
  expect(upkeep.alarmAtMs).toBeNull();
});
