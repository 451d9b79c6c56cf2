// Usage grows old: single calls are deleted, then the hours; what is left answers what it can, and what it cannot is refused.

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { UsageRetention } from '../../../schema/usage-retention.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { sweepUsage } from '../../../worker/retention.ts';
import { bookTeams } from '../../helpers/booked-teams.ts';
import { bookEvents } from '../../helpers/booked-events.ts';
import { AdminApi, ADMIN_TOKEN, refusal } from './admin-api.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TODAY = Date.parse('2026-11-23T00:00:00Z');
const EVENTS_SINCE = TODAY - 35 * DAY_MS;
const HOURS_SINCE = TODAY - 62 * DAY_MS;
const RETENTION: UsageRetention = { eventDays: 35, hourDays: 62 };
const TABLES = ['usage_events', 'usage_hours', 'usage_days'];

let api = new AdminApi();
beforeEach(async () => {
  api = new AdminApi();
  api.usageRetention = RETENTION;
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  await bookTeams(env.DB, 'old', 'new');
  await bookEvents(env.DB, [
    { id: 'req_1', at: HOURS_SINCE - 1, team: 'old', user: 'ada', cost: 1 },
    { id: 'req_2', at: HOURS_SINCE, team: 'old', user: 'ada', cost: 20 },
    { id: 'req_3', at: EVENTS_SINCE - 1, team: 'old', user: 'bob', cost: 300 },
    { id: 'req_4', at: EVENTS_SINCE, team: 'old', user: 'bob', cost: 4_000 },
    { id: 'req_5', at: TODAY + HOUR_MS, team: 'new', user: 'eve', cost: 50_000 },
  ]);
});

const sweep = (retention = RETENTION, usage = api.db) =>
  sweepUsage({ usage: [usage], retention, archive: null, now: () => api.nowMs });
const count = async (table: string) => (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first('n')) ?? null;
const counts = () => Promise.all(TABLES.map(count));
const iso = (ms: number) => new Date(ms).toISOString();
const costs = z.object({ data: z.array(z.object({ costUsd: z.string() })), keptFrom: z.string().nullable() });
const summary = async (query: string) => {
  const { data, keptFrom } = costs.parse(await api.expect(200, 'GET', `/usage/summary?${query}`));
  return { costs: data.map(({ costUsd }) => costUsd), keptFrom };
};

describe('the sweep', () => {
  it('deletes nothing where all is kept', async () => {
    await sweep({ eventDays: null, hourDays: null });
    expect(await counts()).toEqual([5, 5, 5]);
  });

  it('deletes the events before the first whole day that is kept, and no sum', async () => {
    await sweep({ eventDays: 35, hourDays: null });
    expect(await counts()).toEqual([2, 5, 5]);
    const left = await env.DB.prepare('SELECT id FROM usage_events ORDER BY id').raw();
    expect(left.flat()).toEqual(['req_4', 'req_5']);
  });

  it('deletes the hours after their own time, and no day', async () => {
    await sweep();
    expect(await counts()).toEqual([2, 4, 5]);
    await sweep();
    expect(await counts()).toEqual([2, 4, 5]);
  });

  it('deletes more than one step at once, and the rest the next minute', async () => {
    const many = Array.from({ length: 11_000 }, (_, nth) => ({
      id: `req_m${nth}`,
      at: HOURS_SINCE + nth,
      team: 'many',
    }));
    await bookEvents(env.DB, many);
    await sweep();
    expect(await counts()).toEqual([2, 5, 6]);
  });

  it('has an end where time is short, and goes on the next minute', async () => {
    let asked = 0;
    // Twenty seconds are over at the third look at the clock.
    const now = () => api.nowMs + (asked++ < 2 ? 0 : 20_000);
    await sweepUsage({ usage: [api.db], retention: RETENTION, archive: null, now });
    expect(await counts()).toEqual([5, 5, 5]);
    await sweep();
    expect(await counts()).toEqual([2, 4, 5]);
  });

  it('deletes in every database, also where another fails', async () => {
    const broken = openDatabase(env.DB);
    Object.defineProperty(broken, 'delete', {
      value: () => {
        throw new Error('away');
      },
    });
    await sweepUsage({ usage: [broken, api.db], retention: RETENTION, archive: null, now: () => api.nowMs });
    expect(await counts()).toEqual([2, 4, 5]);
  });

  it('never fails', async () => {
    await env.DB.exec(`CREATE TRIGGER no_deletes BEFORE DELETE ON usage_events BEGIN SELECT RAISE(ABORT, 'no'); END`);
    await expect(sweep()).resolves.toBeUndefined();
    await env.DB.exec('DROP TRIGGER no_deletes');
    expect(await counts()).toEqual([5, 5, 5]);
  });
});

describe('once the old is deleted', () => {
  beforeEach(() => sweep());

  it('whole days of all time come to what they came to', async () => {
    expect(await summary('group_by=team')).toEqual({ costs: ['0.05', '0.004321'], keptFrom: null });
    const past = `from=${iso(HOURS_SINCE - DAY_MS)}&to=${iso(EVENTS_SINCE)}`;
    expect(await summary(past)).toEqual({ costs: ['0.000321'], keptFrom: null });
  });

  it('whole hours are told as far as hours go, also of a person', async () => {
    const past = `from=${iso(HOURS_SINCE)}&to=${iso(EVENTS_SINCE)}`;
    expect(await summary(`${past}&group_by=user`)).toEqual({
      costs: ['0.00002', '0.0003'],
      keptFrom: iso(HOURS_SINCE),
    });
    expect(await summary('user=ada')).toEqual({ costs: ['0.00002'], keptFrom: iso(HOURS_SINCE) });
  });

  it('single calls are listed as far as they are there, and from when on is said', async () => {
    const list = z.object({ data: z.array(z.object({ id: z.string() })), keptFrom: z.string() });
    const { data, keptFrom } = list.parse(await api.expect(200, 'GET', `/usage/events?from=${iso(HOURS_SINCE)}`));
    expect(data.map(({ id }) => id)).toEqual(['req_5', 'req_4']);
    expect(keptFrom).toBe(iso(EVENTS_SINCE));
  });

  it.each([
    ['from', `from=${iso(EVENTS_SINCE - 1)}`],
    ['from', `from=${iso(HOURS_SINCE + 1)}&to=${iso(HOURS_SINCE + 2)}`],
    ['to', `from=${iso(EVENTS_SINCE - HOUR_MS)}&to=${iso(EVENTS_SINCE + 1)}`],
    ['to', `to=${iso(TODAY + 1)}`],
    ['from', `user=ada&from=${iso(HOURS_SINCE - HOUR_MS)}`],
    ['from', `key=abcd1234&from=${iso(HOURS_SINCE - DAY_MS)}`],
    ['from', `group_by=hour&from=${iso(HOURS_SINCE - DAY_MS)}`],
    ['from', `from=${iso(HOURS_SINCE - HOUR_MS)}&to=${iso(TODAY)}`],
  ])('what only the deleted could answer is refused by the field %s: %s', async (field, query) => {
    expect(await api.expect(400, 'GET', `/usage/summary?${query}`)).toEqual(
      refusal('invalid_request', `${field} must be`),
    );
  });

  it.each([`from=${iso(EVENTS_SINCE)}&to=${iso(EVENTS_SINCE + 1)}`, `from=${iso(EVENTS_SINCE + 1)}`])(
    'what is there is answered to the millisecond: %s',
    async (query) => {
      expect((await summary(query)).keptFrom).toBe(iso(EVENTS_SINCE));
    },
  );

  it('the other reports refuse alike', async () => {
    const day = (ms: number) => iso(ms).slice(0, 10);
    const span = `from=${day(HOURS_SINCE - DAY_MS)}&to=${day(TODAY)}`;
    expect(await api.expect(400, 'GET', `/reports/focus?${span}`)).toEqual(refusal('invalid_request', 'from must be'));
    await api.expect(200, 'GET', `/reports/focus?from=${day(HOURS_SINCE)}&to=${day(TODAY)}`);
    await api.expect(200, 'GET', `/reports/chargeback?${span}`);

    const past = { from: iso(EVENTS_SINCE - 1), to: iso(TODAY) };
    expect(await api.expect(400, 'POST', '/policy/replay', past)).toEqual(refusal('invalid_request', 'from must be'));
    await api.expect(200, 'POST', '/policy/replay', { ...past, from: iso(EVENTS_SINCE) });

    const week = (ms: number) => `from=${iso(ms)}&to=${iso(ms + 7 * DAY_MS)}`;
    const gone = await api.expect(400, 'GET', `/insights?${week(HOURS_SINCE - HOUR_MS)}`);
    expect(gone).toEqual(refusal('invalid_request', 'from must be'));
    const insights = await api.expect(200, 'GET', `/insights?team=old&${week(HOURS_SINCE)}`);
    expect(insights).toMatchObject({ data: [{ team: 'old', before: null, dearSmallShare: null }] });
  });

  it.each([
    ['bucket_width=1m', EVENTS_SINCE, EVENTS_SINCE - 60_000],
    ['bucket_width=1h', HOURS_SINCE, HOURS_SINCE - HOUR_MS],
    ['bucket_width=1d&group_by=user_id', HOURS_SINCE, HOURS_SINCE - DAY_MS],
  ])('so do the vendors’ forms: %s', async (query, kept, gone) => {
    const ask = (fromMs: number) =>
      api.send('GET', `/v1/organization/usage/completions?${query}&start_time=${fromMs / 1_000}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      });
    expect((await ask(kept)).status).toBe(200);
    expect(await ask(gone)).toMatchObject({ status: 400, text: expect.stringContaining('start_time must be') });
  });

  it('days in the vendors’ forms are told for good', async () => {
    const path = `/v1/organization/costs?start_time=${(HOURS_SINCE - DAY_MS) / 1_000}&limit=1`;
    const answer = await api.send('GET', path, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    expect(answer).toMatchObject({
      status: 200,
      body: { data: [{ results: [{ amount: { value_decimal: '0.000001' } }] }] },
    });
  });
});
