// Policies of members and phase-outs of models: written, read back, refused by name, told to the team's object, audited.

import { describe, expect, it } from 'vitest';
import { env } from 'cloudflare:workers';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();

describe('the policy of a member', () => {
  const models = { allow: null, deny: ['gpt-5-pro'], approval: ['claude-*'] };

  it('is set, listed, replaced as a whole and deleted, each in force at once', async () => {
    const team = await api.team();
    const path = `/teams/${team}/members/ada/policy`;
    expect(await api.expect(404, 'GET', path)).toMatchObject({ error: { code: 'not_found' } });
    const first = { models: { deny: ['gpt-5-pro'], approval: ['claude-*'] } };
    expect(await api.expect(201, 'PUT', path, first)).toEqual({ user: 'ada', models });
    expect(api.ledgers.last(team).config.memberAccess).toEqual([{ user: 'ada', ...models }]);
    expect(await api.expect(200, 'GET', path)).toEqual({ user: 'ada', models });
    await api.expect(201, 'PUT', `/teams/${team}/members/ben/policy`, { models: { allow: [] } });
    expect(await api.expect(200, 'GET', `/teams/${team}/member-policies?limit=1`)).toMatchObject({
      data: [{ user: 'ada' }],
      nextCursor: expect.any(String),
    });
    const replaced = { allow: ['gpt-*'], deny: [], approval: [] };
    expect(await api.expect(200, 'PUT', path, { models: { allow: ['gpt-*'] } })).toEqual({
      user: 'ada',
      models: replaced,
    });
    await api.expect(204, 'DELETE', path);
    await api.expect(404, 'DELETE', path);
    expect(api.ledgers.last(team).config.memberAccess).toEqual([{ user: 'ben', allow: [], deny: [], approval: [] }]);
    const { results } = await env.DB.prepare('SELECT action FROM audit WHERE team = ? ORDER BY seq').bind(team).all();
    expect(results.map(({ action }) => action).slice(1)).toEqual([
      'member_policy.put',
      'member_policy.put',
      'member_policy.put',
      'member_policy.delete',
    ]);
  });

  it('is not for a team that is not there', async () => {
    await api.expect(404, 'PUT', '/teams/nowhere/members/ada/policy', { models: {} });
    await api.expect(404, 'GET', '/teams/nowhere/member-policies');
  });

  it.each([
    ['models', {}],
    ['models.allow', { models: { allow: '*' } }],
    ['models.deny.0', { models: { deny: ['a b'] } }],
    ['pin', { models: {}, pin: true }],
  ])('is refused with a bad %s', async (field, body) => {
    const path = `/teams/${await api.team()}/members/ada/policy`;
    expect(await api.expect(400, 'PUT', path, body)).toEqual(refusal('invalid_request', `${field} `));
  });
});

describe('a phase-out', () => {
  const from = '2026-12-01T00:00:00.000Z';
  const valid = { models: ['claude-*'], to: 'ours', stages: [{ from, action: 'nudge' }] };

  it('is created, read, replaced, listed and deleted, and each change is on the trail', async () => {
    const path = '/phase-outs/outside-models';
    const stages = [
      { from, action: 'nudge', message: 'See the wiki.' },
      { from: '2027-01-01T00:00:00.000Z', action: 'move', percent: 25 },
      { from: '2027-02-01T00:00:00.000Z', action: 'block' },
    ];
    expect(await api.expect(201, 'PUT', path, { ...valid, aliases: ['claude'], stages })).toMatchObject({
      name: 'outside-models',
      models: ['claude-*'],
      aliases: ['claude'],
      to: 'ours',
      stages: [stages[0], { ...stages[1], message: null }, { ...stages[2], message: null }],
      version: 1,
    });
    expect(await api.expect(200, 'PUT', path, valid)).toMatchObject({ aliases: [], version: 2 });
    expect(await api.expect(200, 'GET', path)).toMatchObject({ version: 2, stages: [{ action: 'nudge' }] });
    expect(await api.expect(200, 'GET', '/phase-outs')).toMatchObject({ data: [{ name: 'outside-models' }] });
    await api.expect(204, 'DELETE', path);
    await api.expect(404, 'DELETE', path);
    await api.expect(404, 'GET', path);
    const { results } = await env.DB.prepare(`SELECT action FROM audit WHERE action GLOB 'phase_out.*'`).all();
    expect(results.map(({ action }) => action)).toEqual(['phase_out.put', 'phase_out.put', 'phase_out.delete']);
  });

  it.each([
    ['to', { to: undefined }],
    ['to', { to: 'two words' }],
    ['models', { models: [] }],
    ['models.0', { models: ['a b'] }],
    ['aliases.0', { aliases: ['claude-*'] }],
    ['stages', { stages: [] }],
    ['stages.0.action', { stages: [{ from, action: 'warn' }] }],
    ['stages.0.from', { stages: [{ from: 'tomorrow', action: 'nudge' }] }],
    ['stages.0.percent', { stages: [{ from, action: 'move' }] }],
    ['stages.0.percent', { stages: [{ from, action: 'move', percent: 101 }] }],
    ['stages.0.percent', { stages: [{ from, action: 'nudge', percent: 10 }] }],
    ['stages.0.message', { stages: [{ from, action: 'nudge', message: 'two\nlines' }] }],
    ['stages.1.from', { stages: [...valid.stages, { from, action: 'block' }] }],
    ['teams', { teams: ['payments'] }],
  ])('is refused with a bad %s: %j', async (field, change) => {
    expect(await api.expect(400, 'PUT', '/phase-outs/bad', { ...valid, ...change })).toEqual(
      refusal('invalid_request', `${field} `),
    );
  });
});
