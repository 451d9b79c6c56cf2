// What an admin grants without being asked, on real D1: of each kind, for as long as may be, and what is refused.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { budgetIdSchema } from '../../../schema/ids.ts';
import { sweep } from '../../../worker/administration.ts';
import { refusal } from './admin-api.ts';
import { Office, UNTIL } from './office.ts';
import { signOnAt } from './signed-on.ts';

const reason = 'the quarter ends';
const topUp = { kind: 'budget_increase', budget: 'main', amount: '50.00', endsAt: UNTIL, reason };
const made = z.looseObject({ id: z.string(), state: z.string(), endsAt: z.string() });

async function officeWithAda() {
  const office = await Office.open();
  await office.member('ada');
  const path = `/teams/${office.team}/grants`;
  const grant = async (body: unknown) => made.parse(await office.api.expect(201, 'POST', path, body));
  return { office, path, grant };
}

describe('a grant that nobody asked for', () => {
  it('is in force when it is answered, and listed with whoever made it', async () => {
    const { office, path, grant } = await officeWithAda();
    const answer = await grant(topUp);
    expect(answer).toMatchObject({
      state: 'active',
      source: 'admin',
      request: null,
      amount: '50.00',
      user: null,
      startsAt: '2026-11-23T10:00:00.000Z',
      endsAt: UNTIL,
      createdBy: 'token:admin',
    });
    expect(office.grants()).toMatchObject([{ kind: 'budget_increase', budget: 'main', amount: 50_000_000 }]);
    expect(await office.api.expect(200, 'GET', path)).toMatchObject({ data: [answer] });
    const trail = await office.api.expect(200, 'GET', `/audit?team=${office.team}&action=grant.make`);
    expect(trail).toMatchObject({ data: [{ actor: 'token:admin', target: answer.id }] });
  });

  it('is of a share, of models or of a rate as well', async () => {
    const { office, grant } = await officeWithAda();
    await office.api.expect(201, 'PUT', `/teams/${office.team}/limits`, { concurrency: 5 });
    await grant({ ...topUp, budget: 'own', user: 'ada' });
    await grant({ kind: 'model_access', models: ['gpt-5', 'claude-*'], user: 'ada', endsAt: UNTIL, reason });
    await grant({
      kind: 'rate_increase',
      rate: 'concurrency',
      scope: { kind: 'team' },
      amount: 5,
      endsAt: UNTIL,
      reason,
    });
    expect(office.grants()).toHaveLength(3);
    expect(office.grants()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ budget: 'own', subject: 'ada' }),
        expect.objectContaining({ models: ['claude-*', 'gpt-5'], user: 'ada' }),
        expect.objectContaining({ party: { kind: 'team' }, rate: 'concurrency', amount: 5 }),
      ]),
    );
  });

  it('may begin later, and until then is scheduled', async () => {
    const { office, path, grant } = await officeWithAda();
    const startsAt = '2026-11-25T00:00:00.000Z';
    expect(await grant({ ...topUp, startsAt })).toMatchObject({ state: 'scheduled', startsAt });
    expect(office.grants()).toMatchObject([{ startsAtMs: Date.parse(startsAt) }]);
    office.api.nowMs = Date.parse(startsAt);
    expect(await office.api.expect(200, 'GET', path)).toMatchObject({ data: [{ state: 'active' }] });
    office.api.nowMs = Date.parse(UNTIL);
    expect(await office.api.expect(200, 'GET', path)).toMatchObject({ data: [{ state: 'ended' }] });
  });

  it('without an end lasts until the window of the budget ends, anything else as long as the rules allow', async () => {
    const { office, grant } = await officeWithAda();
    const { endsAt: _, ...rest } = topUp;
    const window = { startMs: 0, endMs: Date.parse(UNTIL) };
    const state = {
      scope: { kind: 'team' },
      subject: null,
      unit: 'usd',
      period: 'month',
      enforcement: 'hard',
    } as const;
    const amounts = { limit: 1, carried: 0, granted: 0, settled: 0, held: 0, remaining: 1 };
    office.api.ledgers.report = {
      ...office.api.ledgers.report,
      budgets: [{ id: budgetIdSchema.parse('main'), ...state, ...amounts, window }],
    };
    expect((await grant(rest)).endsAt).toBe(UNTIL);
    await office.api.expect(200, 'PUT', `/teams/${office.team}/approval-policy`, { maxGrantDays: 2 });
    expect((await grant(rest)).endsAt).toBe('2026-11-25T10:00:00.000Z');
    const models = { kind: 'model_access', models: ['gpt-5'], user: 'ada', reason };
    expect((await grant(models)).endsAt).toBe('2026-11-25T10:00:00.000Z');
  });

  it('cut off before the object has it, or before the record says so, is finished by the sweep, once', async () => {
    const { office, path } = await officeWithAda();
    for (const fault of ['reachable', 'losesAnswers'] as const) {
      // Ids sort by the millisecond.
      office.api.nowMs += 1;
      office.api.ledgers[fault] = fault === 'losesAnswers';
      await office.api.expect(503, 'POST', path, topUp);
      expect(await office.api.expect(200, 'GET', `${path}?limit=1`)).toMatchObject({ data: [{ state: 'scheduled' }] });
      office.api.ledgers[fault] = fault === 'reachable';
      for (let attempt = 0; attempt < 20; attempt += 1) await sweep(office.administration());
      expect(await office.api.expect(200, 'GET', `${path}?limit=1`)).toMatchObject({ data: [{ state: 'active' }] });
    }
    expect(office.grants()).toHaveLength(2);
  });
});

describe('is refused', () => {
  it.each([
    [400, 'kind', { ...topUp, kind: 'holiday' }],
    [400, 'amount', { ...topUp, amount: 50 }],
    [400, 'amount', { ...topUp, amount: '0' }],
    [400, 'user', { ...topUp, user: 'ada' }],
    [400, 'user', { ...topUp, budget: 'own' }],
    [400, 'reason', { ...topUp, reason: ' ' }],
    [400, 'startsAt', { ...topUp, startsAt: '2026-11-23T09:59:59Z' }],
    [400, 'endsAt', { ...topUp, endsAt: '2026-11-23T10:00:00Z' }],
    [400, 'endsAt', { ...topUp, endsAt: '2027-11-23T10:00:00Z' }],
    [400, 'models', { kind: 'model_access', models: [], user: 'ada', reason }],
    [400, 'user', { kind: 'model_access', models: ['gpt-5'], reason }],
    [404, 'budget', { ...topUp, budget: 'other' }],
    [404, 'member', { ...topUp, budget: 'own', user: 'ben' }],
    [404, 'member', { kind: 'model_access', models: ['gpt-5'], user: 'ben', endsAt: UNTIL, reason }],
    [404, 'rate limit', { kind: 'rate_increase', rate: 'concurrency', scope: { kind: 'team' }, amount: 1, reason }],
  ])('with %i for %s', async (status, what, body) => {
    const { office, path } = await officeWithAda();
    const expected =
      status === 400 ? refusal('invalid_request', `${what} `) : refusal('not_found', `there is no ${what} `);
    expect(await office.api.expect(status, 'POST', path, body)).toEqual(expected);
    expect(office.grants()).toEqual([]);
  });

  it('of a team that is not there, and beyond the number of grants that a team may have', async () => {
    const { office, path } = await officeWithAda();
    expect(await office.api.expect(404, 'POST', '/teams/nobody/grants', topUp)).toEqual(refusal('not_found'));
    const rows = Array.from({ length: 500 }, (_, place) => `grant_${String(place).padStart(26, '0')}`);
    const insert = `INSERT INTO grants (id, team, kind, budget, unit, amount, starts_at, ends_at, reason, created_at, created_by,
      team_version, source) SELECT value, ?1, 'budget_increase', 'main', 'usd', 1, 0, ?2, 'r', 0, 'x', 1, 'admin' FROM json_each(?3)`;
    await env.DB.prepare(insert).bind(office.team, Date.parse(UNTIL), JSON.stringify(rows)).run();
    expect(await office.api.expect(409, 'POST', path, topUp)).toEqual(refusal('limit_reached'));
  });
});

describe('an admin who signs on', () => {
  it('grants to others, and nothing to themselves', async () => {
    const { office, path } = await officeWithAda();
    await office.member('zoe');
    await office.api.expect(201, 'PUT', `/teams/${office.team}/members/zoe/limits`, { concurrency: 5 });
    const zoe = signOnAt(office.api)('zoe', 'admin');
    const share = { ...topUp, budget: 'own' };
    const models = { kind: 'model_access', models: ['gpt-5'], reason, endsAt: UNTIL };
    const rate = { kind: 'rate_increase', rate: 'concurrency', amount: 5, reason, endsAt: UNTIL };
    for (const body of [
      { ...share, user: 'zoe' },
      { ...models, user: 'zoe' },
      { ...rate, scope: { kind: 'member', id: 'zoe' } },
    ]) {
      expect(await zoe('POST', `/admin/v1${path}`, body)).toMatchObject({ status: 403, body: refusal('own_grant') });
    }
    expect(office.grants()).toEqual([]);
    expect(await zoe('POST', `/admin/v1${path}`, { ...share, user: 'ada' })).toMatchObject({ status: 201 });
  });
});
