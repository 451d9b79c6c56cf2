// Budgets and model policy through the admin API: what is written in JSON and what the object is told.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const valid = { scope: { kind: 'team' }, unit: 'usd', limit: '500.00', period: 'month', enforcement: 'hard' };

describe('budgets', () => {
  it('are created with 201, replaced with 200, listed and deleted', async () => {
    const team = await api.team();
    const path = `/teams/${team}/budgets/main`;
    expect(await api.expect(201, 'PUT', path, valid)).toEqual({ id: 'main', ...valid });
    expect(await api.expect(200, 'PUT', path, valid)).toEqual({ id: 'main', ...valid });
    expect(await api.expect(200, 'PUT', path, { ...valid, limit: '0.000001' })).toMatchObject({ limit: '0.000001' });
    expect(api.ledgers.last(team).config.budgets).toEqual([{ id: 'main', ...valid, limit: 1 }]);
    expect(await api.expect(200, 'GET', `/teams/${team}/budgets`)).toEqual({
      data: [{ id: 'main', ...valid, limit: '0.000001' }],
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
      limit: shown,
    });
    expect(api.ledgers.last(team).config.budgets).toEqual([{ id: 'some', ...body, limit: told }]);
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
      `INSERT INTO budgets SELECT ?1, 'filler-' || value, 'team', NULL, 'usd', 1, 'day', 'hard', 0, 0 FROM json_each(?2)`,
    )
      .bind(team, JSON.stringify(Array.from({ length: 1_000 }, (_, place) => place)))
      .run();
    expect(await api.expect(409, 'PUT', `/teams/${team}/budgets/main`, valid)).toEqual(refusal('limit_reached'));
    await api.expect(200, 'PUT', `/teams/${team}/budgets/filler-7`, valid);
  });
});

describe('policy', () => {
  it('allows every model at first, and is replaced as a whole', async () => {
    const team = await api.team();
    const path = `/teams/${team}/policy`;
    expect(await api.expect(200, 'GET', path)).toEqual({ models: { allow: ['*'], deny: [], approval: [] } });
    const models = { allow: ['gpt-*'], deny: ['gpt-5-pro'], approval: ['claude-*'] };
    expect(await api.expect(200, 'PUT', path, { models })).toEqual({ models });
    expect(api.ledgers.last(team).config.access).toEqual(models);
    expect(await api.expect(200, 'PUT', path, { models: { allow: [] } })).toEqual({
      models: { allow: [], deny: [], approval: [] },
    });
  });

  it.each([
    ['models', {}],
    ['models.allow', { models: { allow: '*' } }],
    ['models.allow.0', { models: { allow: [''] } }],
    ['models.deny.0', { models: { deny: ['a b'] } }],
    ['models.approval', { models: { approval: Array.from({ length: 201 }, () => 'x') } }],
    ['models.block', { models: { block: ['x'] } }],
    ['mode', { models: {}, mode: 'x' }],
  ])('is refused with a bad %s', async (field, body) => {
    expect(await api.expect(400, 'PUT', `/teams/${await api.team()}/policy`, body)).toEqual(
      refusal('invalid_request', `${field} `),
    );
  });
});
