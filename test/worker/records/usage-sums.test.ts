// Hours and days come to what the events come to, to the token and the micro-dollar, whatever way the events came.

import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { deliver } from '../../../durable-objects/ledger/d1-sink.ts';
import { callId, keyIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { micros } from '../../../schema/micros.ts';
import { callOutcomes, type UsageEvent } from '../../../schema/usage-event.ts';
import { bookEvents } from '../../helpers/booked-events.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import {
  ANY_USAGE,
  DAYS,
  EVENTS,
  HOURS,
  sourceFor,
  type UsageFilter,
  type UsageSource,
} from '../../../worker/records/usage-source.ts';
import { summarizeUsage, type TotalGroup, type UsageGroup, usageGroups } from '../../../worker/records/usage-totals.ts';

const db = openDatabase(env.DB);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MIDNIGHT = Date.parse('2026-11-22T00:00:00Z');
const START = MIDNIGHT + 20 * HOUR_MS;
const MANY = 100_000;

beforeEach(async () => {
  await env.DB.batch(
    ['usage_events', 'usage_hours', 'usage_days'].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
  );
});

const tokens = fc.nat({ max: 2_000_000 });
const drawn = fc.record({
  nth: fc.nat({ max: 30 }),
  revision: fc.nat({ max: 3 }),
  outcome: fc.constantFrom(...callOutcomes),
  provider: fc.constantFrom('openai', 'azure'),
  estimated: fc.boolean(),
  priceVersion: fc.constantFrom('v1', 'v2'),
  cost: fc.nat({ max: 5_000_000 }).map(micros),
  ttfbMs: fc.option(fc.nat({ max: 900 })),
  usage: fc.record({
    input: tokens,
    cacheRead: tokens,
    cacheWrite5m: tokens,
    cacheWrite1h: tokens,
    output: tokens,
    reasoning: tokens,
    webSearches: fc.nat({ max: 3 }),
  }),
});
const event = drawn.map(eventOf);

/** What a correction never changes follows from the call. */
function eventOf({ nth, ...corrected }: typeof drawn extends fc.Arbitrary<infer Drawn> ? Drawn : never): UsageEvent {
  return {
    ...corrected,
    id: callId(`req_${String(nth).padStart(26, '0')}`),
    atMs: START + nth * 0.21 * HOUR_MS,
    team: teamIdSchema.parse(`hours-${nth % 3}`),
    user: userIdSchema.parse(nth % 2 === 0 ? 'ada' : 'bob'),
    key: keyIdSchema.parse(nth % 5 === 0 ? 'abcd1234' : 'abcd5678'),
    model: nth % 4 === 0 ? 'fast' : 'large',
    upstreamModel: 'gpt-5-mini',
    dialect: nth % 7 === 0 ? 'openai-responses' : 'openai-chat',
    stream: true,
    status: 200,
    latencyMs: 900,
    overBudgets: [],
    tried: null,
  };
}

const hour = fc.option(fc.nat({ max: 8 }).map((hours) => START + hours * HOUR_MS));
const day = fc.option(fc.nat({ max: 2 }).map((days) => MIDNIGHT + days * DAY_MS));
const filter = fc.record({
  team: fc.option(fc.constantFrom('hours-0', 'hours-1').map((id) => teamIdSchema.parse(id))),
  user: fc.option(fc.constant(userIdSchema.parse('ada'))),
  key: fc.option(fc.constant(keyIdSchema.parse('abcd1234'))),
  model: fc.option(fc.constant('fast')),
  provider: fc.option(fc.constant('azure')),
  outcome: fc.option(fc.constantFrom(...callOutcomes)),
  fromMs: hour,
  toMs: hour,
});
const filterOfDays = filter.map((asked) => ({ ...asked, user: null, key: null }));
const groups = fc.subarray<UsageGroup>([...usageGroups]);
const groupsOfDays = fc.subarray<UsageGroup>(usageGroups.filter((group) => !['user', 'key', 'hour'].includes(group)));
const deliveries = fc.array(fc.array(event, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 });

const totals = (asked: UsageFilter, by: readonly UsageGroup[], source = sourceFor(asked, by)) =>
  summarizeUsage([db], { filter: asked, groups: by, limit: MANY, after: null }, source);
const dailyAndPersonal = async () => [
  await totals(ANY_USAGE, ['team', 'day'], DAYS),
  await totals(ANY_USAGE, ['user'], HOURS),
];

const raw = (table: string, of: string) =>
  env.DB.prepare(`SELECT team, ${of} FROM ${table} GROUP BY team ORDER BY team`).raw();

describe('the hours', () => {
  it('come to the same as the events after any deliveries, in any split and any span of whole hours', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, filter, groups, async (batches, asked, by) => {
        for (const usage of [...batches, batches[0] ?? []])
          await deliver([env.DB], { usageDatabase: 0, usage, thresholds: [] });
        expect(await totals(asked, by, HOURS)).toEqual(await totals(asked, by, EVENTS));
        expect(await totals(ANY_USAGE, [...usageGroups], HOURS)).toEqual(
          await totals(ANY_USAGE, [...usageGroups], EVENTS),
        );
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe('the days', () => {
  it('come to the same as the events after any deliveries, in any split and any span of whole days', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, filterOfDays, groupsOfDays, day, day, async (batches, others, by, fromMs, toMs) => {
        for (const usage of [...batches, batches[0] ?? []])
          await deliver([env.DB], { usageDatabase: 0, usage, thresholds: [] });
        const asked = { ...others, fromMs, toMs };
        expect(sourceFor(asked, by)).toBe(DAYS);
        const told = await totals(asked, by, EVENTS);
        expect(await totals(asked, by, DAYS)).toEqual(told);
        expect(await totals(asked, by, HOURS)).toEqual(told);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('have no column of a person or a key', async () => {
    const { results } = await env.DB.prepare(`SELECT name FROM pragma_table_info('usage_days')`).all();
    const names = results.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['team', 'day', 'model']));
    expect(names).not.toEqual(expect.arrayContaining(['user']));
    expect(names).not.toEqual(expect.arrayContaining(['key']));
  });

  it.each([{ user: userIdSchema.parse('ada') }, { key: keyIdSchema.parse('abcd1234') }])(
    'refuse to be asked for %o instead of answering for everybody',
    async (whose) => {
      await expect(totals({ ...ANY_USAGE, ...whose }, [], DAYS)).rejects.toThrow('name nobody');
    },
  );
});

describe('both', () => {
  it('keep times as the events do, also of calls without a first byte, and after corrections', async () => {
    const usage = fc.sample(event, 40);
    await deliver([env.DB], { usageDatabase: 0, usage, thresholds: [] });
    await deliver([env.DB], {
      usageDatabase: 0,
      usage: usage.map((each) => Object.assign({}, each, { revision: 9, latencyMs: 70 })),
      thresholds: [],
    });
    const told = await raw('usage_events', 'count(*), sum(latency_ms), sum(coalesce(ttfb_ms, 0)), count(ttfb_ms)');
    for (const table of ['usage_hours', 'usage_days']) {
      expect(await raw(table, 'sum(calls), sum(latency_ms), sum(ttfb_ms), sum(answered)')).toEqual(told);
    }
  });

  it('count a call once that is delivered twice, and what it cost as corrected', async () => {
    const [first] = fc.sample(event, 1);
    if (first === undefined) throw new Error('no event');
    const expired: UsageEvent = { ...first, revision: 0, outcome: 'expired', estimated: true, cost: micros(900) };
    const late: UsageEvent = { ...first, revision: 1, outcome: 'completed', estimated: false, cost: micros(20) };
    for (const usage of [[expired], [expired], [late], [expired], [late, expired]]) {
      await deliver([env.DB], { usageDatabase: 0, usage, thresholds: [] });
    }
    for (const source of [DAYS, HOURS, EVENTS]) {
      expect(await totals(ANY_USAGE, ['outcome'], source)).toMatchObject([
        { group: ['completed'], calls: 1, cost: 20, estimatedCost: 0 },
      ]);
    }
  });

  it.each(['usage_hours', 'usage_days'])('are written with their events or not at all: %s', async (table) => {
    const usage = fc.sample(event, 5);
    await env.DB.exec(`CREATE TRIGGER no_sums BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'none'); END`);
    await expect(deliver([env.DB], { usageDatabase: 0, usage, thresholds: [] })).rejects.toThrow(/none/);
    await env.DB.exec('DROP TRIGGER no_sums');
    for (const source of [DAYS, HOURS, EVENTS]) {
      expect(await totals(ANY_USAGE, [], source)).toMatchObject([{ calls: 0 }]);
    }
  });

  it('stay when the events go', async () => {
    await deliver([env.DB], { usageDatabase: 0, usage: fc.sample(event, 20), thresholds: [] });
    const before = await dailyAndPersonal();
    await env.DB.exec('DELETE FROM usage_events');
    expect(await dailyAndPersonal()).toEqual(before);
    expect(before.flat().length).toBeGreaterThan(1);
    await env.DB.exec('DELETE FROM usage_hours');
    expect((await dailyAndPersonal())[0]).toEqual(before[0]);
  });

  it('follow a person who is renamed: the hours name another, and no day is written', async () => {
    await deliver([env.DB], { usageDatabase: 0, usage: fc.sample(event, 20), thresholds: [] });
    const before = await totals(ANY_USAGE, ['team', 'model']);
    await env.DB.exec(`CREATE TRIGGER no_days BEFORE UPDATE ON usage_days BEGIN SELECT RAISE(ABORT, 'written'); END`);
    await env.DB.exec(`UPDATE usage_events SET user = 'erased' WHERE user = 'ada'`);
    await env.DB.exec('DROP TRIGGER no_days');
    for (const source of [DAYS, HOURS, EVENTS]) {
      expect(await totals(ANY_USAGE, ['team', 'model'], source)).toEqual(before);
    }
    expect((await totals(ANY_USAGE, ['user'])).map(({ group }) => group[0])).not.toContain('ada');
  });

  it('follow an event that moves to another hour and day', async () => {
    await bookEvents(env.DB, [{ id: 'req_moved', at: START, team: 'hours' }]);
    await env.DB.prepare(`UPDATE usage_events SET at = ?1`)
      .bind(START + DAY_MS)
      .run();
    for (const source of [DAYS, HOURS, EVENTS]) {
      expect(await totals(ANY_USAGE, ['day'], source)).toMatchObject([{ group: ['2026-11-23'], calls: 1 }]);
    }
  });
  it.each([
    [START, START + 1],
    [START + 1, null],
    [null, START - 1],
  ])('are left aside for a span from %s to %s, which begins or ends inside an hour', (fromMs, toMs) => {
    expect(sourceFor({ ...ANY_USAGE, fromMs, toMs }, [])).toBe(EVENTS);
  });

  it.each<[string, Partial<UsageFilter>, readonly TotalGroup[], UsageSource]>([
    ['of a person', { user: userIdSchema.parse('ada') }, [], HOURS],
    ['of a key', { key: keyIdSchema.parse('abcd1234') }, [], HOURS],
    ['by person', {}, ['team', 'user'], HOURS],
    ['by key', {}, ['key'], HOURS],
    ['by hour', {}, ['hour', 'model'], HOURS],
    ['by minute', {}, ['minute'], EVENTS],
    ['from inside a day', { fromMs: MIDNIGHT + HOUR_MS }, [], HOURS],
    ['until inside a day', { toMs: MIDNIGHT - HOUR_MS }, [], HOURS],
    ['of whole days', { fromMs: MIDNIGHT, toMs: MIDNIGHT + DAY_MS }, ['day', 'cost_center', 'price_version'], DAYS],
    ['of all time', {}, [], DAYS],
  ])('are read as they must: %s', (_, asked, by, source) => {
    expect(sourceFor({ ...ANY_USAGE, ...asked }, by)).toBe(source);
  });

  it('cost two rows more for each event that is delivered', async () => {
    const events = Array.from({ length: 100 }, (_, nth) => ({ id: `req_${nth}`, at: START + nth, team: 'hours' }));
    const { meta } = await bookEvents(env.DB, events);
    expect(meta.rows_written).toBe(500);
  });
});
