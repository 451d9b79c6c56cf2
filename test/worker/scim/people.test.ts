// People come, change and go as Okta and Entra ID say it; whoever has left has no key in any team.

import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { app } from '../../../worker/app.ts';
import {
  entraCreation,
  entraDeactivation,
  entraDeactivationByTheStandard,
  entraUpdate,
  entraUpdateWithoutPaths,
  oktaCreation,
  oktaDeactivation,
  oktaUpdate,
} from '../../fixtures/scim-requests.ts';
import { Directory, scimError, TOKEN } from './directory.ts';

const listed = z.object({ totalResults: z.int(), Resources: z.array(z.object({ id: z.string() })) });
let directory: Directory;
beforeEach(async () => {
  directory = await Directory.open();
});

function nameOf(person: { readonly userName: string }): string {
  return `${directory.nth}.${person.userName}`.toLowerCase();
}

describe('Okta', () => {
  it('looks for somebody, creates them, and finds them', async () => {
    const person = directory.own(oktaCreation);
    const query = `/Users?filter=${encodeURIComponent(`userName eq "${person.userName}"`)}&startIndex=1&count=100`;
    expect(await directory.expect(200, 'GET', query)).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    });
    const answer = await directory.send('POST', '/Users', person);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toBe('application/scim+json');
    const { schemas, userName, name, emails, displayName, externalId, active } = person;
    const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    const shown = {
      schemas,
      id: expect.any(String),
      userName,
      name,
      emails,
      displayName,
      externalId,
      active,
      [enterprise]: { department: 'Search & Ranking', costCenter: 'CC-7' },
      meta: {
        resourceType: 'User',
        created: '2026-11-23T10:00:00.000Z',
        lastModified: '2026-11-23T10:00:00.000Z',
        location: answer.headers.get('location'),
      },
    };
    expect(answer.body).toEqual(shown);
    expect(answer.text).not.toContain(oktaCreation.password);
    expect(await directory.expect(200, 'GET', query)).toMatchObject({ totalResults: 1, Resources: [shown] });
    expect(answer.headers.get('location')).toMatch(/^https:\/\/gate\.example\/scim\/v2\/Users\/[0-9a-f-]{36}$/);
    expect(await directory.membersOf(directory.search)).toEqual([
      { user: nameOf(oktaCreation), role: 'member', email: 'ada.lovelace@acme.example' },
    ]);
  });

  it('ends somebody: their keys in every team are revoked when it is answered', async () => {
    const { search, payments } = directory;
    const id = await directory.create(directory.own(oktaCreation));
    const user = nameOf(oktaCreation);
    await directory.keyOf(search, user);
    await directory.keyOf(payments, user);
    const others = await directory.keyOf(search, 'ben');
    expect(await directory.expect(200, 'PATCH', `/Users/${id}`, oktaDeactivation)).toMatchObject({ id, active: false });
    expect(directory.livingKeys(search)).toEqual([others]);
    expect(directory.livingKeys(payments)).toEqual([]);
    expect(await directory.membersOf(payments)).toEqual([]);
    expect(await directory.expect(200, 'GET', `/Users/${id}`)).toMatchObject({ active: false });
  });

  it('brings somebody back into their team, without the keys of before', async () => {
    const id = await directory.create(directory.own(oktaCreation));
    await directory.keyOf(directory.search, nameOf(oktaCreation));
    const person = directory.own(oktaCreation);
    await directory.expect(200, 'PUT', `/Users/${id}`, oktaUpdate(id, { userName: person.userName, active: false }));
    await directory.expect(200, 'PUT', `/Users/${id}`, oktaUpdate(id, { userName: person.userName }));
    expect(await directory.membersOf(directory.search)).toMatchObject([{ user: nameOf(oktaCreation) }]);
    expect(directory.livingKeys(directory.search)).toEqual([]);
  });

  it('leads everybody page by page', async () => {
    const ids = new Set<string>();
    for (const nth of [1, 2, 3])
      ids.add(await directory.create({ ...oktaCreation, userName: `${directory.nth}-${nth}` }));
    const seen = new Set<string>();
    let total = 1;
    for (let startIndex = 1; startIndex <= total; startIndex += 2) {
      const body = await directory.expect(200, 'GET', `/Users?startIndex=${startIndex}&count=2`);
      expect(body).toMatchObject({ startIndex, totalResults: expect.any(Number) });
      const { totalResults, Resources } = listed.parse(body);
      total = totalResults;
      for (const { id } of Resources) seen.add(id);
    }
    expect(seen.size).toBe(total);
    expect([...ids].filter((id) => !seen.has(id))).toEqual([]);
    expect(await directory.expect(200, 'GET', '/Users?count=0')).toMatchObject({
      itemsPerPage: 0,
      totalResults: total,
    });
  });
});

describe('Entra ID', () => {
  it.each([entraDeactivation, entraDeactivationByTheStandard])('ends somebody with %j', async (deactivation) => {
    const id = await directory.create(directory.own(entraCreation));
    const user = nameOf(entraCreation);
    await directory.keyOf(directory.payments, user);
    expect(await directory.expect(200, 'PATCH', `/Users/${id}`, deactivation)).toMatchObject({ active: false });
    expect(directory.livingKeys(directory.payments)).toEqual([]);
    await directory.expect(200, 'PATCH', `/Users/${id}`, deactivation);
  });

  it('moves somebody to another team, and their keys stay behind', async () => {
    const { search, payments } = directory;
    const id = await directory.create(directory.own(entraCreation));
    await directory.keyOf(payments, nameOf(entraCreation));
    expect(await directory.expect(200, 'PATCH', `/Users/${id}`, entraUpdate)).toMatchObject({
      name: { familyName: 'Murray Hopper', givenName: 'Grace' },
      emails: [{ value: 'g.hopper@acme.example', type: 'work', primary: true }],
    });
    expect(await directory.membersOf(search)).toMatchObject([{ email: 'g.hopper@acme.example' }]);
    expect(await directory.membersOf(payments)).toEqual([]);
    expect(directory.livingKeys(payments)).toEqual([]);
    expect(await directory.expect(200, 'PATCH', `/Users/${id}`, entraUpdateWithoutPaths)).toMatchObject({
      displayName: 'Admiral Hopper',
      name: { familyName: 'Murray Hopper', givenName: 'G.' },
    });
    expect(await directory.membersOf(payments)).toMatchObject([{ user: nameOf(entraCreation) }]);
  });

  it('finds somebody by either of their names, in any case', async () => {
    const id = await directory.create({ ...directory.own(entraCreation), externalId: `x-${directory.nth}` });
    for (const filter of [
      `userName eq "${nameOf(entraCreation).toUpperCase()}"`,
      `externalId eq "x-${directory.nth}"`,
      `id eq "${id}"`,
    ]) {
      const found = await directory.expect(200, 'GET', `/Users?filter=${encodeURIComponent(filter)}`);
      expect(found).toMatchObject({ totalResults: 1, Resources: [{ id }] });
    }
  });

  it('deletes somebody: nobody knows them, and they have no key', async () => {
    const id = await directory.create(directory.own(entraCreation));
    await directory.keyOf(directory.payments, nameOf(entraCreation));
    const { status, text } = await directory.send('DELETE', `/Users/${id}`);
    expect({ status, text }).toEqual({ status: 204, text: '' });
    expect(directory.livingKeys(directory.payments)).toEqual([]);
    for (const method of ['GET', 'DELETE']) {
      expect(await directory.expect(404, method, `/Users/${id}`)).toEqual(scimError(404, id));
    }
    await directory.create(directory.own(entraCreation));
  });
});

describe('a person', () => {
  it('who was ended does not come back by a change that says nothing of it', async () => {
    const id = await directory.create(directory.own(entraCreation));
    const { active: _, ...rest } = directory.own(entraCreation);
    expect(await directory.expect(200, 'PUT', `/Users/${id}`, rest)).toMatchObject({ active: true });
    await directory.expect(200, 'PATCH', `/Users/${id}`, entraDeactivation);
    expect(await directory.expect(200, 'PUT', `/Users/${id}`, rest)).toMatchObject({ active: false });
    expect(await directory.membersOf(directory.payments)).toEqual([]);
  });

  it('who leads their team goes on to, whatever is said of them, and begins anew after they left', async () => {
    const id = await directory.create(directory.own(entraCreation));
    const user = nameOf(entraCreation);
    await directory.api.expect(200, 'PUT', `/teams/${directory.payments}/members/${encodeURIComponent(user)}`, {
      role: 'lead',
    });
    await directory.expect(200, 'PUT', `/Users/${id}`, { ...directory.own(entraCreation), displayName: 'Grace' });
    expect(await directory.membersOf(directory.payments)).toMatchObject([{ user, role: 'lead' }]);
    await directory.expect(200, 'PATCH', `/Users/${id}`, entraDeactivation);
    await directory.expect(200, 'PUT', `/Users/${id}`, directory.own(entraCreation));
    expect(await directory.membersOf(directory.payments)).toMatchObject([{ user, role: 'member' }]);
  });

  it('whose name changes is another one here, and the one before has no key', async () => {
    const id = await directory.create(directory.own(entraCreation));
    await directory.keyOf(directory.payments, nameOf(entraCreation));
    const renamed = directory.own({ ...entraCreation, userName: 'murray@acme.example' });
    expect(await directory.expect(200, 'PUT', `/Users/${id}`, renamed)).toMatchObject({
      id,
      userName: renamed.userName,
    });
    expect(await directory.membersOf(directory.payments)).toMatchObject([{ user: renamed.userName }]);
    expect(directory.livingKeys(directory.payments)).toEqual([]);
  });

  it('is written down by name alone, as what the directory did', async () => {
    const id = await directory.create(directory.own(oktaCreation));
    await directory.expect(200, 'PATCH', `/Users/${id}`, oktaDeactivation);
    const { text } = await directory.api.call('GET', `/audit?team=${directory.search}`);
    expect(text).toContain('directory-user.put');
    expect(text).toContain('system:directory');
    expect(text).not.toMatch(/Lovelace|00ujl29u0le5T6Aj10h7|Search & Ranking/);
  });
});

describe('what is not in force is not said to be', () => {
  it('but asked again until it is', async () => {
    const person = directory.own(entraCreation);
    const id = await directory.create(person);
    const key = await directory.keyOf(directory.payments, nameOf(entraCreation));
    directory.api.ledgers.reachable = false;
    const refused = await directory.send('PATCH', `/Users/${id}`, entraDeactivation);
    expect(refused).toMatchObject({ status: 503, body: scimError(503, 'not in force yet') });
    expect(refused.headers.get('retry-after')).toBe('2');
    expect(directory.livingKeys(directory.payments)).toEqual([key]);
    // Their membership is gone from the record, but not their key from the ledger: asked again, it is.
    await directory.expect(503, 'PATCH', `/Users/${id}`, entraDeactivation);
    directory.api.ledgers.reachable = true;
    await directory.expect(200, 'PATCH', `/Users/${id}`, entraDeactivation);
    expect(directory.livingKeys(directory.payments)).toEqual([]);
  });

  it('and a person who was not put in force is found, and put there', async () => {
    const person = directory.own(entraCreation);
    directory.api.ledgers.reachable = false;
    await directory.expect(503, 'POST', '/Users', person);
    directory.api.ledgers.reachable = true;
    expect(await directory.expect(409, 'POST', '/Users', person)).toEqual(scimError(409, 'already', 'uniqueness'));
    const found = await directory.expect(
      200,
      'GET',
      `/Users?filter=${encodeURIComponent(`userName eq "${person.userName}"`)}`,
    );
    const { Resources } = listed.parse(found);
    await directory.expect(200, 'PUT', `/Users/${Resources[0]?.id}`, person);
    expect(await directory.membersOf(directory.payments)).toHaveLength(1);
  });

  it('and of two changes at once, neither is lost', async () => {
    const id = await directory.create(directory.own(entraCreation));
    await directory.keyOf(directory.payments, nameOf(entraCreation));
    const updates = [entraUpdate, entraDeactivation, entraUpdateWithoutPaths].map((body) =>
      directory.send('PATCH', `/Users/${id}`, body),
    );
    expect((await Promise.all(updates)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await directory.expect(200, 'GET', `/Users/${id}`)).toMatchObject({
      active: false,
      displayName: 'Admiral Hopper',
    });
    for (const team of [directory.search, directory.payments]) {
      expect(await directory.membersOf(team)).toEqual([]);
      expect(directory.livingKeys(team)).toEqual([]);
    }
  });
});

it('whoever the directory ends is refused by the real ledger from the answer on', async () => {
  const team = `scim-${directory.nth}`;
  const bindings = {
    ...env,
    SCIM_TOKEN: TOKEN,
    SCIM: JSON.stringify({ defaultTeam: team, userDomain: 'acme.example' }),
  };
  const send = async (method: string, path: string, token: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await app.request(path, init, bindings, createExecutionContext());
    return { status: response.status, body: await response.json() };
  };
  await send('POST', '/admin/v1/teams', env.ADMIN_TOKEN, { id: team, timezone: 'UTC' });
  const made = await send('POST', '/scim/v2/Users', TOKEN, entraCreation);
  expect(made.status).toBe(201);
  const issued = await send('POST', `/admin/v1/teams/${team}/keys`, env.ADMIN_TOKEN, { user: 'grace' });
  const { key } = z.looseObject({ key: z.string() }).parse(issued.body);
  expect(await send('GET', '/me', key)).toMatchObject({ status: 200, body: { user: 'grace', team } });
  const { id } = z.looseObject({ id: z.string() }).parse(made.body);
  expect((await send('PATCH', `/scim/v2/Users/${id}`, TOKEN, oktaDeactivation)).status).toBe(200);
  expect((await send('GET', '/me', key)).status).toBe(401);
});
