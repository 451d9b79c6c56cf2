// What a directory may not do, said in SCIM's form; and what it may ask before it begins.

import { env } from 'cloudflare:workers';
import { createExecutionContext } from 'cloudflare:test';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { app } from '../../../worker/app.ts';
import { entraCreation } from '../../fixtures/scim-requests.ts';
import { ADMIN_TOKEN } from '../admin/admin-api.ts';
import { teamIdSchema } from '../../../schema/ids.ts';
import { ENTERPRISE } from '../../../worker/http/scim/resource.ts';
import { ownAct } from '../../../worker/records/act.ts';
import { findDirectoryUser, provisionMember } from '../../../worker/records/directory.ts';
import { Directory, scimError, TOKEN } from './directory.ts';

let directory: Directory;
beforeEach(async () => {
  directory = await Directory.open();
});

describe('the door', () => {
  it.each([null, '', 'wrong', TOKEN.slice(0, -1), `${TOKEN}x`, ADMIN_TOKEN, 'hg_payments_abcd1234_secret'])(
    'is closed to %j',
    async (token) => {
      for (const [method, path] of [
        ['GET', '/Users'],
        ['POST', '/Users'],
        ['GET', '/ServiceProviderConfig'],
        ['GET', '/x'],
      ] as const) {
        const answer = await directory.send(method, path, method === 'POST' ? entraCreation : undefined, token);
        expect(answer).toMatchObject({ status: 401, body: scimError(401, 'SCIM_TOKEN') });
      }
    },
  );

  it('opens nothing but this', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const bindings = { ...env, SCIM_TOKEN: TOKEN, SCIM: `{"defaultTeam":"${directory.search}"}` };
    const ask = async (path: string) =>
      (await app.request(path, { headers }, bindings, createExecutionContext())).status;
    expect(await ask('/scim/v2/Users')).toBe(200);
    for (const path of ['/admin/v1/teams', '/me', '/metrics', '/v1/models']) expect(await ask(path)).toBe(401);
  });

  it('is not there without a token', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    for (const bindings of [{ ...env }, { ...env, SCIM: '{"defaultTeam":"all"}' }]) {
      const answer = await app.request('/scim/v2/Users', { headers }, bindings, createExecutionContext());
      expect(answer.status).toBe(404);
    }
  });
});

it('a person of whom more is said than is kept is refused', async () => {
  const text = '\u0001'.repeat(320);
  const emails = Array.from({ length: 10 }, () => ({ value: text, type: text }));
  const body = { userName: 'ada', active: false, displayName: text, emails };
  const { status, body: refused } = await directory.send('POST', '/Users', body);
  expect({ status, refused }).toEqual({ status: 400, refused: scimError(400, 'too long', 'invalidValue') });
});

describe('a person is refused', () => {
  it.each([
    ['invalidSyntax', 'the body must be a JSON object', '{'],
    ['invalidSyntax', 'the body must be a JSON object', '[]'],
    ['invalidValue', 'userName', {}],
    ['invalidValue', 'userName must be a name', { userName: 'ada lovelace' }],
    ['invalidValue', 'has no department, which leads to no team', { userName: 'ada' }],
  ])('as %s: %s', async (scimType, detail, body) => {
    const { status, body: refused } = await directory.send('POST', '/Users', body);
    expect({ status, refused }).toEqual({ status: 400, refused: scimError(400, detail, scimType) });
  });

  it('where they are known already, in any case', async () => {
    const person = directory.own(entraCreation);
    await directory.create(person);
    for (const userName of [person.userName, person.userName.toUpperCase()]) {
      expect(await directory.expect(409, 'POST', '/Users', { ...person, userName })).toEqual(
        scimError(409, 'already', 'uniqueness'),
      );
    }
    const other = await directory.create({ ...person, userName: `other-${directory.nth}` });
    expect(await directory.expect(409, 'PUT', `/Users/${other}`, person)).toEqual(
      scimError(409, 'already', 'uniqueness'),
    );
    expect(await directory.expect(200, 'GET', `/Users/${other}`)).toMatchObject({ userName: `other-${directory.nth}` });
  });

  it('where their team was deleted, and may still leave', async () => {
    const person = directory.own(entraCreation);
    const id = await directory.create(person);
    await directory.api.expect(204, 'DELETE', `/teams/${directory.payments}`);
    expect(await directory.expect(400, 'PUT', `/Users/${id}`, person)).toEqual(
      scimError(400, `there is no team "${directory.payments}"`, 'invalidValue'),
    );
    expect(await directory.expect(400, 'POST', '/Users', { ...person, userName: `new-${directory.nth}` })).toEqual(
      scimError(400, `there is no team "${directory.payments}"`, 'invalidValue'),
    );
    await directory.expect(200, 'PUT', `/Users/${id}`, { ...person, active: false });
    await directory.expect(204, 'DELETE', `/Users/${id}`);
  });

  it('while somebody of that name is being erased', async () => {
    const person = directory.own(entraCreation);
    const id = await directory.create(person);
    const user = person.userName.toLowerCase();
    await directory.api.expect(202, 'POST', `/people/${encodeURIComponent(user)}/erasure`, { reason: 'asked for' });
    await directory.expect(404, 'GET', `/Users/${id}`);
    for (const active of [true, false]) {
      expect(await directory.expect(409, 'POST', '/Users', { ...person, active })).toEqual(
        scimError(409, 'is being erased', 'uniqueness'),
      );
    }
    expect(await directory.membersOf(directory.payments)).toEqual([]);
  });

  it('with a body that is too large', async () => {
    const { status, body } = await directory.send('POST', '/Users', { userName: 'x'.repeat(70_000) });
    expect({ status, body }).toEqual({ status: 413, body: scimError(413, 'at most 65536 bytes') });
  });

  it('and stays who they were when a change of them cannot be read', async () => {
    const id = await directory.create(directory.own(entraCreation));
    for (const body of [{}, { Operations: [{ op: 'replace', path: 'active', value: 'perhaps' }] }, '{']) {
      await directory.expect(400, 'PATCH', `/Users/${id}`, body);
    }
    expect(await directory.expect(200, 'GET', `/Users/${id}`)).toMatchObject({ active: true });
    expect(await directory.membersOf(directory.payments)).toHaveLength(1);
  });
});

it.each([
  ['GET', '/Users/no-such-id', 404],
  ['PUT', '/Users/no-such-id', 404],
  ['PATCH', '/Users/no-such-id', 404],
  ['DELETE', '/Users/no-such-id', 404],
  ['PUT', '/Users', 405],
  ['POST', '/Users/no-such-id', 405],
  ['GET', '/Users/a/b', 404],
  ['POST', '/Bulk', 404],
  ['POST', '/Groups', 404],
  ['GET', '/Me', 404],
  ['GET', '/Schemas/urn:nobody', 404],
  ['GET', `/Users?filter=${encodeURIComponent('title eq "x"')}`, 400],
])('%s %s is %i', async (method, path, status) => {
  const body =
    method === 'GET' || method === 'DELETE'
      ? undefined
      : { ...entraCreation, Operations: [{ op: 'remove', path: 'title' }] };
  expect(await directory.expect(status, method, path, body)).toMatchObject({ status: String(status) });
});

it('tells what there is', async () => {
  expect(await directory.expect(200, 'GET', '/ServiceProviderConfig')).toMatchObject({
    patch: { supported: true },
    bulk: { supported: false },
    filter: { supported: true, maxResults: 200 },
  });
  expect(await directory.expect(200, 'GET', '/ResourceTypes')).toMatchObject({
    totalResults: 1,
    Resources: [{ id: 'User' }],
  });
  expect(await directory.expect(200, 'GET', '/ResourceTypes/User')).toMatchObject({ endpoint: '/Users' });
  expect(await directory.expect(200, 'GET', '/Schemas')).toMatchObject({ totalResults: 2 });
  const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  expect(await directory.expect(200, 'GET', `/Schemas/${enterprise}`)).toMatchObject({ id: enterprise });
  expect(await directory.expect(200, 'GET', '/Groups')).toMatchObject({ totalResults: 0, Resources: [] });
});

it.each([
  ['ended', { active: false }],
  ['moved', { active: true, [ENTERPRISE]: { department: 'payments' } }],
])('a change that was overtaken brings nobody back who was %s meanwhile', async (_, after) => {
  const person = { userName: `${directory.nth}.ada`, [ENTERPRISE]: { department: 'Search & Ranking' } };
  const id = await directory.create(person);
  const { db, nowMs: atMs } = directory.api;
  const before = await findDirectoryUser(db, id);
  if (before === null) throw new Error('there is nobody');
  await directory.expect(200, 'PUT', `/Users/${id}`, { ...person, ...after });
  expect(await directory.membersOf(directory.search)).toEqual([]);
  const { user, resource } = before;
  const team = teamIdSchema.parse(directory.search);
  const provision = { user, resource, team, email: null };
  expect(await provisionMember(ownAct(db, 'directory', atMs), before, provision)).toBe('overtaken');
  expect(await directory.membersOf(directory.search)).toEqual([]);
});

it('whoever is changed while they are deleted is in no team afterwards', async () => {
  const person = { userName: `${directory.nth}.ada`, [ENTERPRISE]: { department: 'Search & Ranking' } };
  const id = await directory.create(person);
  const { ledgers } = directory.api;
  const configure = ledgers.configureTeam.bind(ledgers);
  vi.spyOn(ledgers, 'configureTeam').mockImplementationOnce(async (...input) => {
    const reply = await configure(...input);
    const operation = { op: 'replace', path: 'displayName', value: 'Ada' };
    await directory.expect(200, 'PATCH', `/Users/${id}`, { Operations: [operation] });
    return reply;
  });
  await directory.expect(204, 'DELETE', `/Users/${id}`);
  expect(await directory.membersOf(directory.search)).toEqual([]);
  await directory.expect(404, 'GET', `/Users/${id}`);
});
