// Usage read back from D1: filters, order, pages and totals.

import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AdminApi, refusal } from './admin-api.ts';
import { bookUsageOfTeams, payments, quiet, search } from './usage-events.ts';

const api = new AdminApi();
beforeAll(bookUsageOfTeams);
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
          tried: [],
          askedModel: 'gpt-5-mini',
          steering: null,
        },
      ],
      nextCursor: null,
      asOf: new Date(api.nowMs).toISOString(),
      keptFrom: null,
    });
  });

  it.each([
    [`team=${payments}`, ['req_5', 'req_3', 'req_2', 'req_1']],
    [`team=${payments}&user=ada`, ['req_5', 'req_3', 'req_1']],
    [`user=ada&model=${encodeURIComponent('inhouse/coder')}`, ['req_3']],
    [`from=2026-11-23T00:00:00Z`, ['req_5', 'req_4', 'req_3']],
    [`team=${payments}&to=2026-11-23T00:00:00Z`, ['req_2', 'req_1']],
    [`team=${payments}&from=${encodeURIComponent('2026-11-23T01:00:00+01:00')}&to=2026-11-23T00:30:00Z`, ['req_3']],
    ['key=leaked00', ['req_5', 'req_2']],
    ['key=leaked00&user=ada', ['req_5']],
    ['key=leaked00&to=2026-11-23T00:00:00Z', ['req_2']],
    [`team=${search}&key=leaked00`, []],
    ['provider=inhouse', ['req_3']],
    ['provider=nobody', []],
    ['outcome=client_gone', ['req_5']],
    ['outcome=deadline', []],
    ['from=2026-11-23', ['req_5', 'req_4', 'req_3']],
    ['from=2026-11-22&to=2026-11-23', ['req_2', 'req_1']],
    [`team=${quiet}`, []],
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
    ['to', 'to=2026-11-31'],
    ['from', 'from=2026-11-23T00:00:00Z&to=2026-11-23T00:00:00Z'],
    ['from', 'from=2026-11-23T00:00:01Z&to=2026-11-23T00:00:00Z'],
    ['from', 'from=yesterday&to=2026-11-23T00:00:00Z'],
    ['key', 'key=hg_leaked00'],
    ['provider', 'provider='],
    ['provider', 'provider=Open AI'],
    ['outcome', 'outcome=success'],
    ['limit', 'limit=0'],
    ['cursor', 'cursor=garbage'],
    ['cursor', `cursor=${btoa('["req_1",5]')}`],
    ['cursor', `cursor=${btoa('[["events"],[5,"req_1"]]')}`],
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
          estimatedUsd: '0.00',
        },
      ],
      nextCursor: null,
      asOf: new Date(api.nowMs).toISOString(),
      keptFrom: null,
    });
    expect(await api.expect(200, 'GET', `/usage/summary?team=${quiet}`)).toMatchObject({
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

  it.each([
    [
      'key',
      [
        { key: 'abcd1234', calls: 3 },
        { key: 'leaked00', calls: 2, costUsd: '0.000251' },
      ],
    ],
    [
      'provider',
      [
        { provider: 'inhouse', calls: 1 },
        { provider: 'openai', calls: 4 },
      ],
    ],
    [
      'outcome',
      [
        { outcome: 'client_gone', calls: 1 },
        { outcome: 'completed', calls: 4 },
      ],
    ],
  ])('splits by %s', async (group, data) => {
    expect(await api.expect(200, 'GET', `/usage/summary?group_by=${group}`)).toMatchObject({ data, nextCursor: null });
  });

  it('shows what a leaked key has cost, by day and user', async () => {
    expect(await api.expect(200, 'GET', '/usage/summary?key=leaked00&group_by=day,user')).toMatchObject({
      data: [
        { day: '2026-11-22', user: 'bob', calls: 1, costUsd: '0.00025' },
        { day: '2026-11-23', user: 'ada', calls: 1, costUsd: '0.000001' },
      ],
      nextCursor: null,
    });
  });

  it('adds up to the same in every split', async () => {
    const row = z.object({ data: z.array(z.looseObject({ calls: z.number(), costUsd: z.string() })) });
    const all = 'team,user,key,model,provider,outcome,day';
    for (const groups of ['', ...all.split(','), 'team,user', all]) {
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
    for (const groups of ['user', 'model,user', 'team,key']) {
      expect(await api.expect(400, 'GET', rest.replace('user,model', groups))).toEqual(
        refusal('invalid_request', 'cursor '),
      );
    }
  });

  it('refuses a span of no time', async () => {
    const span = 'from=2026-11-23T00:00:00Z&to=2026-11-22T00:00:00Z';
    expect(await api.expect(400, 'GET', `/usage/summary?${span}`)).toEqual(
      refusal('invalid_request', 'from must be earlier than to'),
    );
  });

  it.each(['planet', 'team,team', 'team,', 'team;user'])('refuses group_by=%s', async (groups) => {
    expect(await api.expect(400, 'GET', `/usage/summary?group_by=${groups}`)).toEqual(
      refusal('invalid_request', 'group_by '),
    );
  });
});
