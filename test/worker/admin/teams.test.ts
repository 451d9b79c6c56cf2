// Teams through the admin API: real D1, the object played by a ledger that notes what it is told.

import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const budget = { scope: { kind: 'team' }, unit: 'usd', limit: '1', period: 'month' };
const keysSchema = z.object({ data: z.array(z.looseObject({ id: z.string() })) });
const pageSchema = z.object({ data: z.array(z.looseObject({ id: z.string() })), nextCursor: z.string().nullable() });

/** Everything D1 has of the team. */
async function recordsOf(team: string): Promise<unknown> {
  const tables = ['teams WHERE id', 'members WHERE team', 'keys WHERE team', 'budgets WHERE team'];
  tables.push('rate_limits WHERE team', 'suspensions WHERE team');
  const results = await env.DB.batch(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table} = ?`).bind(team)));
  return results.map((result) => result.results);
}

it('creates a team, in force with its first version', async () => {
  const id = await api.team();
  expect(await api.expect(200, 'GET', `/teams/${id}`)).toEqual({
    id,
    name: 'Payments',
    timezone: 'Europe/London',
    costCenter: 'CC-42',
    locationHint: null,
    usageDatabase: 'DB',
    version: 1,
    inForce: true,
    createdAt: '2026-11-23T10:00:00.000Z',
    updatedAt: '2026-11-23T10:00:00.000Z',
  });
  expect(api.ledgers.last(id)).toEqual({
    version: 1,
    config: {
      team: id,
      timezone: 'Europe/London',
      access: { allow: ['*'], deny: [], approval: [] },
      budgets: [],
      keys: [],
      limits: [],
      suspended: [],
      usageDatabase: 0,
      grants: [],
      memberAccess: [],
      steering: { pin: [], downshift: null },
    },
  });
});

it('needs no more than an id', async () => {
  const id = `bare-${crypto.randomUUID().slice(0, 8)}`;
  expect(await api.expect(201, 'POST', '/teams', { id })).toMatchObject({
    name: id,
    timezone: 'UTC',
    costCenter: null,
    inForce: true,
  });
});

it('tells the ledger where the object is to be', async () => {
  const id = `far-${crypto.randomUUID().slice(0, 8)}`;
  await api.expect(201, 'POST', '/teams', { id, locationHint: 'apac' });
  expect(api.ledgers.hints.at(-1)).toBe('apac');
});

it('refuses a second team of the same id', async () => {
  const id = await api.team();
  expect(await api.expect(409, 'POST', '/teams', { id, name: 'Other' })).toEqual(refusal('conflict', `team "${id}"`));
  expect(await api.expect(200, 'GET', `/teams/${id}`)).toMatchObject({ name: 'Payments', version: 1 });
});

it('changes what is named and leaves the rest', async () => {
  const id = await api.team();
  expect(await api.expect(200, 'PATCH', `/teams/${id}`, { timezone: 'Asia/Tokyo' })).toMatchObject({
    name: 'Payments',
    timezone: 'Asia/Tokyo',
    costCenter: 'CC-42',
    version: 2,
    inForce: true,
  });
  expect(await api.expect(200, 'PATCH', `/teams/${id}`, { costCenter: null })).toMatchObject({ costCenter: null });
  expect(api.ledgers.last(id)).toMatchObject({ version: 3, config: { timezone: 'Asia/Tokyo' } });
});

it('a deleted team is gone, its keys with it, and its id is not used again', async () => {
  const id = await api.team();
  await api.expect(201, 'POST', `/teams/${id}/keys`, { user: 'ada', name: 'laptop' });
  await api.expect(204, 'DELETE', `/teams/${id}`);
  expect(api.ledgers.last(id)).toMatchObject({ version: 3, config: { keys: [] } });
  expect(await api.expect(404, 'GET', `/teams/${id}`)).toEqual(refusal('not_found', `there is no team "${id}"`));
  await api.expect(404, 'DELETE', `/teams/${id}`);
  expect(await api.expect(409, 'POST', '/teams', { id })).toEqual(refusal('conflict', `team "${id}" was deleted`));
});

it.each([
  ['PATCH', '', { name: 'x' }],
  ['PUT', '/members/ada', { email: 'ada@example.com', role: 'member' }],
  ['GET', '/members', undefined],
  ['DELETE', '/members/ada', undefined],
  ['POST', '/keys', { user: 'ada', name: 'laptop' }],
  ['GET', '/keys', undefined],
  ['DELETE', '/keys/abcd1234', undefined],
  ['PUT', '/budgets/main', { ...budget, limit: '2' }],
  ['GET', '/budgets', undefined],
  ['DELETE', '/budgets/main', undefined],
  ['PUT', '/limits', { concurrency: 1 }],
  ['GET', '/limits', undefined],
  ['DELETE', '/limits', undefined],
  ['PUT', '/members/ada/limits', { concurrency: 1 }],
  ['GET', '/keys/abcd1234/limits', undefined],
  ['PUT', '/keys/abcd1234/suspension', { reason: 'leaked' }],
  ['GET', '/members/ada/suspension', undefined],
  ['DELETE', '/suspension', undefined],
  ['GET', '/restrictions', undefined],
  ['GET', '/verify', undefined],
  ['PUT', '/policy', { models: { allow: ['*'] } }],
  ['GET', '/policy', undefined],
  ['GET', '/ledger', undefined],
] as const)('%s %s of a missing or deleted team is not found and changes nothing', async (method, path, body) => {
  const told = api.ledgers.configured.length;
  expect(await api.expect(404, method, `/teams/never-made${path}`, body)).toEqual(
    refusal('not_found', 'there is no team "never-made"'),
  );
  expect(api.ledgers.configured).toHaveLength(told);

  const id = await api.team();
  await api.expect(201, 'PUT', `/teams/${id}/members/ada`, { email: 'ada@example.com', role: 'lead' });
  await api.expect(201, 'POST', `/teams/${id}/keys`, { user: 'ada' });
  await api.expect(201, 'PUT', `/teams/${id}/budgets/main`, budget);
  await api.expect(201, 'PUT', `/teams/${id}/limits`, { concurrency: 5 });
  await api.expect(201, 'PUT', `/teams/${id}/suspension`, { reason: 'closed' });
  const key = keysSchema.parse(await api.expect(200, 'GET', `/teams/${id}/keys`)).data[0]?.id ?? '';
  await api.expect(204, 'DELETE', `/teams/${id}`);
  const before = await recordsOf(id);
  await api.expect(404, method, `/teams/${id}${path.replace('abcd1234', key)}`, body);
  expect(await recordsOf(id)).toEqual(before);
});

it('lists in pages, each team once', async () => {
  const made = await Promise.all(['a', 'b', 'c'].map(() => api.team()));
  const seen: string[] = [];
  let path = '/teams?limit=2';
  for (let page = 0; page < 100; page += 1) {
    const { data, nextCursor } = pageSchema.parse(await api.expect(200, 'GET', path));
    expect(data.length).toBeLessThanOrEqual(2);
    seen.push(...data.map((team) => team.id));
    if (nextCursor === null) break;
    path = `/teams?limit=2&cursor=${nextCursor}`;
  }
  expect(seen).toEqual(seen.toSorted());
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(made));
});

const valid = { id: 'valid-team', name: 'Valid', timezone: 'UTC', costCenter: null };

it.each([
  ['id', { ...valid, id: 'Upper' }],
  ['id', { ...valid, id: 'a' }],
  ['id', { ...valid, id: 'a'.repeat(41) }],
  ['id', { ...valid, id: undefined }],
  ['id', { ...valid, id: 7 }],
  ['name', { ...valid, name: '' }],
  ['name', { ...valid, name: 'x'.repeat(201) }],
  ['timezone', { ...valid, timezone: 'Mars/Olympus' }],
  ['timezone', { ...valid, timezone: '+01:00' }],
  ['timezone', { ...valid, timezone: '' }],
  ['costCenter', { ...valid, costCenter: 42 }],
  ['costCenter', { ...valid, costCenter: '7\n+1' }],
  ['name', { ...valid, name: 'Pay\u0000ments' }],
  ['locationHint', { ...valid, locationHint: 'moon' }],
  ['nickname', { ...valid, nickname: 'x' }],
  ['the body', []],
  ['the body', 'text'],
])('refuses a team with a bad %s', async (field, body) => {
  expect(await api.expect(400, 'POST', '/teams', body)).toEqual(refusal('invalid_request', `${field} `));
});

it.each([
  ['name must be a string', 'POST', '', { ...valid, name: 5 }],
  ['id must be a string', 'POST', '', { ...valid, id: null }],
  ['id must be given, as string', 'POST', '', { ...valid, id: undefined }],
  ['the body must be an object', 'POST', '', []],
  ['the body must be an object', 'POST', '', null],
  ['the body must be an object', 'POST', '', 'text'],
  ['models must be given, as object', 'PUT', '/any/policy', {}],
  ['models must be an object', 'PUT', '/any/policy', { models: [] }],
  ['models.allow must be a list', 'PUT', '/any/policy', { models: { allow: '*' } }],
  ['models.allow.0 must be a string', 'PUT', '/any/policy', { models: { allow: [5] } }],
] as const)('says %s', async (message, method, path, body) => {
  expect(await api.expect(400, method, `/teams${path}`, body)).toMatchObject({ error: { message } });
});

it.each(['keys', 'members', 'budgets'])('a cursor of a team is of no use for the %s of another', async (list) => {
  const [team, other] = [await api.team(), await api.team()];
  for (const id of ['abcd', 'bcde']) {
    await api.expect(201, 'POST', `/teams/${team}/keys`, { user: id });
    await api.expect(201, 'PUT', `/teams/${team}/budgets/${id}`, budget);
  }
  const { nextCursor } = pageSchema
    .extend({ data: z.array(z.unknown()), nextCursor: z.string() })
    .parse(await api.expect(200, 'GET', `/teams/${team}/${list}?limit=1`));
  await api.expect(200, 'GET', `/teams/${team}/${list}?cursor=${nextCursor}`);
  for (const path of [`/teams/${other}/${list}`, '/teams', '/models']) {
    expect(await api.expect(400, 'GET', `${path}?cursor=${nextCursor}`)).toEqual(refusal('invalid_request', 'cursor '));
  }
});

it.each([
  ['limit', '?limit=0'],
  ['limit', '?limit=1001'],
  ['limit', '?limit=ten'],
  ['limit', '?limit=1.5'],
  ['cursor', '?cursor=%21%21'],
  ['cursor', '?cursor=e30'],
  ['sort', '?sort=name'],
])('refuses a list with a bad %s: %s', async (field, query) => {
  expect(await api.expect(400, 'GET', `/teams${query}`)).toEqual(refusal('invalid_request', `${field} `));
});
