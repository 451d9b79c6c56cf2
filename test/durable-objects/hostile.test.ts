// What once broke a ledger, or let it forget: absurd amounts, changed periods, overtaking messages.

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import { budgetIdSchema, teamIdSchema } from '../../schema/ids.ts';
import { playScript } from '../helpers/ledger-script.ts';
import { chat, makeTeam, playProvider, TEN_DOLLARS } from '../helpers/line.ts';
import { objectLedger } from '../helpers/object-ledger.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
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

test('a budget whose period is lengthened keeps what was spent, however often it is tidied', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2037, 0, 5, 12) });
  await playScript(
    objectLedger('period-change'),
    `
    key    k2 ben
    budget team month usd 1000
    admit  c1 900 60s → admitted
    settle c1 900     → settled
    tick   3m
    tick   3m
    budget team quarter usd 1000
    admit  c2 200 60s → refused exhausted
    tick   36d
    evict
    admit  c3 10 60s key k2 → admitted
    settle c3 10      → settled
    tick   3m
    tick   3m
    totals team       → held=0 settled=910
    admit  c4 200 60s → refused exhausted`,
  );
});

test('so does one that nobody has called on since', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2037, 0, 5, 12) });
  await playScript(
    objectLedger('period-change-unused'),
    `
    key    k2 ben
    budget member:ada month usd 1000
    admit  c1 900 60s → admitted
    settle c1 900     → settled
    tick   3m
    tick   3m
    budget member:ada quarter usd 1000
    tick   36d
    admit  c2 10 60s key k2 → admitted
    settle c2 10      → settled
    tick   3m
    tick   3m
    admit  c3 200 60s → refused exhausted`,
  );
});

test('an admission that arrives after it was given back holds nothing', async () => {
  const team = teamIdSchema.parse('overtaken');
  const ledger = objectLedger(team);
  await playScript(
    ledger,
    `
    budget  team month usd 1000
    release c1          → unknown_call
    admit   c1 600 60s  → admission_conflict
    holds               → 0`,
  );
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
