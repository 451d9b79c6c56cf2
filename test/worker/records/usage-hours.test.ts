// The hours come to what the events come to, to the token and the micro-dollar, whatever way the events came.

import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { deliver } from '../../../durable-objects/ledger/d1-sink.ts';
import { callId, keyIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { micros } from '../../../schema/micros.ts';
import { callOutcomes, type UsageEvent } from '../../../schema/usage-event.ts';
import { bookEvents } from '../../helpers/booked-events.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { EVENTS, sourceFor, type UsageFilter } from '../../../worker/records/usage-source.ts';
import { summarizeUsage, type UsageGroup, usageGroups } from '../../../worker/records/usage-totals.ts';

const db = openDatabase(env.DB);
const HOUR_MS = 3_600_000;
const START = Date.parse('2026-11-22T20:00:00Z');
const MANY = 100_000;

beforeEach(async () => {
  await env.DB.batch([env.DB.prepare('DELETE FROM usage_events'), env.DB.prepare('DELETE FROM usage_hours')]);
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

const anything: UsageFilter = {
  team: null,
  user: null,
  key: null,
  model: null,
  provider: null,
  outcome: null,
  fromMs: null,
  toMs: null,
};
const hour = fc.option(fc.nat({ max: 8 }).map((hours) => START + hours * HOUR_MS));
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
const groups = fc.subarray<UsageGroup>([...usageGroups]);

const totals = (asked: UsageFilter, by: readonly UsageGroup[], source = sourceFor(asked)) =>
  summarizeUsage(db, { filter: asked, groups: by, limit: MANY, after: null }, source);

describe('the hours', () => {
  it('come to the same as the events after any deliveries, in any split and any span of whole hours', async () => {
    const deliveries = fc.array(fc.array(event, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(deliveries, filter, groups, async (batches, asked, by) => {
        for (const usage of [...batches, batches[0] ?? []]) await deliver(env.DB, { usage, thresholds: [] });
        expect(sourceFor(asked)).not.toBe(EVENTS);
        expect(await totals(asked, by)).toEqual(await totals(asked, by, EVENTS));
        expect(await totals(anything, [...usageGroups])).toEqual(await totals(anything, [...usageGroups], EVENTS));
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('count a call once that is delivered twice, and what it cost as corrected', async () => {
    const [first] = fc.sample(event, 1);
    if (first === undefined) throw new Error('no event');
    const expired: UsageEvent = { ...first, revision: 0, outcome: 'expired', estimated: true, cost: micros(900) };
    const late: UsageEvent = { ...first, revision: 1, outcome: 'completed', estimated: false, cost: micros(20) };
    for (const usage of [[expired], [expired], [late], [expired], [late, expired]]) {
      await deliver(env.DB, { usage, thresholds: [] });
    }
    expect(await totals(anything, ['outcome'])).toMatchObject([
      { group: ['completed'], calls: 1, cost: 20, estimatedCost: 0 },
    ]);
  });

  it('are written with their events or not at all', async () => {
    const usage = fc.sample(event, 5);
    await env.DB.exec(`CREATE TRIGGER no_hours BEFORE INSERT ON usage_hours BEGIN SELECT RAISE(ABORT, 'none'); END`);
    await expect(deliver(env.DB, { usage, thresholds: [] })).rejects.toThrow(/none/);
    await env.DB.exec('DROP TRIGGER no_hours');
    expect(await totals(anything, [], EVENTS)).toMatchObject([{ calls: 0 }]);
  });

  it('stay when the events go', async () => {
    await deliver(env.DB, { usage: fc.sample(event, 20), thresholds: [] });
    const before = await totals(anything, ['team', 'day']);
    await env.DB.exec('DELETE FROM usage_events');
    expect(await totals(anything, ['team', 'day'])).toEqual(before);
    expect(before.length).toBeGreaterThan(0);
  });

  it('follow a person who is renamed, and no total changes', async () => {
    await deliver(env.DB, { usage: fc.sample(event, 20), thresholds: [] });
    const before = await totals(anything, ['team', 'model']);
    await env.DB.exec(`UPDATE usage_events SET user = 'erased' WHERE user = 'ada'`);
    expect(await totals(anything, ['team', 'model'])).toEqual(before);
    expect((await totals(anything, ['user'])).map(({ group }) => group[0])).not.toContain('ada');
  });

  it.each([
    [START, START + 1],
    [START + 1, null],
    [null, START - 1],
  ])('are left aside for a span from %s to %s, which begins or ends inside one', (fromMs, toMs) => {
    expect(sourceFor({ fromMs, toMs })).toBe(EVENTS);
  });

  it('cost one row more for each event that is delivered', async () => {
    const events = Array.from({ length: 100 }, (_, nth) => ({ id: `req_${nth}`, at: START + nth, team: 'hours' }));
    const { meta } = await bookEvents(env.DB, events);
    expect(meta.rows_written).toBe(400);
  });
});
