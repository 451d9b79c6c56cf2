// What stood out in spend, read back and told: amounts in dollars or counts, newest first, in pages, to who may see money.

import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { playEndpoint } from '../../helpers/endpoint.ts';
import { bookTeams } from '../../helpers/booked-teams.ts';
import { AdminApi, refusal } from './admin-api.ts';
import { heardOf, said } from './listening.ts';
import { signOnAt } from './signed-on.ts';

const api = new AdminApi();
const page = z.object({
  data: z.array(z.looseObject({ id: z.string(), summary: z.string() })),
  nextCursor: z.string().nullable(),
});
const NOON = Date.parse('2026-11-23T12:00:00Z');
/** Before the test's clock. */
const EARLY = Date.parse('2026-11-23T09:00:00Z');
const DAY = { start: Date.parse('2026-11-23T00:00:00Z'), end: Date.parse('2026-11-24T00:00:00Z') };
const MONTH = { start: Date.parse('2026-11-01T00:00:00Z'), end: Date.parse('2026-12-01T00:00:00Z') };
const id = (nth: number): string => `alert_${String(nth).padStart(26, '0')}`;

type Value = string | number | null;
/** In the order of the table. */
const insert = (...values: readonly Value[]) =>
  env.DB.prepare(`INSERT INTO spend_alerts VALUES (${values.map(() => '?').join()})`).bind(...values);
const insertAlert = (nth: number, at: number, team: string, seen: readonly Value[]) =>
  insert(id(nth), at, team, ...seen, nth);
const DAY_SEEN = [
  'unusual_day',
  'ticket',
  'team',
  '',
  'usd',
  512_404_999,
  98_200_000,
  DAY.start,
  DAY.end,
  null,
  null,
  null,
];
const HOUR_SEEN = [
  'unusual_hour',
  'page',
  'key',
  'abcd1234',
  'usd',
  150_000_000,
  0,
  NOON,
  NOON + 3_600_000,
  null,
  null,
  null,
];
const BURN_SEEN = [
  'burn_rate',
  'page',
  'budget',
  'main',
  'tokens',
  9_000,
  600,
  NOON - 3_600_000,
  NOON,
  100_000,
  MONTH.start,
  MONTH.end,
];
const ofDay = (nth: number, at: number, team: string) => insertAlert(nth, at, team, DAY_SEEN);
const ofHour = (nth: number, at: number, team: string) => insertAlert(nth, at, team, HOUR_SEEN);
const ofBudget = (nth: number, at: number, team: string) => insertAlert(nth, at, team, BURN_SEEN);

beforeAll(async () => {
  await bookTeams(env.DB, 'pay', 'web', 'quiet');
  await env.DB.batch([
    ofDay(1, NOON, 'pay'),
    ofHour(2, NOON, 'pay'),
    ofBudget(3, NOON + 1, 'pay'),
    ofDay(4, NOON + 2, 'web'),
  ]);
});

async function listed(query: string) {
  return page.parse(await api.expect(200, 'GET', `/alerts?${query}`)).data;
}

describe('alerts', () => {
  it('say what was seen, what is usual, and what to do next', async () => {
    expect(await listed('team=pay')).toEqual([
      {
        id: id(3),
        at: '2026-11-23T12:00:00.001Z',
        team: 'pay',
        kind: 'burn_rate',
        level: 'page',
        subject: { kind: 'budget', id: 'main' },
        unit: 'tokens',
        seen: 9_000,
        usual: 600,
        times: 15,
        span: { start: '2026-11-23T11:00:00.000Z', end: '2026-11-23T12:00:00.000Z' },
        budget: { limit: 100_000, window: { start: '2026-11-01T00:00:00.000Z', end: '2026-12-01T00:00:00.000Z' } },
        summary:
          'Now: budget main of team pay burns: 9000 tokens of its 100000 tokens from 2026-11-23 11:00 to 2026-11-23 12:00 UTC, 15 times the usual 600 tokens. See where it leads: /admin/v1/teams/pay/forecast?budget=main',
      },
      expect.objectContaining({
        id: id(2),
        subject: { kind: 'key', id: 'abcd1234' },
        seen: '150.00',
        usual: '0.00',
        times: null,
        budget: null,
        summary:
          'Now: key abcd1234 of team pay has spent $150.00 so far from 2026-11-23 12:00 to 2026-11-23 13:00 UTC, where next to nothing is usual. If nobody knows why, suspend it: /admin/v1/teams/pay/keys/abcd1234/suspension',
      }),
      expect.objectContaining({
        id: id(1),
        subject: { kind: 'team', id: null },
        seen: '512.404999',
        times: 5.2,
        summary:
          'Today: team pay has spent $512.40 so far from 2026-11-23 00:00 to 2026-11-24 00:00 UTC, 5.2 times the usual $98.20. See on what: /admin/v1/usage/summary?team=pay&group_by=key,model&from=2026-11-23T00:00:00.000Z&to=2026-11-24T00:00:00.000Z',
      }),
    ]);
  });

  it.each([
    ['', [4, 3, 2, 1]],
    ['team=pay', [3, 2, 1]],
    ['kind=unusual_day', [4, 1]],
    ['level=page', [3, 2]],
    ['kind=unusual_day&team=web', [4]],
    ['level=digest', []],
    ['from=2026-11-23T12:00:00.001Z', [4, 3]],
    ['from=2026-11-23T12:00:00.001Z&to=2026-11-23T12:00:00.002Z', [3]],
    ['team=quiet', []],
  ])('come newest first for %s', async (query, expected) => {
    expect((await listed(query)).map((alert) => alert.id)).toEqual(expected.map((nth) => id(nth)));
  });

  it('come in pages, each once, also where two are of the same millisecond', async () => {
    const seen: string[] = [];
    let query = 'limit=1';
    for (let turn = 0; turn < 10; turn += 1) {
      const { data, nextCursor } = page.parse(await api.expect(200, 'GET', `/alerts?${query}`));
      seen.push(...data.map((alert) => alert.id));
      if (nextCursor === null) break;
      query = `limit=1&cursor=${nextCursor}`;
      for (const other of ['team=pay', 'level=page', 'kind=unusual_day']) {
        expect(await api.expect(400, 'GET', `/alerts?${other}&cursor=${nextCursor}`)).toEqual(
          refusal('invalid_request', 'cursor '),
        );
      }
    }
    expect(seen).toEqual([4, 3, 2, 1].map((nth) => id(nth)));
  });

  it.each([
    ['team', 'team=Pay'],
    ['kind', 'kind=anomaly'],
    ['level', 'level=urgent'],
    ['from', 'from=yesterday'],
    ['to', 'to=2026-11-31'],
    ['from', 'from=2026-11-23T00:00:00Z&to=2026-11-23T00:00:00Z'],
    ['limit', 'limit=1001'],
    ['cursor', 'cursor=garbage'],
    ['user', 'user=ada'],
  ])('are refused with a bad %s: %s', async (field, query) => {
    expect(await api.expect(400, 'GET', `/alerts?${query}`)).toEqual(refusal('invalid_request', `${field} `));
  });

  it('of their own team alone are a lead’s to read, and no cursor leads out of it', async () => {
    const office = new AdminApi();
    const [own, other] = [await office.team(), await office.team()];
    await env.DB.batch([5, 6].flatMap((nth) => [ofDay(nth, NOON, own), ofDay(nth + 5, NOON, other)]));
    await office.expect(201, 'PUT', `/teams/${own}/members/lea`, { role: 'lead' });
    const signedOn = signOnAt(office);
    const lead = signedOn('lea');
    const answer = await lead('GET', `/admin/v1/alerts?team=${own}`);
    expect(answer).toMatchObject({ status: 200, body: { data: [{ id: id(6) }, { id: id(5) }] } });
    expect((await lead('GET', `/admin/v1/alerts?team=${other}`)).status).toBe(404);
    expect((await lead('GET', '/admin/v1/alerts')).status).toBe(403);
    const others = page.parse(await office.expect(200, 'GET', `/alerts?team=${other}&limit=1`));
    const led = await lead('GET', `/admin/v1/alerts?team=${own}&limit=1&cursor=${others.nextCursor}`);
    expect(led).toMatchObject({ status: 400, body: refusal('invalid_request', 'cursor ') });
    expect((await signedOn('fin', 'finance')('GET', '/admin/v1/alerts')).status).toBe(200);
    expect((await signedOn('app', 'approver')('GET', '/admin/v1/alerts')).status).toBe(403);
    await office.expect(201, 'PUT', `/teams/${own}/members/mo`, { role: 'member' });
    expect((await signedOn('mo')('GET', `/admin/v1/alerts?team=${own}`)).status).toBe(403);
  });
});

describe('a webhook', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('hears of each alert once, as the API shows it', async () => {
    const { office, secret, sweep } = await heardOf({ events: ['spend.*', 'budget.burning'] });
    await env.DB.batch([ofDay(21, EARLY, office.team), ofBudget(22, EARLY + 1, office.team)]);
    const journal = playEndpoint();
    await sweep();
    await sweep();
    const told = journal.map((delivered) => said(secret, delivered)).toSorted((a, b) => a.type.localeCompare(b.type));
    expect(told).toMatchObject([
      { type: 'budget.burning', timestamp: '2026-11-23T09:00:00.001Z', data: { alert: { id: id(22), times: 15 } } },
      {
        type: 'spend.anomaly',
        timestamp: '2026-11-23T09:00:00.000Z',
        data: { alert: { id: id(21), seen: '512.404999' } },
      },
    ]);
    expect(told).toHaveLength(2);
  });

  it.each([['budget.threshold'], ['request.*']])('that asked for %s hears of none', async (topic) => {
    const { office, sweep, deliveries } = await heardOf({ events: [topic] });
    const nth = topic.length;
    await env.DB.batch([ofDay(100 + nth, EARLY, office.team), ofBudget(200 + nth, EARLY, office.team)]);
    playEndpoint();
    await sweep();
    expect(await deliveries()).toEqual([]);
  });

  it('of Slack’s shows one line', async () => {
    const { office, sweep } = await heardOf({ events: ['spend.anomaly'], format: 'slack' });
    await ofHour(41, EARLY, office.team).run();
    const journal = playEndpoint();
    await sweep();
    expect(journal.map(({ text }) => z.looseObject({ text: z.string() }).parse(JSON.parse(text)).text)).toEqual([
      expect.stringMatching(/^Now: key abcd1234 of team \S+ has spent \$150\.00 so far from [^\n]+suspension$/),
    ]);
  });

  it('is told nothing of an alert that is forgotten', async () => {
    const { office, sweep, deliveries } = await heardOf({ events: ['spend.*'] });
    await ofDay(51, EARLY, office.team).run();
    await env.DB.prepare('DELETE FROM spend_alerts WHERE id = ?').bind(id(51)).run();
    const journal = playEndpoint();
    await sweep();
    expect(journal).toEqual([]);
    expect(await deliveries()).toMatchObject([{ type: 'spend.anomaly', error: 'what it was about is gone' }]);
  });

  it('cannot ask for a topic that there is not', async () => {
    const refused = await api.expect(400, 'PUT', '/webhooks/odd-ears', {
      url: 'https://hooks.example.com/',
      events: ['anomaly'],
    });
    expect(refused).toEqual(refusal('invalid_request', 'events'));
  });
});
