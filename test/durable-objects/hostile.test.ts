// What once broke a ledger: absurd amounts, and a disk that refuses.

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import { budgetIdSchema, keyIdSchema, userIdSchema } from '../../schema/ids.ts';
import { digestKey, parseKey } from '../../worker/callers/key.ts';
import { chat, makeTeam, playProvider, TEN_DOLLARS } from '../helpers/line.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('calls with absurd caps leave the ledger of a team without a money budget whole', async () => {
  const requests = { ...TEN_DOLLARS, id: budgetIdSchema.parse('requests'), unit: 'requests', limit: 1_000 } as const;
  const team = await makeTeam({ budgets: [requests] });
  const go = Promise.withResolvers<void>();
  playProvider(async () => {
    await go.promise;
    return Response.json({ error: { message: 'max_tokens is too large' } }, { status: 400 });
  });
  const calls = Array.from({ length: 16 }, () =>
    team.call('/v1/chat/completions', { ...chat, max_completion_tokens: 9e15 }),
  );
  await vi.waitFor(async () => expect((await team.ledger()).holds).toBe(16), { timeout: 5_000 });
  go.resolve();
  for (const response of await Promise.all(calls)) expect(response.status).toBe(400);
  expect(await team.ledger()).toMatchObject({ holds: 0 });
  await evictDurableObject(env.TEAM_BUDGET.getByName(team.key.split('_')[1] ?? ''));
  expect((await team.call('/v1/chat/completions', { ...chat, max_completion_tokens: 10 })).status).toBe(400);
});

test('a disk that refuses a row refuses the call, and memory holds nothing for it', async () => {
  const team = await makeTeam();
  playProvider(() => Response.json({ usage: { prompt_tokens: 1, completion_tokens: 1 } }));
  const stub = () => env.TEAM_BUDGET.getByName(team.key.split('_')[1] ?? '');
  await runInDurableObject(stub(), (_, state) => {
    state.storage.sql.exec("CREATE TRIGGER full BEFORE INSERT ON page BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  });
  expect((await team.call('/v1/chat/completions', chat)).status).toBe(503);
  expect(await team.ledger()).toMatchObject({ holds: 0, budgets: [{ held: 0, settled: 0 }] });
  await runInDurableObject(stub(), (_, state) => {
    state.storage.sql.exec('DROP TRIGGER full');
  });
  expect((await team.call('/v1/chat/completions', chat)).status).toBe(200);
});

/** A key that may be used from fifty places. */
const keyOf = (id: string, digest: string) => ({
  id: keyIdSchema.parse(id),
  digest,
  user: userIdSchema.parse('ada'),
  revoked: false,
  expiresAtMs: null,
  sources: Array.from({ length: 50 }, (_, nth) => `2001:db8:${nth}:ffff:ffff::/80`),
});

test('a configuration that no row could hold is in force, also after an eviction, and can be made small again', async () => {
  const team = await makeTeam();
  playProvider(() => Response.json({ usage: { prompt_tokens: 1, completion_tokens: 1 } }));
  const stub = () => env.TEAM_BUDGET.getByName(team.key.split('_')[1] ?? '');
  const statusFrom = async (source: string) =>
    (await team.call('/v1/chat/completions', chat, { headers: { 'cf-connecting-ip': source } })).status;
  const own = keyOf(parseKey(team.key)?.id ?? '', await digestKey(team.key));
  const others = Array.from({ length: 9_000 }, (_, nth) => keyOf(String(nth).padStart(8, '0'), `no digest ${nth}`));
  const parts = () =>
    runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec("SELECT length(value) AS length FROM meta WHERE name GLOB 'config*'").toArray(),
    );
  await team.configure({ keys: [...others, own] });
  for (let life = 0; life < 2; life += 1) {
    expect(await statusFrom('2001:db8:31:ffff:ffff::1')).toBe(200);
    expect(await statusFrom('2001:db8:31:ffff:fffe::1')).toBe(403);
    await evictDurableObject(stub());
  }
  expect((await parts()).length).toBeGreaterThan(10);
  await team.configure({ keys: [{ ...own, revoked: true }] });
  await evictDurableObject(stub());
  expect(await statusFrom('2001:db8:31:ffff:ffff::1')).toBe(401);
  expect(await parts()).toHaveLength(1);
});
