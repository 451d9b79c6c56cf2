// Events leave the object once D1 has them and not before: alarms, evictions, replays and a database that is away.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { deliver } from '../../durable-objects/ledger/d1-sink.ts';
import { decode, encode } from '../../schema/encoded.ts';
import { budgetIdSchema, callId, keyIdSchema, teamIdSchema, userIdSchema } from '../../schema/ids.ts';
import type { AdmitInput, SettleInput } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import { NO_USAGE } from '../../schema/usage.ts';

/** So far ahead that the platform's own clock rings no alarm. */
const NOON = Date.UTC(2037, 10, 11, 12);
let nth = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON });
});
afterEach(async () => {
  vi.useRealTimers();
  await env.DB.exec('DROP TRIGGER IF EXISTS no_writes');
});

async function configured() {
  nth += 1;
  const team = teamIdSchema.parse(`outbox-${nth}`);
  await stubOf(team).configure({
    version: 1,
    config: {
      team,
      timezone: 'UTC',
      access: { allow: ['*'], deny: [], approval: [] },
      budgets: [
        {
          id: budgetIdSchema.parse('monthly'),
          scope: { kind: 'team' },
          unit: 'usd',
          limit: 1_000_000,
          period: 'month',
          enforcement: 'hard',
        },
      ],
      keys: [
        {
          id: keyIdSchema.parse('00000001'),
          digest: 'digest',
          user: userIdSchema.parse('ada'),
          revoked: false,
          expiresAtMs: null,
        },
      ],
    },
  });
  return team;
}

const stubOf = (team: string) => env.TEAM_BUDGET.getByName(team);
const idOf = (team: string, call: number) =>
  callId(`req_${team.replace('-', '').replaceAll(/[ilou]/g, 'x')}${call}`.padEnd(30, '0'));

function admission(team: string, call: number, usd = 100): AdmitInput {
  const most = { usd: micros(usd), tokens: 10, requests: 1 };
  return {
    callId: idOf(team, call),
    keyDigest: 'digest',
    ask: { most, least: most, elastic: false },
    lifetimeMs: 60_000,
    facts: { model: 'm', provider: 'p', upstreamModel: 'u', dialect: 'openai-chat', stream: false, priceVersion: 'v' },
  };
}

function settlement(team: string, call: number, usd = 60): SettleInput {
  return {
    callId: idOf(team, call),
    amounts: { usd: micros(usd), tokens: 8, requests: 1 },
    ending: {
      outcome: 'completed',
      status: 200,
      usage: { ...NO_USAGE, input: 5, output: 3 },
      estimated: false,
      latencyMs: 12,
      ttfbMs: 4,
    },
  };
}

async function eventsOf(team: string) {
  const { results } = await env.DB.prepare('SELECT * FROM usage_events WHERE team = ? ORDER BY id').bind(team).all();
  return results;
}

const admit = async (team: string, call: number, usd?: number) =>
  decode(await stubOf(team).admit(encode(admission(team, call, usd))));
const settle = async (team: string, call: number, usd?: number) =>
  decode(await stubOf(team).settle(encode(settlement(team, call, usd))));

async function end(team: string, call: number): Promise<void> {
  await admit(team, call);
  await settle(team, call);
}

/** D1 refuses every event from now on, as it does when it is overloaded. */
const refuseWrites = () =>
  env.DB.exec("CREATE TRIGGER no_writes BEFORE INSERT ON usage_events BEGIN SELECT RAISE(ABORT, 'overloaded'); END");

test('an alarm delivers the event with every field', async () => {
  const team = await configured();
  await end(team, 1);
  expect(await eventsOf(team)).toEqual([]);
  expect(await runDurableObjectAlarm(stubOf(team))).toBe(true);
  expect(await eventsOf(team)).toEqual([
    {
      id: idOf(team, 1),
      revision: 0,
      at: NOON,
      team,
      user: 'ada',
      key: '00000001',
      model: 'm',
      provider: 'p',
      upstream_model: 'u',
      dialect: 'openai-chat',
      stream: 0,
      outcome: 'completed',
      status: 200,
      input: 5,
      cache_read: 0,
      cache_write_5m: 0,
      cache_write_1h: 0,
      output: 3,
      reasoning: 0,
      web_searches: 0,
      cost_micros: 60,
      estimated: 0,
      price_version: 'v',
      latency_ms: 12,
      ttfb_ms: 4,
      over_budgets: '[]',
      asked_model: null,
      steering: null,
      tried: null,
    },
  ]);
  expect((await stubOf(team).ledger()).outbox).toBe(0);
});

test('an alarm that rings twice, and a delivery whose acknowledgement was lost, leave one event', async () => {
  const team = await configured();
  await end(team, 1);
  await stubOf(team).wake();
  await evictDurableObject(stubOf(team));
  expect((await stubOf(team).ledger()).outbox).toBe(1);
  await stubOf(team).wake();
  await stubOf(team).wake();
  expect(await eventsOf(team)).toHaveLength(1);
});

test('a database that is away loses nothing: calls go on, the alarm is set again, all arrive once', async () => {
  const team = await configured();
  await end(team, 1);
  await refuseWrites();
  await runDurableObjectAlarm(stubOf(team));
  await end(team, 2);
  expect((await stubOf(team).ledger()).outbox).toBe(2);
  expect(await runInDurableObject(stubOf(team), (_, state) => state.storage.getAlarm())).toBeGreaterThan(NOON);
  await env.DB.exec('DROP TRIGGER no_writes');
  await runDurableObjectAlarm(stubOf(team));
  expect((await eventsOf(team)).map(({ id }) => id)).toEqual([idOf(team, 1), idOf(team, 2)]);
  expect((await stubOf(team).ledger()).outbox).toBe(0);
});

test('an eviction between settlement and delivery loses nothing, and work without an alarm is given one', async () => {
  const team = await configured();
  await end(team, 1);
  await runInDurableObject(stubOf(team), (_, state) => state.storage.deleteAlarm());
  await evictDurableObject(stubOf(team));
  await stubOf(team).ledger();
  expect(await runInDurableObject(stubOf(team), (_, state) => state.storage.getAlarm())).not.toBeNull();
  await stubOf(team).wake();
  expect(await eventsOf(team)).toHaveLength(1);
});

test('an expired call has an event that says so, and a late settlement replaces it', async () => {
  const team = await configured();
  await admit(team, 1);
  vi.setSystemTime(NOON + 61_000);
  await runDurableObjectAlarm(stubOf(team));
  expect(await eventsOf(team)).toMatchObject([{ outcome: 'expired', cost_micros: 100, estimated: 1, revision: 0 }]);
  expect(await settle(team, 1)).toMatchObject({ outcome: 'settled_late' });
  await stubOf(team).wake();
  expect(await eventsOf(team)).toMatchObject([{ outcome: 'completed', cost_micros: 60, estimated: 0, revision: 1 }]);
});

const service = {
  provider: 'second',
  upstreamModel: 'other',
  priceVersion: 'v2',
  tried: [{ provider: 'p', upstreamModel: 'u', result: '503' }],
};

test('a call that another target served has that one in its event, also after an eviction, and the proof holds', async () => {
  const team = await configured();
  await admit(team, 1);
  const served = settlement(team, 1);
  await stubOf(team).settle(encode({ ...served, ending: { ...served.ending, service } }));
  await evictDurableObject(stubOf(team));
  await stubOf(team).wake();
  expect(await eventsOf(team)).toMatchObject([
    {
      model: 'm',
      provider: 'second',
      upstream_model: 'other',
      price_version: 'v2',
      tried: JSON.stringify(service.tried),
      cost_micros: 60,
    },
  ]);
  const { checks } = await stubOf(team).verify();
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
});

test('a late settlement corrects who served as well, and one that was served at once says nothing of attempts', async () => {
  const team = await configured();
  await admit(team, 1);
  vi.setSystemTime(NOON + 61_000);
  await runDurableObjectAlarm(stubOf(team));
  expect(await eventsOf(team)).toMatchObject([{ outcome: 'expired', provider: 'p', tried: null }]);
  const served = settlement(team, 1);
  await stubOf(team).settle(encode({ ...served, ending: { ...served.ending, service: { ...service, tried: [] } } }));
  await stubOf(team).wake();
  expect(await eventsOf(team)).toMatchObject([{ revision: 1, provider: 'second', price_version: 'v2', tried: null }]);
});

test('an idle ledger leaves a checkpoint, and its pages are used again', async () => {
  const team = await configured();
  await end(team, 1);
  await stubOf(team).wake();
  const pages = () =>
    runInDurableObject(stubOf(team), (_, state) => [...state.storage.sql.exec('SELECT number FROM page')].length);
  const settled = async () => (await stubOf(team).ledger()).budgets[0]?.settled;
  vi.setSystemTime(NOON + 3 * 60_000);
  await stubOf(team).wake();
  await evictDurableObject(stubOf(team));
  expect(await settled()).toBe(60);
  expect((await stubOf(team).ledger()).outbox).toBe(0);
  expect(await settle(team, 1)).toEqual({ outcome: 'unknown_call' });
  await end(team, 2);
  expect(await pages()).toBe(2);
  expect(await settled()).toBe(120);
});

test('a made-up team leaves nothing behind', async () => {
  const reply = decode(await stubOf('never-configured').admit(encode(admission('outbox-x', 1))));
  expect(reply).toEqual({ outcome: 'refused', reason: 'unknown_key' });
  const tables = await runInDurableObject(stubOf('never-configured'), (_, state) => [
    ...state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'page'"),
  ]);
  expect(tables).toEqual([]);
});

test('a configuration that arrives late does not undo a newer one', async () => {
  const team = await configured();
  const config = { team, timezone: 'UTC', access: { allow: [], deny: [], approval: [] }, budgets: [], keys: [] };
  expect(await stubOf(team).configure({ version: 3, config })).toEqual({ outcome: 'configured', version: 3 });
  expect(await stubOf(team).configure({ version: 2, config })).toEqual({ outcome: 'already_configured', version: 3 });
  expect(await admit(team, 1)).toMatchObject({ reason: 'unknown_key' });
});

test('a batch with nothing in it is delivered, since D1 would refuse it for good', async () => {
  await expect(deliver([env.DB], { usageDatabase: 0, usage: [], thresholds: [] })).resolves.toBeUndefined();
});
