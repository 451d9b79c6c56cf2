// A person who is forgotten by a ledger: their id is nowhere on its disk and in no event from then on, and no amount is another.

import { expect, test } from 'vitest';
import { keyIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { ConfigureInput, LedgerReport } from '../../../schema/ledger.ts';
import { SCRIPT_NOON_MS } from '../../fixtures/ledger-scripts.ts';
import { admission, configuration, monthly, settlement } from '../../helpers/ledger-questions.ts';
import { type NodeLedger, nodeLedger, type NodeLedgerOptions } from '../../helpers/node-ledger.ts';
import { budgetIdSchema } from '../../../schema/ids.ts';

const user = userIdSchema.parse('ada.lovelace');
const ben = userIdSchema.parse('ben');
const pseudonym = userIdSchema.parse('erased-0123456789');
const person = { user, pseudonym };

const budgets = (who: typeof user) => [
  monthly({ thresholds: [10, 50] }),
  monthly({ id: budgetIdSchema.parse('each'), scope: { kind: 'each_member' }, thresholds: [10] }),
  monthly({ id: budgetIdSchema.parse('hers'), scope: { kind: 'member', id: who }, thresholds: [10] }),
];

/** Two members with a key each; the first is `who`, whose key counts or not. */
function configured(version: number, who: typeof user, revoked: boolean): ConfigureInput {
  const { config } = configuration(version, budgets(who));
  const [key] = config.keys;
  if (key === undefined) throw new Error('no key');
  const bens = { ...key, id: keyIdSchema.parse('00000002'), digest: 'bens', user: ben };
  return { version, config: { ...config, keys: [{ ...key, user: who, revoked }, bens] } };
}

/** What is counted of ended calls, of open ones and of one that expired; of another member as well. */
async function worked(options?: NodeLedgerOptions): Promise<NodeLedger> {
  const ledger = nodeLedger(SCRIPT_NOON_MS, options);
  await ledger.configure(configured(1, user, false));
  await ledger.admit(admission(1, 100));
  await ledger.settle(settlement(1, 90));
  await ledger.admit(admission(2, 30, { lifetimeMs: 1_000 }));
  await ledger.advance(2_000);
  await ledger.admit(admission(3, 200, { keyDigest: 'bens' }));
  await ledger.settle(settlement(3, 150));
  await ledger.admit(admission(4, 50, { lifetimeMs: 600_000 }));
  await ledger.admit(admission(5, 40));
  await ledger.settle(settlement(5, 33));
  return ledger;
}

/** The same with every name but the pseudonym's made equal. */
function amounts({ budgets: states, holds }: LedgerReport) {
  return {
    holds,
    states: states.map(({ id, ...state }) => `${id} ${state.settled} ${state.held} ${state.remaining}`).toSorted(),
  };
}

function dump({ disk }: NodeLedger): string {
  const tables = disk.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return JSON.stringify(tables.map(({ name }) => disk.prepare(`SELECT * FROM "${String(name)}"`).all()));
}

async function forgotten(ledger: NodeLedger) {
  await ledger.configure(configured(2, pseudonym, true));
  return ledger.forget(person);
}

test('is nowhere on the disk, and every total stays what it was', async () => {
  const ledger = await worked();
  const before = amounts(await ledger.ledger());
  expect(dump(ledger)).toContain(user);
  expect(await forgotten(ledger)).toEqual({ outcome: 'forgotten' });
  expect(dump(ledger)).not.toContain(user);
  const after = await ledger.ledger();
  expect(amounts(after)).toEqual(before);
  expect(after.budgets).toContainEqual(expect.objectContaining({ id: 'each', subject: pseudonym, settled: 153 }));
  expect(after.budgets).toContainEqual(expect.objectContaining({ id: 'hers', settled: 153, held: 50 }));
  expect((await ledger.verify()).checks.filter(({ ok }) => !ok)).toEqual([]);
});

test('is in no event that is delivered afterwards: not of open calls, not of late settlements', async () => {
  const ledger = await worked();
  await forgotten(ledger);
  ledger.delivered.length = 0;
  await ledger.settle(settlement(4, 45));
  await ledger.settle(settlement(2, 20));
  await ledger.admit(admission(6, 10, { keyDigest: 'bens' }));
  await ledger.settle(settlement(6, 9));
  await ledger.advance(2_000);
  const told = ledger.delivered.flatMap(({ usage }) => usage);
  expect(told.map(({ user: whose, cost, revision }) => [whose, cost, revision])).toEqual([
    [pseudonym, 45, 0],
    [pseudonym, 20, 1],
    ['ben', 9, 0],
  ]);
  expect(JSON.stringify(ledger.delivered)).not.toContain(user);
  expect((await ledger.ledger()).outbox).toBe(0);
  expect((await ledger.verify()).checks.filter(({ ok }) => !ok)).toEqual([]);
});

test('is in no event that waited while D1 was away', async () => {
  let isAway = true;
  const sink = () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve());
  const ledger = await worked({ sink, onFailure: 'note' });
  expect(await forgotten(ledger)).toEqual({ outcome: 'forgotten' });
  isAway = false;
  await ledger.wake();
  const told = ledger.delivered.flatMap(({ usage }) => usage);
  expect(told.map(({ user: whose, cost }) => `${whose} ${cost}`).toSorted()).toEqual([
    'ben 150',
    ...[30, 33, 90].map((cost) => `${pseudonym} ${cost}`),
  ]);
  expect(JSON.stringify(ledger.delivered)).not.toContain(user);
  expect((await ledger.verify()).checks.filter(({ ok }) => !ok)).toEqual([]);
});

test('stays forgotten over an eviction and a checkpoint, and no threshold is told twice', async () => {
  const ledger = await worked();
  await ledger.advance(2_000);
  expect(ledger.delivered.flatMap(({ thresholds }) => thresholds)).toHaveLength(4);
  await forgotten(ledger);
  await ledger.advance(61_000);
  await ledger.evict();
  await ledger.advance(61_000);
  expect(dump(ledger)).not.toContain(user);
  expect(ledger.delivered.flatMap(({ thresholds }) => thresholds)).toHaveLength(4);
});

test('may be asked again, also after their old id was counted once more', async () => {
  const ledger = await worked();
  await forgotten(ledger);
  const before = amounts(await ledger.ledger());
  expect(await ledger.forget(person)).toEqual({ outcome: 'forgotten' });
  expect(amounts(await ledger.ledger())).toEqual(before);
  await ledger.configure(configured(3, user, false));
  await ledger.admit(admission(6, 10));
  await ledger.settle(settlement(6, 7));
  await ledger.advance(61_000);
  await ledger.configure(configured(4, pseudonym, true));
  await ledger.forget(person);
  expect((await ledger.ledger()).budgets).toContainEqual(
    expect.objectContaining({ id: 'each', subject: pseudonym, settled: 160 }),
  );
  expect(dump(ledger)).not.toContain(user);
});

test('forgotten in the midst of a delivery, has each event counted as delivered once', async () => {
  const gate = Promise.withResolvers<void>();
  let held = false;
  const ledger = await worked({ sink: () => (held ? gate.promise : Promise.resolve()) });
  held = true;
  const delivering = ledger.wake();
  const forgetting = forgotten(ledger);
  await Promise.resolve();
  held = false;
  gate.resolve();
  await delivering;
  expect(await forgetting).toEqual({ outcome: 'forgotten' });
  await ledger.wake();
  expect((await ledger.ledger()).outbox).toBe(0);
  const { checks, delivered } = await ledger.verify();
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(delivered).toMatchObject([{ events: 4 }]);
});

test('is not looked for while more waits than can be looked through', async () => {
  const ledger = await worked();
  ledger.disk.exec(`WITH RECURSIVE n (n) AS (SELECT 10000 UNION ALL SELECT n + 1 FROM n LIMIT 5001)
    INSERT INTO page SELECT n, 1, 0, 0, '{"format":1,"facts":[],"charges":[],"calls":[],"thresholds":[]}' FROM n`);
  expect(await forgotten(ledger)).toEqual({ outcome: 'busy' });
  expect(dump(ledger)).toContain(user);
});

test('of a ledger that was never configured leaves nothing behind', async () => {
  const ledger = nodeLedger(SCRIPT_NOON_MS);
  expect(await ledger.forget(person)).toEqual({ outcome: 'forgotten' });
  expect(dump(ledger)).toBe('[]');
});
