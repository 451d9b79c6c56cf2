// GET /admin/v1/plan: a year of the company, of a cost center or of a team, from what D1 has of every day.

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bookEvents } from '../../helpers/booked-events.ts';
import { AdminApi, refusal } from './admin-api.ts';
import { signOnAt } from './signed-on.ts';

const DAY_MS = 24 * 3_600_000;
const CENTER = `CC-${crypto.randomUUID().slice(0, 6)}`;
const api = new AdminApi();
const signedOn = signOnAt(api);
const [red, blue, idle] = ['red', 'blue', 'idle'].map((name) => `${name}-${crypto.randomUUID().slice(0, 8)}`);

const range = z.object({ p50: z.string(), p90: z.string() });
const planForm = z.object({
  asOf: z.string(),
  budgetUsd: z.string().nullable(),
  spentUsd: z.string(),
  comesToUsd: range.nullable(),
  runsOut: z.object({ p50: z.string().nullable(), p90: z.string().nullable() }).nullable(),
  noForecast: z.string().nullable(),
  weeklyGrowth: z.number().nullable(),
  activeDays: z.number(),
  months: z.array(
    z.object({ month: z.string(), spentUsd: z.string(), comesToUsd: range.nullable(), yearToEndUsd: range.nullable() }),
  ),
});
const plan = async (query = '') => planForm.parse(await api.expect(200, 'GET', `/plan${query}`));

/** $2 a day for red and $1 for blue, from 1 September to noon of 23 November. */
beforeAll(async () => {
  for (const [team, costCenter] of [
    [red, CENTER],
    [blue, CENTER],
    [idle, null],
  ]) {
    await api.expect(201, 'POST', '/teams', { id: team, timezone: 'UTC', costCenter });
  }
  const first = Date.parse('2026-09-01T06:00:00Z');
  for (let day = 0; day < 84; day += 1) {
    const at = first + day * DAY_MS;
    await bookEvents(env.DB, [
      { id: `red-${day}`, at, team: red ?? '', cost: 2_000_000 },
      { id: `blue-${day}`, at, team: blue ?? '', cost: 1_000_000 },
    ]);
  }
  const budget = { scope: { kind: 'team' }, unit: 'usd', limit: '300.00', period: 'year', enforcement: 'hard' };
  await api.expect(201, 'PUT', `/teams/${red}/budgets/year`, budget);
  await api.expect(201, 'PUT', `/teams/${blue}/budgets/year`, { ...budget, limit: '60.00' });
  await api.expect(201, 'PUT', `/teams/${blue}/budgets/month`, { ...budget, limit: '7.00', period: 'month' });
});

describe('the plan of a year', () => {
  it('is of the whole company, month by month, beside the year budgets of its teams', async () => {
    const whole = await plan();
    expect(whole).toMatchObject({ budgetUsd: '360.00', spentUsd: '252.00', noForecast: null, activeDays: 56 });
    expect(whole.months.map(({ month }) => month)).toEqual(
      Array.from({ length: 12 }, (_, nth) => `2026-${String(nth + 1).padStart(2, '0')}`),
    );
    expect(whole.months[8]).toEqual({
      month: '2026-09',
      spentUsd: '90.00',
      comesToUsd: { p50: '90.00', p90: '90.00' },
      yearToEndUsd: { p50: '90.00', p90: '90.00' },
    });
    // Seven days of November and all of December are left, at three dollars.
    const comesTo = Number(whole.comesToUsd?.p50);
    expect(comesTo).toBeGreaterThan(360);
    expect(comesTo).toBeLessThan(370);
    expect(whole.runsOut?.p50).toMatch(/^2026-12-(?:2[6-9]|3[01])T00:00:00.000Z$/);
  });

  it('of a cost center or a team is of that alone', async () => {
    expect(await plan(`?costCenter=${CENTER}`)).toMatchObject({ budgetUsd: '360.00', spentUsd: '252.00' });
    expect(await plan(`?team=${blue}`)).toMatchObject({ budgetUsd: '60.00', spentUsd: '84.00' });
    expect((await plan(`?team=${blue}`)).runsOut?.p50).toBe('2026-10-30T00:00:00.000Z');
    expect(await api.expect(404, 'GET', '/plan?costCenter=none')).toEqual(
      refusal('not_found', 'there is no cost center "none"'),
    );
  });

  it('asked "what if" takes another budget, and growth', async () => {
    const asked = await plan('?budget=1000&growth=10&from=2026-06');
    expect(asked.budgetUsd).toBe('1000.00');
    expect(asked.months.at(-1)?.month).toBe('2027-05');
    const [december, may] = [asked.months[6], asked.months[11]].map((month) => Number(month?.comesToUsd?.p50));
    expect((may ?? 0) / (december ?? 1)).toBeCloseTo(1.1 ** 5, 0);
    expect(asked.runsOut?.p50).toMatch(/^2027-0[3-5]/);
  });

  it('names growth that leads beyond all money, and counts with as much budget as there may be', async () => {
    const rich = `rich-${crypto.randomUUID().slice(0, 8)}`;
    await api.expect(201, 'POST', '/teams', { id: rich, timezone: 'UTC', costCenter: rich });
    const days = Array.from({ length: 60 }, (_, day) => ({
      id: `${rich}-${day}`,
      at: api.nowMs - day * DAY_MS,
      team: rich,
      cost: 50_000_000_000,
    }));
    await bookEvents(env.DB, days);
    expect(await api.call('GET', `/plan?team=${rich}&from=2027-11&growth=100`)).toMatchObject({
      status: 400,
      body: refusal('invalid_request', 'growth'),
    });
    expect(await plan(`?team=${rich}&from=2027-11&growth=10`)).toMatchObject({ noForecast: null });
    const budget = { scope: { kind: 'team' }, unit: 'usd', limit: '1000000000.00', period: 'year' };
    for (let nth = 0; nth < 10; nth += 1) await api.expect(201, 'PUT', `/teams/${rich}/budgets/b${nth}`, budget);
    expect(await plan(`?costCenter=${rich}`)).toMatchObject({ budgetUsd: '9007199254.740991' });
  });

  it('foresees nothing where too little is known', async () => {
    expect(await plan(`?team=${idle}`)).toMatchObject({
      noForecast: 'not_enough_data',
      activeDays: 0,
      comesToUsd: null,
      runsOut: null,
      spentUsd: '0.00',
    });
  });

  it('of a year that is over foresees nothing either', async () => {
    expect(await plan('?from=2025-01')).toMatchObject({ spentUsd: '0.00', comesToUsd: { p50: '0.00', p90: '0.00' } });
  });
});

describe('asking for it', () => {
  it.each([
    ['from', 'from=2026'],
    ['from', 'from=2026-13'],
    ['from', 'from=2016-10'],
    ['from', 'from=2027-12'],
    ['team', 'team=X'],
    ['budget', 'budget=-1'],
    ['budget', 'budget=1e6'],
    ['growth', 'growth=-101'],
    ['growth', 'growth=x'],
    ['costCenter', `costCenter=a&team=${red}`],
    ['month', 'month=2026-01'],
  ])('names %s where it is wrong: %s', async (field, query) => {
    expect(await api.call('GET', `/plan?${query}`)).toMatchObject({
      status: 400,
      body: refusal('invalid_request', field),
    });
  });

  it('is for finance, and for leads about their own team', async () => {
    await api.expect(201, 'PUT', `/teams/${red}/members/lea`, { role: 'lead' });
    expect((await signedOn('fin', 'finance')('GET', '/admin/v1/plan')).status).toBe(200);
    expect((await signedOn('app', 'approver')('GET', '/admin/v1/plan')).status).toBe(403);
    const lead = signedOn('lea');
    expect((await lead('GET', '/admin/v1/plan')).status).toBe(403);
    expect((await lead('GET', `/admin/v1/plan?costCenter=${CENTER}`)).status).toBe(403);
    expect((await lead('GET', `/admin/v1/plan?team=${blue}`)).status).toBe(404);
    expect((await lead('GET', `/admin/v1/plan?team=${red}`)).status).toBe(200);
  });
});
