// How well teams spend, from events in real D1: shares of teams, and nothing of teams so small that it would be somebody's.

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bookEvents, type BookedEvent } from '../../helpers/booked-events.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const DAY_MS = 24 * 3_600_000;
const answer = z.object({
  from: z.string(),
  to: z.string(),
  smallestGroup: z.number(),
  data: z.array(
    z.object({
      team: z.string(),
      figures: z.looseObject({}).nullable(),
      before: z.looseObject({}).nullable(),
      dearSmallShare: z.number().nullable(),
    }),
  ),
});

type MadeCall = Partial<BookedEvent> & { readonly agoMs?: number };

let made = 0;
async function book(team: string, calls: readonly MadeCall[]): Promise<void> {
  const events = calls.map(({ agoMs = 60_000, ...call }) =>
    Object.assign({ input: 900, cacheRead: 100, output: 50 }, call, {
      id: `insight-${(made += 1)}`,
      at: api.nowMs - agoMs,
      team,
    }),
  );
  await bookEvents(env.DB, events);
}

const five = ['ada', 'ben', 'cy', 'di', 'eve'].map((user) => ({ user }));
const insights = async (query = '') => answer.parse(await api.expect(200, 'GET', `/insights${query}`));
const of = async (team: string) => (await insights(`?team=${team}`)).data[0];

let team = '';
beforeAll(async () => {
  team = await api.team();
  await book(team, [
    ...five,
    { user: 'ada', outcome: 'upstream_cut', cost: 300 },
    { user: 'ben', provider: 'inhouse', cost: 200 },
    { user: 'ben', input: 0, cacheRead: 1_000, output: 0, cost: 0 },
  ]);
  await book(
    team,
    five.map((call) => ({ ...call, agoMs: 8 * DAY_MS, cost: 1_000 })),
  );
});

describe('a team', () => {
  it('is told in shares of its own calls, beside the span before', async () => {
    const { figures, before } = (await of(team)) ?? {};
    expect(figures).toEqual({
      people: 5,
      calls: 8,
      costUsd: '0.001',
      costPerCallUsd: '0.000125',
      cacheReadShare: 0.2125,
      outputPerInput: 0.0438,
      failedCallShare: 0.125,
      failedCostShare: 0.3,
      inHouseShare: 0.125,
    });
    expect(before).toMatchObject({ calls: 5, costUsd: '0.005', inHouseShare: 0 });
  });

  it('hears what small calls cost it at the price of the largest models', async () => {
    const dear = await api.team();
    await book(dear, [
      ...five.map((call) => ({ ...call, cost: 6_000 })),
      ...five.map((call) => ({ ...call, cost: 27_000, input: 50_000 })),
      ...five.map((call) => ({ ...call, cost: 27_000, output: 5_000 })),
    ]);
    expect((await of(dear))?.dearSmallShare).toBe(0.1);
    expect((await insights()).data.every(({ dearSmallShare }) => dearSmallShare === null)).toBe(true);
  });

  it('of fewer than five people is not told at all', async () => {
    const small = await api.team();
    await book(small, [...five.slice(0, 4), { user: 'ada' }]);
    expect(await of(small)).toEqual({ team: small, figures: null, before: null, dearSmallShare: null });
    await book(small, [{ user: 'eve' }]);
    expect((await of(small))?.figures).toMatchObject({ people: 5, calls: 6 });
  });

  it('without calls is not there', async () => {
    expect((await insights(`?team=${await api.team()}`)).data).toEqual([]);
  });
});

describe('what may be asked', () => {
  it('is a span of whole hours, the last week where none is given', async () => {
    const { from, to, smallestGroup } = await insights();
    expect({ from, to, smallestGroup }).toEqual({
      from: '2026-11-16T11:00:00.000Z',
      to: '2026-11-23T11:00:00.000Z',
      smallestGroup: 5,
    });
    expect(await insights('?from=2026-11-01T00:30:00Z&to=2026-11-02T00:30:00Z')).toMatchObject({
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-11-02T00:00:00.000Z',
      data: [],
    });
  });

  it.each([
    ['?group_by=user', 'group_by'],
    ['?user=ada', 'user'],
    ['?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z', 'from'],
    ['?from=2026-01-01T00:00:00Z&to=2026-11-01T00:00:00Z', 'from'],
    ['?team=NO', 'team'],
  ])('is never %s', async (query, field) => {
    expect(await api.expect(400, 'GET', `/insights${query}`)).toEqual(refusal('invalid_request', field));
  });
});
