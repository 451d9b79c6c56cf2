// Usage that is spread over several databases is told as if it lay in one.

import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deliver } from '../../../durable-objects/ledger/d1-sink.ts';
import { callId, keyIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { micros } from '../../../schema/micros.ts';
import { NO_USAGE } from '../../../schema/usage.ts';
import type { UsageEvent } from '../../../schema/usage-event.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { keysUsedSince, lastDaysOf } from '../../../worker/records/key-days.ts';
import { readEfforts } from '../../../worker/records/efficiency.ts';
import { everyTotal } from '../../../worker/records/every-total.ts';
import { readCalls } from '../../../worker/records/replayed-calls.ts';
import { readSpendByHour, readSpendByMinutes } from '../../../worker/records/spend.ts';
import { compareText } from '../../../worker/records/usage-databases.ts';
import { listUsageEvents } from '../../../worker/records/usage.ts';
import { ANY_USAGE } from '../../../worker/records/usage-source.ts';
import { summarizeUsage, type UsageGroup, usageGroups } from '../../../worker/records/usage-totals.ts';
import { type BookedEvent, bookEvents } from '../../helpers/booked-events.ts';

const bindings = [env.DB, env.BESIDE_1, env.BESIDE_2] as const;
const [first, second, third] = [openDatabase(env.DB), openDatabase(env.BESIDE_1), openDatabase(env.BESIDE_2)];
const START = Date.parse('2026-11-22T20:00:00Z');
const HOUR_MS = 3_600_000;
const TEAMS = ['10', 'alpha', 'beta', 'gamma', 'delta'];

const event = fc.record({
  team: fc.nat({ max: TEAMS.length - 1 }),
  at: fc.nat({ max: 60 }).map((steps) => START + steps * 7 * 60_000),
  user: fc.constantFrom('ada', 'bob'),
  key: fc.constantFrom('abcd1234', 'abcd5678'),
  model: fc.constantFrom('fast', 'large', '\u{ff5e}', '\u{1f600}'),
  provider: fc.constantFrom('openai', 'azure'),
  outcome: fc.constantFrom('completed', 'client_gone'),
  input: fc.nat({ max: 2_000_000 }),
  cost: fc.nat({ max: 5_000_000 }),
});
const history = fc.array(event, { minLength: 1, maxLength: 40 });

function eventsOf(drawn: readonly (typeof event extends fc.Arbitrary<infer Drawn> ? Drawn : never)[]): BookedEvent[] {
  return drawn.map((each, nth) =>
    Object.assign({}, each, { team: TEAMS[each.team] ?? '', id: `req_${String(nth).padStart(26, '0')}` }),
  );
}

/** All in the first database, and then the same by teams in all three. */
async function inOne(events: readonly BookedEvent[]): Promise<void> {
  await empty();
  await bookEvents(env.DB, events);
}

async function spread(events: readonly BookedEvent[]): Promise<void> {
  await empty();
  const byDatabase = Map.groupBy(events, ({ team }) => bindings[TEAMS.indexOf(team) % bindings.length] ?? env.DB);
  for (const [database, theirs] of byDatabase) await bookEvents(database, theirs);
}

async function empty(): Promise<void> {
  for (const database of bindings) {
    await database.batch([
      database.prepare('DELETE FROM usage_events'),
      database.prepare('DELETE FROM usage_hours'),
      database.prepare('DELETE FROM usage_days'),
    ]);
  }
}

beforeAll(async () => {
  await applyD1Migrations(env.BESIDE_1, env.TEST_MIGRATIONS);
  await applyD1Migrations(env.BESIDE_2, env.TEST_MIGRATIONS);
  const team = env.DB.prepare(
    'INSERT INTO teams (id, name, timezone, cost_center, created_at, updated_at) VALUES (?1, ?1, ?2, ?3, 0, 0)',
  );
  await env.DB.batch(TEAMS.map((id, nth) => team.bind(id, 'UTC', nth === 3 ? null : `CC-${nth % 2}`)));
});
beforeEach(empty);

describe('usage in three databases', () => {
  it('has the totals of usage in one, in any split, whole and page by page', async () => {
    const groups = fc.subarray<UsageGroup>([...usageGroups]);
    const fromMs = fc.constantFrom(null, START + HOUR_MS, START + 61 * 60_000);
    await fc.assert(
      fc.asyncProperty(history, groups, fromMs, fc.integer({ min: 1, max: 4 }), async (drawn, by, from, limit) => {
        const filter = { ...ANY_USAGE, fromMs: from };
        const asked = { filter, groups: by, limit: 1_000, after: null };
        await inOne(eventsOf(drawn));
        const whole = await summarizeUsage([first], asked);
        await spread(eventsOf(drawn));
        expect(await summarizeUsage([first, second, third], asked)).toEqual(whole);

        const pages = [];
        let after: readonly string[] | null = null;
        while (by.length > 0) {
          const page: typeof whole = await summarizeUsage([first, second, third], { ...asked, limit, after });
          pages.push(...page);
          if (page.length < limit) break;
          after = page.at(-1)?.group ?? null;
        }
        if (by.length > 0) expect(pages).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('lists the same events and calls, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 9 }), async (drawn, limit) => {
        const all = { team: null, fromMs: START, toMs: START + 20 * HOUR_MS };
        await inOne(eventsOf(drawn));
        const [events, calls] = [
          await listUsageEvents([first], ANY_USAGE, 1_000, null),
          await readCalls([first], all, null, 1_000),
        ];
        await spread(eventsOf(drawn));
        const databases = [third, first, second] as const;
        expect(await readCalls(databases, all, null, limit)).toEqual(calls.slice(0, limit));
        const page = await listUsageEvents(databases, ANY_USAGE, limit, null);
        expect(page).toEqual(events.slice(0, limit));
        const next = await listUsageEvents(databases, ANY_USAGE, limit, page.at(-1) ?? null);
        expect(next).toEqual(events.slice(limit, 2 * limit));
      }),
      { numRuns: 15 },
    );
  });

  it('is spent, and well spent, as in one', async () => {
    const events = eventsOf(
      fc.sample(fc.array(event, { minLength: 40, maxLength: 40 }), { numRuns: 1, seed: 5 })[0] ?? [],
    );
    const spending = { team: teamIdSchema.parse('beta'), scope: { kind: 'team' }, subject: null, unit: 'usd' } as const;
    const effort = { team: null, fromMs: START, toMs: START + 20 * HOUR_MS, own: ['azure'] };
    const all = async (databases: Parameters<typeof readEfforts>[0]) => ({
      efforts: await readEfforts(databases, effort, 4),
      hours: await readSpendByHour(databases, spending, START),
      minutes: await readSpendByMinutes(databases, spending, START),
      every: await collected(everyTotal(databases, ANY_USAGE, ['team', 'day'])),
    });
    await inOne(events);
    const one = await all([first]);
    await spread(events);
    expect(await all([first, second, third])).toEqual(one);
    expect(one.efforts).toHaveLength(4);
    expect(one.hours.length).toBeGreaterThan(0);
  });

  it('adds up what lies in two of them', async () => {
    await bookEvents(env.DB, [{ id: 'req_1', team: 'alpha', at: START, cost: 3 }]);
    await bookEvents(env.BESIDE_2, [{ id: 'req_2', team: 'alpha', at: START, cost: 4 }]);
    const asked = { filter: ANY_USAGE, groups: ['team', 'cost_center'], limit: 9, after: null } as const;
    expect(await summarizeUsage([first, second, third], asked)).toMatchObject([
      { group: ['alpha', 'CC-1'], calls: 2, cost: 7 },
    ]);
  });
});

async function collected<Part>(parts: AsyncIterable<Part>): Promise<Part[]> {
  const all: Part[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

describe('a delivery', () => {
  const nothing = { usage: [], thresholds: [] };
  const ordinary: UsageEvent = {
    id: callId(`req_${'0'.repeat(26)}`),
    revision: 0,
    atMs: START,
    team: teamIdSchema.parse('alpha'),
    user: userIdSchema.parse('ada'),
    key: keyIdSchema.parse('abcd1234'),
    model: 'fast',
    provider: 'openai',
    upstreamModel: 'gpt-5-mini',
    dialect: 'openai-chat',
    stream: true,
    outcome: 'completed',
    status: 200,
    usage: NO_USAGE,
    cost: micros(12),
    estimated: false,
    priceVersion: 'v1',
    latencyMs: 900,
    ttfbMs: null,
    overBudgets: [],
    tried: null,
  };

  it('goes to the database of the team, and to no other', async () => {
    await deliver(bindings, { ...nothing, usageDatabase: 2, usage: [ordinary] });
    const counts = bindings.map((database) => database.prepare('SELECT count(*) AS n FROM usage_events').first('n'));
    expect(await Promise.all(counts)).toEqual([0, 0, 1]);
  });

  it('waits where that database is not bound', async () => {
    await expect(deliver([env.DB], { ...nothing, usageDatabase: 1, usage: [ordinary] })).rejects.toThrow('USAGE_1');
  });
});

it.each([
  ['a', 'b', -1],
  ['b', 'a', 1],
  ['a', 'a', 0],
  ['a', 'ab', -1],
  ['', 'a', -1],
  ['\u{ff5e}', '\u{1f600}', -1],
  ['\u{1f600}', '\u{ff5e}', 1],
  ['\u{1f600}', '\u{1f601}', -1],
])('compares %j with %j as SQLite does', async (left, right, expected) => {
  expect(Math.sign(compareText(left, right))).toBe(expected);
  const row = await env.DB.prepare('SELECT (?1 > ?2) - (?1 < ?2) AS told').bind(left, right).first<{ told: number }>();
  expect(row?.told).toBe(expected);
});

it('the day a key was used last is found in whichever database its usage lies, and of two the later', async () => {
  const monday = Date.parse('2026-10-05T00:00:00Z');
  const tuesday = monday + 24 * HOUR_MS;
  const wednesday = tuesday + 24 * HOUR_MS;
  const [team, key] = [teamIdSchema.parse('days'), keyIdSchema.parse('days0001')];
  const other = keyIdSchema.parse('days0002');
  await bookEvents(env.BESIDE_1, [{ id: 'days-1', team, key, at: tuesday + HOUR_MS }]);
  await bookEvents(env.DB, [{ id: 'days-2', team, key, at: monday + HOUR_MS }]);
  await bookEvents(env.BESIDE_2, [{ id: 'days-3', team, key: other, at: wednesday + HOUR_MS }]);
  const databases = [first, second, third] as const;
  const days = await lastDaysOf(databases, team, [key, other, keyIdSchema.parse('days0003')]);
  expect([...days]).toEqual([
    [key, tuesday],
    [other, wednesday],
  ]);
  expect(await keysUsedSince(databases, team, tuesday)).toEqual([key, other]);
  expect(await keysUsedSince(databases, team, wednesday)).toEqual([other]);
});
