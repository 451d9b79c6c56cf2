// When the ledger writes and how much on a page, when it lets a checkpoint stand for its pages, and that a disk which
// refuses is believed.

import { describe, expect, test } from 'vitest';
import { SCRIPT_NOON_MS } from '../../fixtures/ledger-scripts.ts';
import { admission, playScript } from '../../helpers/ledger-script.ts';
import { type NodeLedger, nodeLedger } from '../../helpers/node-ledger.ts';
import { atRest } from '../../helpers/virtual-time.ts';

function count(ledger: NodeLedger, table: string): number {
  return Number(ledger.disk.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']);
}

const checkpointOf = (ledger: NodeLedger) =>
  ledger.disk.prepare("SELECT value FROM meta WHERE name = 'checkpoint'").get()?.['value'];

function admit(ledger: NodeLedger, call: string, lifetime = '1h') {
  return ledger.admit(admission(ledger.team, ['admit', call, '1', lifetime]));
}

async function ready(options = {}): Promise<NodeLedger> {
  const ledger = nodeLedger(SCRIPT_NOON_MS, options);
  await playScript(ledger, 'budget team month usd 1000000\n limit team requests 1000000\n holds → 0', 'leave');
  return ledger;
}

/** Calls, one after the other, each admitted and settled: two writes. */
async function callTimes(ledger: NodeLedger, calls: number, prefix: string): Promise<void> {
  for (let call = 0; call < calls; call += 1) {
    const name = `${prefix}${call}`;
    await playScript(ledger, `admit ${name} 1 1h → admitted\n settle ${name} 1 → settled`, 'leave');
  }
}

describe('a write', () => {
  test('of a call that is alone is done before anything else happens', async () => {
    const ledger = await ready();
    const answer = admit(ledger, 'c1');
    expect(count(ledger, 'page')).toBe(1);
    expect(await answer).toMatchObject({ outcome: 'admitted' });
  });

  test('of calls that come together is one, and nobody is answered before it, not even who only repeats', async () => {
    const ledger = await ready();
    await admit(ledger, 'c0');
    const answered: string[] = [];
    const calls = ['c1', 'c2', 'c3', 'c1', 'c0'].map(async (call) =>
      answered.push((await admit(ledger, call)).outcome),
    );
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    expect([count(ledger, 'page'), answered]).toEqual([1, []]);
    await Promise.all(calls);
    expect(count(ledger, 'page')).toBe(2);
    expect(answered.toSorted()).toEqual(['admitted', 'admitted', 'admitted', 'already_admitted', 'already_admitted']);
  });

  test('of more than 500 calls takes several pages', async () => {
    const ledger = await ready();
    await Promise.all(Array.from({ length: 1_200 }, (_, number) => admit(ledger, `c${number}`, '60s')));
    expect(count(ledger, 'page')).toBe(4);
    await ledger.time.advance(60_000);
    await ledger.ring();
    expect((await ledger.ledger()).holds).toBe(0);
    await ledger.evict();
    await playScript(ledger, 'holds → 0\n totals team → held=0 settled=1200');
  });

  test('that the disk refuses is no admission: the memory is given up, and what comes back holds nothing', async () => {
    const ledger = await ready({ onFailure: 'note' });
    ledger.disk.exec("CREATE TRIGGER full BEFORE INSERT ON page BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    await expect(admit(ledger, 'c1')).rejects.toThrow('disk full');
    expect(ledger.failures).toMatchObject([{ what: 'gave up', error: { message: 'disk full' } }]);
    ledger.disk.exec('DROP TRIGGER full');
    await ledger.evict();
    await playScript(ledger, 'holds → 0\n admit c1 1 60s → admitted');
  });
});

describe('a checkpoint', () => {
  test('stands for the journal after 256 writes, and not before', async () => {
    const ledger = await ready();
    await callTimes(ledger, 127, 'c');
    await ledger.wake();
    expect(checkpointOf(ledger)).toBeUndefined();
    await callTimes(ledger, 1, 'd');
    await ledger.wake();
    expect(checkpointOf(ledger)).toBe(JSON.stringify({ flush: 256, delivered: 256, atMs: SCRIPT_NOON_MS }));
    const before = await ledger.ledger();
    await ledger.evict();
    expect(await ledger.ledger()).toEqual(before);
  });

  test('in the midst of a minute forgets none of its calls', async () => {
    const ledger = await ready();
    await callTimes(ledger, 130, 'c');
    await ledger.wake();
    await ledger.evict();
    expect(await ledger.configure({ ...(await skeletonOf(ledger)), version: 2 })).toMatchObject({
      outcome: 'configured',
    });
    expect(await admit(ledger, 'd1')).toMatchObject({ reason: 'rate_limited', rate: { used: 130, limit: 130 } });
  });

  test('carries any number of open calls along', async () => {
    const ledger = await ready();
    await Promise.all(Array.from({ length: 450 }, (_, number) => admit(ledger, `c${number}`)));
    await ledger.time.advance(60_000);
    await ledger.wake();
    expect([checkpointOf(ledger) === undefined, count(ledger, 'kept')]).toEqual([false, 3]);
    await ledger.evict();
    await playScript(ledger, 'holds → 450\n totals team → held=450 settled=0');
  });

  test('deletes days and counters that are history from the disk', async () => {
    const ledger = await ready();
    await callTimes(ledger, 1, 'c');
    for (let day = 1; day <= 90; day += 1) {
      await ledger.time.advance(24 * 3_600_000);
      if (day % 15 === 0) await callTimes(ledger, 1, `d${day}x`);
      await ledger.time.advance(60_000);
      await ledger.wake();
    }
    // The month before stays, for a budget may yet be let carry over from it.
    expect([count(ledger, 'day'), count(ledger, 'counter')]).toEqual([1, 2]);
    await playScript(ledger, 'verify → proven');
  });

  test('gives pages back to the disk after a long absence of D1', async () => {
    let isAway = true;
    const sink = () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve());
    const ledger = await ready({ sink, onFailure: 'note' });
    await callTimes(ledger, 700, 'c');
    await ledger.ring();
    await ledger.evict();
    expect([count(ledger, 'page'), (await ledger.ledger()).outbox]).toEqual([1_400, 700]);
    isAway = false;
    await ledger.time.advance(3 * 60_000);
    await ledger.ring();
    expect([count(ledger, 'page'), (await ledger.ledger()).outbox]).toEqual([1_000, 0]);
  });

  test('that the disk refuses gives the memory up, and loses nothing', async () => {
    const ledger = await ready({ onFailure: 'note' });
    await callTimes(ledger, 1, 'c');
    ledger.disk.exec("CREATE TRIGGER full BEFORE INSERT ON counter BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    await ledger.time.advance(60_000);
    await ledger.wake();
    expect(ledger.failures.map(({ what }) => what)).toEqual(['gave up', 'work failed']);
    ledger.disk.exec('DROP TRIGGER full');
    await ledger.evict();
    await playScript(ledger, 'totals team → held=0 settled=1');
  });
});

test('a member with several keys has one share of what each member has', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  await playScript(ledger, 'key k2 ada\n key k3 ben\n budget each_member day usd 100\n holds → 0');
  expect((await ledger.ledger()).budgets.map(({ subject }) => subject)).toEqual(['ada', 'ben']);
});

test('a configuration that is sent again is known, whether it is the same version or an older one', async () => {
  const ledger = await ready();
  const skeleton = await skeletonOf(ledger);
  expect(await ledger.configure({ ...skeleton, version: 1 })).toEqual({ outcome: 'already_configured', version: 1 });
  expect(await ledger.configure({ ...skeleton, version: 3 })).toEqual({ outcome: 'configured', version: 3 });
  await ledger.evict();
  expect(await ledger.configure({ ...skeleton, version: 3 })).toEqual({ outcome: 'already_configured', version: 3 });
  expect(await ledger.configure({ ...skeleton, version: 2 })).toEqual({ outcome: 'already_configured', version: 3 });
  await atRest();
});

/** The stored configuration with a limit of 130 requests a minute. */
async function skeletonOf(ledger: NodeLedger) {
  const text = String(ledger.disk.prepare("SELECT value FROM meta WHERE name = 'config'").get()?.['value']);
  const { config } = JSON.parse(text);
  const limits = [{ party: { kind: 'team' }, requestsPerMinute: 130, tokensPerMinute: null, concurrency: null }];
  return { config: { ...config, limits } };
}
