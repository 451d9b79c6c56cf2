// Reached thresholds read back from D1: amounts in the budget's unit, newest first, in pages.

import { env } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { bookTeams } from '../../helpers/booked-teams.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const page = z.object({ data: z.array(z.looseObject({ id: z.string() })), nextCursor: z.string().nullable() });
const NOON = Date.parse('2026-11-23T12:00:00Z');
const MONTH = { start: Date.parse('2026-11-01T00:00:00Z'), end: Date.parse('2026-12-01T00:00:00Z') };

beforeAll(async () => {
  await bookTeams(env.DB, 'pay', 'web', 'quiet');
  const insert = env.DB.prepare(
    `INSERT INTO threshold_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const first = insert.bind('t1', NOON, 'pay', 'main', null, 'usd', 80, 5e8, 3, 400_000_001, MONTH.start, MONTH.end);
  await env.DB.batch([
    first,
    first,
    insert.bind('t2', NOON, 'pay', 'each', 'ada', 'tokens', 50, 1_000, 1, 700, 0, null),
    insert.bind('t3', NOON + 1, 'pay', 'main', null, 'usd', 100, 5e8, 3, 5e8, MONTH.start, MONTH.end),
    insert.bind('t4', NOON + 2, 'web', 'main', null, 'requests', 250, 10, 1, 25, 0, null),
  ]);
});

async function ids(query: string): Promise<string[]> {
  return page.parse(await api.expect(200, 'GET', `/threshold-events?${query}`)).data.map((event) => event.id);
}

it('say which budget reached how much of which limit, and when', async () => {
  expect(await api.expect(200, 'GET', '/threshold-events?team=pay&to=2026-11-23T12:00:00.001Z')).toEqual({
    data: [
      {
        id: 't2',
        at: '2026-11-23T12:00:00.000Z',
        team: 'pay',
        budget: 'each',
        member: 'ada',
        unit: 'tokens',
        threshold: 50,
        limit: 1_000,
        limitVersion: 1,
        settled: 700,
        window: { start: '1970-01-01T00:00:00.000Z', end: null },
      },
      {
        id: 't1',
        at: '2026-11-23T12:00:00.000Z',
        team: 'pay',
        budget: 'main',
        member: null,
        unit: 'usd',
        threshold: 80,
        limit: '500.00',
        limitVersion: 3,
        settled: '400.000001',
        window: { start: '2026-11-01T00:00:00.000Z', end: '2026-12-01T00:00:00.000Z' },
      },
    ],
    nextCursor: null,
  });
});

it.each([
  ['', ['t4', 't3', 't2', 't1']],
  ['team=pay', ['t3', 't2', 't1']],
  ['budget=main', ['t4', 't3', 't1']],
  ['team=pay&budget=main', ['t3', 't1']],
  ['from=2026-11-23T12:00:00.001Z', ['t4', 't3']],
  ['from=2026-11-23T12:00:00.001Z&to=2026-11-23T12:00:00.002Z', ['t3']],
  ['team=quiet', []],
])('come newest first for %s', async (query, expected) => {
  expect(await ids(query)).toEqual(expected);
});

it('come in pages, each event once, also where two are of the same millisecond', async () => {
  const seen: string[] = [];
  let query = 'limit=1';
  for (let turn = 0; turn < 10; turn += 1) {
    const { data, nextCursor } = page.parse(await api.expect(200, 'GET', `/threshold-events?${query}`));
    seen.push(...data.map((event) => event.id));
    if (nextCursor === null) break;
    query = `limit=1&cursor=${nextCursor}`;
    expect(await api.expect(400, 'GET', `/threshold-events?team=pay&cursor=${nextCursor}`)).toEqual(
      refusal('invalid_request', 'cursor '),
    );
  }
  expect(seen).toEqual(['t4', 't3', 't2', 't1']);
});

it.each([
  ['team', 'team=Pay'],
  ['budget', 'budget=Main'],
  ['from', 'from=yesterday'],
  ['to', 'to=2026-11-31'],
  ['from', 'from=2026-11-23T00:00:00Z&to=2026-11-23T00:00:00Z'],
  ['limit', 'limit=1001'],
  ['cursor', 'cursor=garbage'],
  ['threshold', 'threshold=80'],
])('are refused with a bad %s: %s', async (field, query) => {
  expect(await api.expect(400, 'GET', `/threshold-events?${query}`)).toEqual(refusal('invalid_request', `${field} `));
});
