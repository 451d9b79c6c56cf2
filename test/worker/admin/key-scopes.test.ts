// What a key is for: set when it is made or later, kept when it is given another text, and in force when the API says so.

import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { beginSession } from '../../../worker/administration.ts';
import { userIdSchema } from '../../../schema/ids.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const SCOPE = { models: ['gpt-*', 'claude-haiku-*'], sources: ['203.0.113.0/24', '2001:db8::/32'] };
const issued = z.object({ id: z.string(), key: z.string() });

async function issue(team: string, scope: object = SCOPE) {
  return issued.parse(await api.expect(201, 'POST', `/teams/${team}/keys`, { user: 'ada', ...scope }));
}

/** What the object was told of the team's keys last. */
function told(team: string) {
  return api.ledgers.last(team).config.keys.map(({ models, sources }) => ({ models, sources }));
}

describe('what a key is for', () => {
  it('is shown, told to the ledger, and written down', async () => {
    const team = await api.team();
    const { id } = await issue(team);
    expect(told(team)).toEqual([SCOPE]);
    expect(await api.expect(200, 'GET', `/teams/${team}/keys`)).toMatchObject({ data: [{ id, ...SCOPE }] });
    expect(await api.expect(200, 'GET', `/audit?team=${team}`)).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({ action: 'key.create', detail: expect.objectContaining(SCOPE) }),
      ]),
    });
  });

  it('is anything where nothing is said, and the ledger is told no more than before', async () => {
    const team = await api.team();
    await issue(team, {});
    expect(api.ledgers.last(team).config.keys[0]).not.toHaveProperty('models');
    expect(await api.expect(200, 'GET', `/teams/${team}/keys`)).toMatchObject({
      data: [{ models: null, sources: null }],
    });
  });

  it('is kept by both texts of a rotated key', async () => {
    const team = await api.team();
    const { id } = await issue(team);
    expect(await api.expect(200, 'POST', `/teams/${team}/keys/${id}/rotate`, {})).toMatchObject(SCOPE);
    expect(told(team)).toEqual([SCOPE, SCOPE]);
  });

  it('is changed one by one, and lifted with null', async () => {
    const team = await api.team();
    const { id } = await issue(team);
    const path = `/teams/${team}/keys/${id}`;
    const models = ['gpt-5-mini'];
    expect(await api.expect(200, 'PATCH', path, { models })).toMatchObject({ ...SCOPE, models, name: 'key' });
    expect(told(team)).toEqual([{ ...SCOPE, models }]);
    expect(await api.expect(200, 'PATCH', path, { sources: null, name: 'CI' })).toMatchObject({ models, name: 'CI' });
    expect(await api.expect(200, 'PATCH', path, {})).toMatchObject({ models, sources: null, name: 'CI' });
    expect(told(team)).toEqual([{ models, sources: undefined }]);
    const { text } = await api.call('GET', `/audit?team=${team}`);
    expect(text).toContain('key.change');
    expect(text).not.toMatch(/"digest"|"last4"/);
  });

  it('has ranges in one form, whatever form they are written in', async () => {
    const team = await api.team();
    await issue(team, { sources: ['2001:0DB8:0::/32', '192.0.2.1/32', '::ffff:10.0.0.0/104'] });
    expect(told(team)[0]?.sources).toEqual(['2001:db8::/32', '192.0.2.1', '10.0.0.0/8']);
  });

  it('is not reported as changed before it is in force', async () => {
    const team = await api.team();
    const { id } = await issue(team);
    api.ledgers.reachable = false;
    await api.expect(503, 'PATCH', `/teams/${team}/keys/${id}`, { models: null });
    api.ledgers.reachable = true;
    expect(await api.expect(200, 'PATCH', `/teams/${team}/keys/${id}`, { models: null })).toMatchObject({
      models: null,
    });
  });

  it('is that of a live key of that team', async () => {
    const [team, other] = [await api.team(), await api.team()];
    const { id } = await issue(team);
    await api.expect(404, 'PATCH', `/teams/${other}/keys/${id}`, { models: null });
    await api.expect(404, 'PATCH', `/teams/${team}/keys/zzzzzzzz`, { models: null });
    await api.expect(404, 'PATCH', '/teams/never-made/keys/zzzzzzzz', { models: null });
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${id}`);
    expect(await api.expect(404, 'PATCH', `/teams/${team}/keys/${id}`, { models: null })).toEqual(refusal('not_found'));
  });

  it.each([
    ['models', { models: [] }],
    ['models.0', { models: [''] }],
    ['models.0', { models: ['gpt 5'] }],
    ['models', { models: 'gpt-5' }],
    ['models', { models: Array.from({ length: 51 }, () => 'gpt-5') }],
    ['sources', { sources: [] }],
    ['sources.0', { sources: ['203.0.113.7/24'] }],
    ['sources.0', { sources: ['example.com'] }],
    ['sources.1', { sources: ['203.0.113.0/24', '203.0.113.0/33'] }],
    ['sources.0', { sources: [7] }],
    ['source', { source: ['203.0.113.0/24'] }],
  ])('is refused with a bad %s', async (field, body) => {
    const team = await api.team();
    const expected = refusal('invalid_request', `${field} `);
    expect(await api.expect(400, 'POST', `/teams/${team}/keys`, { user: 'ada', ...body })).toEqual(expected);
    const { id } = await issue(team);
    expect(await api.expect(400, 'PATCH', `/teams/${team}/keys/${id}`, body)).toEqual(expected);
    expect(told(team)).toEqual([SCOPE]);
  });
});

it('whoever signs on again after their key was ended is bound as before', async () => {
  const team = await api.team();
  const user = userIdSchema.parse(`ada-${team}`);
  await api.expect(201, 'PUT', `/teams/${team}/members/${user}`, {});
  const administration = { db: api.db, usage: [api.db] as const, ledgers: api.ledgers, now: () => api.nowMs };
  const signOn = () => beginSession(administration, user, { team, requestId: null });
  expect((await signOn()).ok).toBe(true);
  const [{ id } = { id: '' }] = api.ledgers.last(team).config.keys;
  await api.expect(200, 'PATCH', `/teams/${team}/keys/${id}`, SCOPE);
  await api.expect(204, 'DELETE', `/teams/${team}/keys/${id}`);
  api.nowMs += 1;
  expect((await signOn()).ok).toBe(true);
  expect(told(team)).toEqual([SCOPE, SCOPE]);
});

/** To the whole Worker, with real objects behind it. */
async function send(method: string, path: string, token: string, body?: unknown, from = '203.0.113.7') {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'cf-connecting-ip': from };
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await exports.default.fetch(`https://headgate.example${path}`, init);
  return { status: response.status, body: await response.json() };
}

it('a bound key is held to it by the real ledger from the answer on, below /me as well', async () => {
  const team = `bound-${crypto.randomUUID().slice(0, 8)}`;
  await send('POST', '/admin/v1/teams', env.ADMIN_TOKEN, { id: team, timezone: 'UTC' });
  const keys = `/admin/v1/teams/${team}/keys`;
  const { key, id } = issued.parse((await send('POST', keys, env.ADMIN_TOKEN, { user: 'ada', ...SCOPE })).body);
  expect(await send('GET', '/me', key)).toMatchObject({ status: 200, body: { models: { key: SCOPE.models } } });
  expect(await send('GET', '/me', key, undefined, '192.0.2.1')).toEqual({
    status: 403,
    body: { error: expect.objectContaining({ code: 'source_not_allowed', details: { source: '192.0.2.1' } }) },
  });
  await send('PATCH', `${keys}/${id}`, env.ADMIN_TOKEN, { sources: ['192.0.2.1'], models: null });
  expect((await send('GET', '/me', key)).status).toBe(403);
  expect(await send('GET', '/me', key, undefined, '192.0.2.1')).toMatchObject({ body: { models: { key: null } } });
});
