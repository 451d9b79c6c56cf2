// For some minutes of every deployment one side is older than the other: what the older one leaves out, and what the newer
// one says that nobody here knows yet.

import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decode, encode } from '../../schema/encoded.ts';
import { SCRIPT_NOON_MS } from '../fixtures/ledger-scripts.ts';
import { admission, playScript, settlement } from '../helpers/ledger-script.ts';
import { objectLedger } from '../helpers/object-ledger.ts';
import { idOf } from '../helpers/script-words.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: SCRIPT_NOON_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

const stubOf = (team: string) => env.TEAM_BUDGET.getByName(team);

interface Stored extends Record<string, SqlStorageValue> {
  value: string;
}

/** Changes the stored configuration as text, and loses what is in memory. */
async function rewriteConfig(team: string, rewrite: (stored: string) => string): Promise<void> {
  await runInDurableObject(stubOf(team), (_, { storage }) => {
    const { value } = storage.sql.exec<Stored>("SELECT value FROM meta WHERE name = 'config'").one();
    const text = rewrite(value);
    expect(text).not.toBe(value);
    storage.sql.exec("UPDATE meta SET value = ? WHERE name = 'config'", text);
  });
  await evictDurableObject(stubOf(team));
}

test('an older Worker says nothing of patience: its contended call is told at once', async () => {
  const ledger = objectLedger('skew-patience');
  await playScript(ledger, 'budget team month usd 1000\n admit c1 800 60s → admitted', 'leave');
  const input = admission(ledger.team, 'admit c2 500 60s'.split(' '));
  expect(input).not.toHaveProperty('patienceMs');
  expect(await ledger.admit(input)).toMatchObject({ outcome: 'refused', reason: 'contended', retryAfterMs: 1_000 });
  await playScript(ledger, 'waiting → 0\n holds → 1');
});

test('a configuration that an older Worker stored limits, suspends and carries nothing, and tells the usual thresholds', async () => {
  const team = 'skew-stored';
  const ledger = objectLedger(team);
  await playScript(
    ledger,
    'budget team month usd 1000 thresholds 10 rollover 50 prorated\n limit team requests 1\n suspend team\n holds → 0',
  );
  await rewriteConfig(team, (stored) => {
    const { version, config } = JSON.parse(stored);
    const { limits: _, suspended: __, ...older } = config;
    const budgets = config.budgets.map(({ id, scope, unit, limit, period, enforcement }: Record<string, unknown>) => ({
      id,
      scope,
      unit,
      limit,
      period,
      enforcement,
    }));
    return JSON.stringify({ version, config: { ...older, budgets } });
  });
  await playScript(
    ledger,
    `
    admit  c1 400 60s → admitted
    settle c1 400     → settled
    admit  c2 500 60s → admitted
    told              → nothing
    settle c2 500     → settled
    told              → team@50=900/1000 team@80=900/1000 team@90=900/1000
    totals team       → held=0 settled=900 remaining=100 limit=1000 carried=0
    tick   20d
    totals team       → held=0 settled=0 remaining=1000 limit=1000 carried=0`,
  );
});

test('fields that a newer Worker adds to messages and configuration disturb nobody', async () => {
  const team = 'skew-newer';
  const ledger = objectLedger(team);
  await playScript(ledger, 'budget team month usd 1000\n holds → 0');
  await rewriteConfig(team, (stored) => {
    const { config, ...rest } = JSON.parse(stored);
    const budgets = config.budgets.map((budget: object) => ({ ...budget, mood: 'cheerful' }));
    return JSON.stringify({
      ...rest,
      later: [1],
      config: { ...config, budgets, webhooks: { url: 'https://example.com' } },
    });
  });
  const asked = admission(ledger.team, 'admit c1 600 60s'.split(' '));
  const newer = { ...asked, ask: { ...asked.ask, images: 3 }, facts: { ...asked.facts, region: 'eu' }, trace: 'abc' };
  expect(decode(await stubOf(team).admit(encode(newer)))).toMatchObject({ outcome: 'admitted', held: { usd: 600 } });
  expect(decode(await stubOf(team).admit(encode(asked)))).toMatchObject({ outcome: 'already_admitted' });
  await evictDurableObject(stubOf(team));
  const ended = settlement(ledger.team, 'settle c1 600'.split(' '));
  const newerEnding = { ...ended, amounts: { ...ended.amounts, images: 3 }, ending: { ...ended.ending, carbon: 1 } };
  expect(decode(await stubOf(team).settle(encode(newerEnding)))).toMatchObject({ outcome: 'settled' });
  expect(decode(await stubOf(team).settle(encode(ended)))).toEqual({ outcome: 'already_settled' });
  await evictDurableObject(stubOf(team));
  await playScript(
    ledger,
    `
    totals team → held=0 settled=600
    event  c1   → completed cost=600 over=none
    verify      → proven`,
  );
  const row = await env.DB.prepare('SELECT model, status FROM usage_events WHERE id = ?')
    .bind(idOf(ledger.team, 'c1'))
    .first();
  expect(row).toEqual({ model: 'model-a', status: 200 });
});

test('a disk that a newer release has migrated is read as it is, and not migrated back', async () => {
  const team = 'skew-disk';
  const ledger = objectLedger(team);
  await playScript(ledger, 'budget team month usd 1000\n admit c1 600 60s → admitted\n settle c1 600 → settled');
  const version = () =>
    runInDurableObject(stubOf(team), (_, { storage }) =>
      storage.sql.exec<Stored>("SELECT value FROM meta WHERE name = 'schema'").one(),
    );
  await runInDurableObject(stubOf(team), (_, { storage }) => {
    storage.sql.exec("UPDATE meta SET value = '99' WHERE name = 'schema'");
    storage.sql.exec('CREATE TABLE later (id INTEGER PRIMARY KEY)');
  });
  await evictDurableObject(stubOf(team));
  await playScript(ledger, 'totals team → held=0 settled=600\n admit c2 400 60s → admitted\n settle c2 1 → settled');
  expect(await version()).toEqual({ value: '99' });
});
