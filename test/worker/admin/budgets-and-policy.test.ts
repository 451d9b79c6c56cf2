// Budgets and model policy through the admin API: what is written in JSON and what the object is told.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const valid = { scope: { kind: 'team' }, unit: 'usd', limit: '500.00', period: 'month', enforcement: 'hard' };
/** What a budget has that says nothing of it. */
const plain = { thresholds: [50, 80, 90, 100], rolloverPercent: 0, prorated: false };
const made = { ...plain, countsSinceMs: api.nowMs };

describe('budgets', () => {
  it('are created with 201, replaced with 200, listed and deleted', async () => {
    const team = await api.team();
    const path = `/teams/${team}/budgets/main`;
    expect(await api.expect(201, 'PUT', path, valid)).toEqual({ id: 'main', ...valid, ...plain });
    expect(await api.expect(200, 'PUT', path, valid)).toEqual({ id: 'main', ...valid, ...plain });
    expect(await api.expect(200, 'PUT', path, { ...valid, limit: '0.000001' })).toMatchObject({ limit: '0.000001' });
    expect(api.ledgers.last(team).config.budgets).toEqual([
      { id: 'main', ...valid, ...made, limit: 1, limitVersion: 2 },
    ]);
    expect(await api.expect(200, 'GET', `/teams/${team}/budgets`)).toEqual({
      data: [{ id: 'main', ...valid, ...plain, limit: '0.000001' }],
      nextCursor: null,
    });
    await api.expect(204, 'DELETE', path);
    expect(api.ledgers.last(team).config.budgets).toEqual([]);
    await api.expect(404, 'DELETE', path);
  });

  it.each([
    [{ kind: 'team' }, 'usd', '12.5', 12_500_000, '12.50'],
    [{ kind: 'member', id: 'ada' }, 'tokens', 1_000_000, 1_000_000, 1_000_000],
    [{ kind: 'each_member' }, 'requests', 0, 0, 0],
    [{ kind: 'model', id: 'gpt-*' }, 'usd', '1000000000', 1_000_000_000_000_000, '1000000000.00'],
  ])('for %o in %s', async (scope, unit, limit, told, shown) => {
    const team = await api.team();
    const body = { scope, unit, limit, period: 'week', enforcement: 'soft' };
    expect(await api.expect(201, 'PUT', `/teams/${team}/budgets/some`, body)).toEqual({
      id: 'some',
      ...body,
      ...plain,
      limit: shown,
    });
    expect(api.ledgers.last(team).config.budgets).toEqual([
      { id: 'some', ...body, ...made, limit: told, limitVersion: 1 },
    ]);
  });

  it('are hard unless it is said otherwise', async () => {
    const { enforcement: _, ...body } = valid;
    expect(await api.expect(201, 'PUT', `/teams/${await api.team()}/budgets/main`, body)).toMatchObject({
      enforcement: 'hard',
    });
  });

  it('of a key want a live key of the team', async () => {
    const [team, other] = [await api.team(), await api.team()];
    const { id } = z
      .object({ id: z.string() })
      .parse(await api.expect(201, 'POST', `/teams/${team}/keys`, { user: 'ada' }));
    const body = { ...valid, scope: { kind: 'key', id } };
    await api.expect(201, 'PUT', `/teams/${team}/budgets/laptop`, body);
    expect(await api.expect(400, 'PUT', `/teams/${other}/budgets/laptop`, body)).toEqual(
      refusal('invalid_request', 'scope.id must be a key of this team'),
    );
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${id}`);
    await api.expect(400, 'PUT', `/teams/${team}/budgets/second`, body);
  });

  it.each([
    ['limit', { ...valid, limit: 500 }],
    ['limit', { ...valid, limit: '-1' }],
    ['limit', { ...valid, limit: '1e3' }],
    ['limit', { ...valid, limit: '0.0000001' }],
    ['limit', { ...valid, limit: '1000000000.000001' }],
    ['limit', { ...valid, limit: null }],
    ['limit', { ...valid, unit: 'tokens', limit: '5' }],
    ['limit', { ...valid, unit: 'tokens', limit: 1.5 }],
    ['limit', { ...valid, unit: 'requests', limit: -1 }],
    ['limit', { ...valid, unit: 'requests', limit: 1_000_000_000_000_001 }],
    ['unit', { ...valid, unit: 'eur' }],
    ['period', { ...valid, period: 'fortnight' }],
    ['period', { ...valid, period: undefined }],
    ['enforcement', { ...valid, enforcement: 'firm' }],
    ['scope.kind', { ...valid, scope: { kind: 'company' } }],
    ['scope', { ...valid, scope: 'team' }],
    ['scope.id', { ...valid, scope: { kind: 'member' } }],
    ['scope.id', { ...valid, scope: { kind: 'team', id: 'ada' } }],
    ['scope.id', { ...valid, scope: { kind: 'model', id: '*a*b*c*d*' } }],
    ['scope.id', { ...valid, scope: { kind: 'key', id: 'no' } }],
    ['rollover', { ...valid, rollover: true }],
  ])('are refused with a bad %s: %j', async (field, body) => {
    const team = await api.team();
    expect(await api.expect(400, 'PUT', `/teams/${team}/budgets/main`, body)).toEqual(
      refusal('invalid_request', `${field} `),
    );
    expect(await api.expect(200, 'GET', `/teams/${team}`)).toMatchObject({ version: 1 });
  });

  it('there may be 1000 of a team, and replacing one of them is still allowed', async () => {
    const team = await api.team();
    await env.DB.prepare(
      `INSERT INTO budgets (team, id, scope_kind, scope_id, unit, limit_amount, period, enforcement, created_at, updated_at)
       SELECT ?1, 'filler-' || value, 'team', NULL, 'usd', 1, 'day', 'hard', 0, 0 FROM json_each(?2)`,
    )
      .bind(team, JSON.stringify(Array.from({ length: 1_000 }, (_, place) => place)))
      .run();
    expect(await api.expect(409, 'PUT', `/teams/${team}/budgets/main`, valid)).toEqual(refusal('limit_reached'));
    await api.expect(200, 'PUT', `/teams/${team}/budgets/filler-7`, valid);
  });
});

describe('what a budget may say besides', () => {
  it('thresholds, rollover and pro-rating, back to the usual when they are left out', async () => {
    const team = await api.team();
    const path = `/teams/${team}/budgets/main`;
    const more = { thresholds: [1, 99, 1_000], rolloverPercent: 25, prorated: true };
    expect(await api.expect(201, 'PUT', path, { ...valid, ...more })).toEqual({ id: 'main', ...valid, ...more });
    expect(api.ledgers.last(team).config.budgets).toMatchObject([more]);
    expect(await api.expect(200, 'GET', `/teams/${team}/budgets`)).toMatchObject({ data: [more] });
    expect(await api.expect(200, 'PUT', path, { ...valid, thresholds: [] })).toMatchObject({
      ...plain,
      thresholds: [],
    });
    expect(await api.expect(200, 'PUT', path, valid)).toMatchObject(plain);
    expect(api.ledgers.last(team).config.budgets).toMatchObject([plain]);
  });

  it('the version of its limit rises when the limit changes, in amount or unit, and with nothing else', async () => {
    const own = new AdminApi();
    const team = await own.team();
    const countsSinceMs = own.nowMs;
    const path = `/teams/${team}/budgets/main`;
    const steps = [
      [{}, 1],
      [{ thresholds: [100] }, 1],
      [{ enforcement: 'soft' }, 1],
      [{ limit: '500.000001' }, 2],
      [{ limit: '500' }, 3],
      [{ limit: '500.00' }, 3],
      [{ unit: 'tokens', limit: 500_000_000 }, 4],
      [{ unit: 'requests', limit: 500_000_000 }, 5],
    ] as const;
    for (const [change, limitVersion] of steps) {
      await own.call('PUT', path, { ...valid, ...change });
      own.nowMs += 1_000;
      expect(own.ledgers.last(team).config.budgets).toMatchObject([{ limitVersion, countsSinceMs }]);
    }
  });

  it('count from the change of their scope or period, and else from when they were created', async () => {
    const own = new AdminApi();
    const team = await own.team();
    const path = `/teams/${team}/budgets/main`;
    const month = { ...valid, period: 'month', scope: { kind: 'team' } };
    const steps = [
      [month, true],
      [{ ...month, limit: '9.00', rolloverPercent: 10, prorated: true, enforcement: 'soft', thresholds: [] }, false],
      [{ ...month, period: 'week' }, true],
      [{ ...month, period: 'week', unit: 'tokens', limit: 9 }, false],
      [{ ...month, period: 'week', scope: { kind: 'each_member' } }, true],
      [{ ...month, period: 'week', scope: { kind: 'member', id: 'ada' } }, true],
      [{ ...month, period: 'week', scope: { kind: 'member', id: 'ada' }, limit: '9.00' }, false],
      [{ ...month, period: 'week', scope: { kind: 'member', id: 'ben' } }, true],
    ] as const;
    let countsSinceMs = 0;
    for (const [body, countsAnew] of steps) {
      own.nowMs += 1_000;
      if (countsAnew) countsSinceMs = own.nowMs;
      await own.call('PUT', path, body);
      expect(own.ledgers.last(team).config.budgets).toMatchObject([{ countsSinceMs }]);
    }
  });

  it.each([
    ['thresholds', { thresholds: 80 }],
    ['thresholds', { thresholds: null }],
    ['thresholds', { thresholds: [80, 50] }],
    ['thresholds', { thresholds: [50, 50] }],
    ['thresholds', { thresholds: Array.from({ length: 21 }, (_, place) => place + 1) }],
    ['thresholds.0', { thresholds: [0] }],
    ['thresholds.1', { thresholds: [50, 1_001] }],
    ['thresholds.0', { thresholds: [99.5] }],
    ['thresholds.0', { thresholds: ['80'] }],
    ['rolloverPercent', { rolloverPercent: -1 }],
    ['rolloverPercent', { rolloverPercent: 101 }],
    ['rolloverPercent', { rolloverPercent: 0.5 }],
    ['rolloverPercent', { rolloverPercent: '50' }],
    ['rolloverPercent', { rolloverPercent: 50, period: 'total' }],
    ['prorated', { prorated: 1 }],
    ['prorated', { prorated: 'yes' }],
    ['prorated', { prorated: true, period: 'total' }],
    ['limitVersion', { limitVersion: 7 }],
    ['countsSinceMs', { countsSinceMs: 0 }],
  ])('is refused with a bad %s: %j', async (field, change) => {
    const team = await api.team();
    expect(await api.expect(400, 'PUT', `/teams/${team}/budgets/main`, { ...valid, ...change })).toEqual(
      refusal('invalid_request', `${field} `),
    );
    expect(await api.expect(200, 'GET', `/teams/${team}`)).toMatchObject({ version: 1 });
  });
});

describe('policy', () => {
  it('allows every model at first, and is replaced as a whole', async () => {
    const team = await api.team();
    const path = `/teams/${team}/policy`;
    const unsteered = { pin: [], downshift: null };
    expect(await api.expect(200, 'GET', path)).toEqual({
      models: { allow: ['*'], deny: [], approval: [] },
      ...unsteered,
    });
    const models = { allow: ['gpt-*'], deny: ['gpt-5-pro'], approval: ['claude-*'] };
    expect(await api.expect(200, 'PUT', path, { models })).toEqual({ models, ...unsteered });
    expect(api.ledgers.last(team).config.access).toEqual(models);
    expect(await api.expect(200, 'PUT', path, { models: { allow: [] } })).toEqual({
      models: { allow: [], deny: [], approval: [] },
      ...unsteered,
    });
  });

  it('says who may pin and when the team shifts down, and tells its object', async () => {
    const team = await api.team();
    const path = `/teams/${team}/policy`;
    const downshift = { models: ['claude-*'], to: 'ours', fromPercent: 80 };
    const body = { models: {}, pin: ['ada'], downshift: { models: ['claude-*'], to: 'ours' } };
    const answer = { models: { allow: ['*'], deny: [], approval: [] }, pin: ['ada'], downshift };
    expect(await api.expect(200, 'PUT', path, body)).toEqual(answer);
    expect(await api.expect(200, 'GET', path)).toEqual(answer);
    expect(api.ledgers.last(team).config.steering).toEqual({ pin: ['ada'], downshift });
    expect(await api.expect(200, 'PUT', path, { models: {}, pin: true })).toMatchObject({ pin: true, downshift: null });
    expect(api.ledgers.last(team).config.steering).toEqual({ pin: true, downshift: null });
  });

  it.each([
    ['models', {}],
    ['models.allow', { models: { allow: '*' } }],
    ['models.allow.0', { models: { allow: [''] } }],
    ['models.deny.0', { models: { deny: ['a b'] } }],
    ['models.approval', { models: { approval: Array.from({ length: 201 }, () => 'x') } }],
    ['models.block', { models: { block: ['x'] } }],
    ['mode', { models: {}, mode: 'x' }],
    ['pin', { models: {}, pin: false }],
    ['downshift.to', { models: {}, downshift: { models: ['*'] } }],
    ['downshift.fromPercent', { models: {}, downshift: { models: ['*'], to: 'ours', fromPercent: 0 } }],
    ['downshift.fromPercent', { models: {}, downshift: { models: ['*'], to: 'ours', fromPercent: 101 } }],
  ])('is refused with a bad %s', async (field, body) => {
    expect(await api.expect(400, 'PUT', `/teams/${await api.team()}/policy`, body)).toEqual(
      refusal('invalid_request', `${field} `),
    );
  });
});
