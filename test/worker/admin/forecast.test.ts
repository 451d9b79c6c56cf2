// The forecast as the admin API tells it, from eight weeks of events in real D1 and a ledger's report.

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { budgetIdSchema, keyIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { BudgetState } from '../../../schema/ledger.ts';
import type { Scope } from '../../../schema/team-config.ts';
import { bookEvents } from '../../helpers/booked-events.ts';
import { spendOf } from '../../helpers/spend-shapes.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const month = { startMs: Date.parse('2026-11-01T00:00:00Z'), endMs: Date.parse('2026-12-01T00:00:00Z') };
const outlook = z.looseObject({
  budget: z.looseObject({ id: z.string(), limit: z.union([z.string(), z.number()]) }),
  forecast: z
    .looseObject({
      p50: z.union([z.string(), z.number()]),
      runsOut: z.object({ p50: z.string().nullable(), p90: z.string().nullable() }),
    })
    .nullable(),
  noForecast: z.string().nullable(),
  error: z.looseObject({ dailyMape: z.number().nullable(), days: z.number() }),
  burn: z.looseObject({ level: z.string() }).nullable(),
});
const answer = z.object({ asOf: z.string(), data: z.array(outlook) });

let team = '';
beforeAll(async () => {
  api.nowMs = Date.parse('2026-11-16T11:00:00Z');
  team = await api.team();
  const hours = spendOf('weekday', 60, Date.parse('2026-11-17T00:00:00Z')).filter(({ startMs }) => startMs < api.nowMs);
  await bookEvents(
    env.DB,
    hours.map(({ startMs, amount }, place) => ({
      id: `${team}-${place}`,
      at: startMs,
      team,
      user: place % 4 === 0 ? 'ben' : 'ada',
      model: place % 2 === 0 ? 'claude-sonnet-4-5' : 'gpt-5-mini',
      cost: amount,
    })),
  );
  const settled = hours.filter(({ startMs }) => startMs >= month.startMs).reduce((sum, { amount }) => sum + amount, 0);
  api.ledgers.report = {
    asOfMs: api.nowMs,
    holds: 0,
    outbox: 0,
    budgets: [
      state('main', { kind: 'team' }, { settled }),
      state('bens', { kind: 'member', id: userIdSchema.parse('ben') }, { settled: Math.round(settled / 4) }),
      state('claude', { kind: 'model', id: 'claude-*' }, { settled: Math.round(settled / 2) }),
      state('unused', { kind: 'key', id: keyIdSchema.parse('zzzz1234') }),
      state('calls', { kind: 'team' }, { unit: 'requests', limit: 10_000, settled: 371 }),
      state('ever', { kind: 'team' }, { window: { startMs: 0, endMs: null }, period: 'total' }),
      state(
        'each',
        { kind: 'each_member' },
        { subject: userIdSchema.parse('ada'), settled: Math.round((settled * 3) / 4) },
      ),
    ],
  };
});

function state(name: string, scope: Scope, over: Partial<BudgetState> = {}): BudgetState {
  const amounts = { limit: 3_000_000_000, carried: 0, granted: 0, settled: 0, held: 0, remaining: 0 };
  const id = budgetIdSchema.parse(name);
  const fixed = { subject: null, unit: 'usd', period: 'month', enforcement: 'hard', window: month } as const;
  return { id, scope, ...fixed, ...amounts, ...over };
}

async function forecasts(query = '') {
  const { data } = answer.parse(await api.expect(200, 'GET', `/teams/${team}/forecast${query}`));
  return new Map(data.map((each) => [each.budget.id, each]));
}

describe('the forecast', () => {
  it('counts under each budget what that budget counts', async () => {
    const found = await forecasts();
    const p50 = (name: string) => Number(found.get(name)?.forecast?.p50);
    expect([...found.keys()]).toEqual(['main', 'bens', 'claude', 'unused', 'calls', 'ever']);
    // Twenty-one working days and nine of the weekend, at a hundred dollars and ten.
    expect(p50('main')).toBeGreaterThan(1_950);
    expect(p50('main')).toBeLessThan(2_450);
    expect(p50('bens') / p50('main')).toBeCloseTo(0.25, 1);
    expect(p50('claude') / p50('main')).toBeCloseTo(0.5, 1);
    expect(p50('calls')).toBeGreaterThan(690);
    expect(p50('calls')).toBeLessThan(750);
  });

  it('says when a limit is reached, and what would be if', async () => {
    const likely = (await forecasts('?budget=main')).get('main');
    const grown = (await forecasts('?budget=main&growth=200')).get('main');
    expect(likely?.forecast?.runsOut).toEqual({ p50: null, p90: null });
    expect(grown?.forecast?.runsOut.p50).toMatch(/^2026-11-2\dT00:00:00.000Z$/);
    expect(Number(grown?.forecast?.p50)).toBeGreaterThan(Number(likely?.forecast?.p50) * 1.5);
  });

  it('tells how far off it would have been', async () => {
    const { error } = (await forecasts('?budget=main')).get('main') ?? {};
    expect(error?.days).toBe(28);
    expect(error?.dailyMape).toBeGreaterThan(0.01);
    expect(error?.dailyMape).toBeLessThan(0.35);
  });

  it('says why there is none', async () => {
    const found = await forecasts();
    expect(found.get('unused')).toMatchObject({ forecast: null, noForecast: 'not_enough_data', burn: null });
    expect(found.get('ever')).toMatchObject({ forecast: null, noForecast: 'no_end' });
  });

  it('tells one member’s share where it is asked for', async () => {
    const found = await forecasts('?member=ada');
    expect([...found.keys()]).toEqual(['each']);
    expect(found.get('each')?.forecast).not.toBeNull();
    expect((await forecasts('?member=nobody')).size).toBe(0);
  });

  it('rings when money runs away right now', async () => {
    expect((await forecasts('?budget=main')).get('main')?.burn).toBeNull();
    const minutes = Array.from({ length: 60 }, (_, minute) => minute + 1);
    await bookEvents(
      env.DB,
      minutes.map((minute) => ({ id: `rush-${minute}`, at: api.nowMs - minute * 60_000, team, cost: 5_000_000 })),
    );
    expect((await forecasts('?budget=main')).get('main')?.burn).toMatchObject({ level: 'page', longMs: 3_600_000 });
    expect((await forecasts('?budget=bens')).get('bens')?.burn).toBeNull();
  });

  it.each([
    ['?growth=-101', 'growth'],
    ['?growth=much', 'growth'],
    ['?budget=No!', 'budget'],
    ['?member=', 'member'],
    ['?window=week', 'window'],
  ])('refuses %s', async (query, field) => {
    expect(await api.expect(400, 'GET', `/teams/${team}/forecast${query}`)).toEqual(refusal('invalid_request', field));
  });

  it('is of budgets that there are, and of a share only where it is said whose', async () => {
    const none = await api.expect(404, 'GET', `/teams/${team}/forecast?budget=mian`);
    expect(none).toEqual(refusal('not_found', 'there is no budget "mian"'));
    const each = { scope: { kind: 'each_member' }, unit: 'usd', limit: '5.00', period: 'day', enforcement: 'hard' };
    await api.expect(201, 'PUT', `/teams/${team}/budgets/each`, each);
    const whose = await api.expect(400, 'GET', `/teams/${team}/forecast?budget=each`);
    expect(whose).toEqual(refusal('invalid_request', 'member must say whose share is meant'));
    expect([...(await forecasts('?budget=each&member=ada')).keys()]).toEqual(['each']);
  });

  it('is of teams that there are, and of ledgers that answer', async () => {
    await api.expect(404, 'GET', '/teams/nowhere/forecast');
    api.ledgers.reachable = false;
    await api.expect(503, 'GET', `/teams/${team}/forecast`);
    api.ledgers.reachable = true;
  });
});
