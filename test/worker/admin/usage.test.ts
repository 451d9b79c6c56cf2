// Usage read back from D1: filters, order, pages and totals.

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const [payments, search] = ['usage-payments', 'usage-search'];
const DAY = Date.parse('2026-11-22T00:00:00Z');
const HOUR_MS = 3_600_000;

const EVENTS = [
  { id: 'req_1', at: DAY, team: payments, user: 'ada', model: 'gpt-5-mini', cost: 100 },
  { id: 'req_2', at: DAY + 23 * HOUR_MS, team: payments, user: 'bob', model: 'gpt-5-mini', cost: 250 },
  { id: 'req_3', at: DAY + 24 * HOUR_MS, team: payments, user: 'ada', model: 'inhouse/coder', cost: 0 },
  { id: 'req_4', at: DAY + 24 * HOUR_MS, team: search, user: 'ada', model: 'gpt-5-mini', cost: 7_000_000 },
  { id: 'req_5', at: DAY + 25 * HOUR_MS, team: payments, user: 'ada', model: 'gpt-5-mini', cost: 1 },
];

beforeAll(async () => {
  await env.DB.prepare(
    `INSERT INTO usage_events
     SELECT value->>'id', 0, value->>'at', value->>'team', value->>'user', 'abcd1234', value->>'model', 'openai', 'gpt-5-mini',
       'openai-chat', 1, 'completed', 200, 10, 20, 3, 4, 50, 6, 1, value->>'cost', 0, 'v1', 120, NULL, '["soft"]'
     FROM json_each(?1)`,
  )
    .bind(JSON.stringify(EVENTS))
    .run();
});

const page = z.object({ data: z.array(z.looseObject({ id: z.string() })), nextCursor: z.string().nullable() });

async function ids(query: string): Promise<string[]> {
  return page.parse(await api.expect(200, 'GET', `/usage/events?${query}`)).data.map((event) => event.id);
}

describe('events', () => {
  it('say all there is to know of a call', async () => {
    expect(await api.expect(200, 'GET', `/usage/events?team=${search}`)).toEqual({
      data: [
        {
          id: 'req_4',
          revision: 0,
          at: '2026-11-23T00:00:00.000Z',
          team: search,
          user: 'ada',
          key: 'abcd1234',
          model: 'gpt-5-mini',
          provider: 'openai',
          upstreamModel: 'gpt-5-mini',
          dialect: 'openai-chat',
          stream: true,
          outcome: 'completed',
          status: 200,
          usage: {
            input: 10,
            cacheRead: 20,
            cacheWrite5m: 3,
            cacheWrite1h: 4,
            output: 50,
            reasoning: 6,
            webSearches: 1,
          },
          costUsd: '7.00',
          estimated: false,
          priceVersion: 'v1',
          latencyMs: 120,
          ttfbMs: null,
          overBudgets: ['soft'],
        },
      ],
      nextCursor: null,
    });
  });

  it.each([
    [`team=${payments}`, ['req_5', 'req_3', 'req_2', 'req_1']],
    [`team=${payments}&user=ada`, ['req_5', 'req_3', 'req_1']],
    [`user=ada&model=${encodeURIComponent('inhouse/coder')}`, ['req_3']],
    [`from=2026-11-23T00:00:00Z`, ['req_5', 'req_4', 'req_3']],
    [`team=${payments}&to=2026-11-23T00:00:00Z`, ['req_2', 'req_1']],
    [`team=${payments}&from=${encodeURIComponent('2026-11-23T01:00:00+01:00')}&to=2026-11-23T00:30:00Z`, ['req_3']],
    ['team=nobody-here', []],
  ])('newest first for %s', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it('come in pages, each event once, also where two are of the same millisecond', async () => {
    const seen: string[] = [];
    let query = 'limit=1';
    for (let turn = 0; turn < 10; turn += 1) {
      const { data, nextCursor } = page.parse(await api.expect(200, 'GET', `/usage/events?${query}`));
      seen.push(...data.map((event) => event.id));
      if (nextCursor === null) break;
      query = `limit=1&cursor=${nextCursor}`;
    }
    expect(seen).toEqual(['req_5', 'req_4', 'req_3', 'req_2', 'req_1']);
  });

  it.each([
    ['team', 'team=Nobody'],
    ['user', 'user='],
    ['model', 'model=a b'],
    ['from', 'from=yesterday'],
    ['to', 'to=2026-11-23'],
    ['limit', 'limit=0'],
    ['cursor', 'cursor=garbage'],
    ['cursor', `cursor=${btoa('["req_1",5]')}`],
    ['team', 'team=one&team=two'],
    ['usr', 'usr=ada'],
  ])('are refused with a bad %s: %s', async (field, query) => {
    expect(await api.expect(400, 'GET', `/usage/events?${query}`)).toEqual(refusal('invalid_request', `${field} `));
  });
});

describe('summary', () => {
  it('is one total without groups, and one of nothing where there is nothing', async () => {
    expect(await api.expect(200, 'GET', `/usage/summary?team=${payments}`)).toEqual({
      data: [
        {
          calls: 4,
          usage: {
            input: 40,
            cacheRead: 80,
            cacheWrite5m: 12,
            cacheWrite1h: 16,
            output: 200,
            reasoning: 24,
            webSearches: 4,
          },
          costUsd: '0.000351',
        },
      ],
      nextCursor: null,
    });
    expect(await api.expect(200, 'GET', '/usage/summary?team=nobody-here')).toMatchObject({
      data: [{ calls: 0, costUsd: '0.00' }],
    });
  });

  it('splits by UTC day and team', async () => {
    expect(await api.expect(200, 'GET', '/usage/summary?group_by=day,team')).toMatchObject({
      data: [
        { day: '2026-11-22', team: payments, calls: 2, costUsd: '0.00035' },
        { day: '2026-11-23', team: payments, calls: 2, costUsd: '0.000001' },
        { day: '2026-11-23', team: search, calls: 1, costUsd: '7.00' },
      ],
      nextCursor: null,
    });
  });

  it('adds up to the same in every split', async () => {
    const row = z.object({ data: z.array(z.looseObject({ calls: z.number(), costUsd: z.string() })) });
    for (const groups of ['', 'team', 'user', 'model', 'day', 'team,user', 'team,user,model,day']) {
      const { data } = row.parse(await api.expect(200, 'GET', `/usage/summary?group_by=${groups}`));
      expect(data.reduce((sum, total) => sum + total.calls, 0)).toBe(5);
      expect(data.reduce((sum, total) => sum + Math.round(Number(total.costUsd) * 1e6), 0)).toBe(7_000_351);
    }
  });

  it('comes in pages', async () => {
    const first = page
      .extend({ data: z.array(z.unknown()) })
      .parse(await api.expect(200, 'GET', '/usage/summary?group_by=user,model&limit=2'));
    expect(first.data).toMatchObject([
      { user: 'ada', model: 'gpt-5-mini' },
      { user: 'ada', model: 'inhouse/coder' },
    ]);
    const rest = `/usage/summary?group_by=user,model&limit=2&cursor=${first.nextCursor}`;
    expect(await api.expect(200, 'GET', rest)).toMatchObject({ data: [{ user: 'bob' }], nextCursor: null });
    expect(await api.expect(400, 'GET', rest.replace('user,model', 'user'))).toEqual(
      refusal('invalid_request', 'cursor '),
    );
  });

  it.each(['planet', 'team,team', 'team,', 'team;user'])('refuses group_by=%s', async (groups) => {
    expect(await api.expect(400, 'GET', `/usage/summary?group_by=${groups}`)).toEqual(
      refusal('invalid_request', 'group_by '),
    );
  });
});
