// A change of a person that is refused takes nothing from them: neither their team nor their keys.

import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';
import { ENTERPRISE } from '../../../worker/http/scim/resource.ts';
import { Directory } from './directory.ts';

let directory: Directory;
let id: string;
let key: string;
const department = (name: string) => ({ [ENTERPRISE]: { department: name } });

beforeEach(async () => {
  directory = await Directory.open();
  id = await directory.create(directory.own({ userName: 'ada', ...department('Search & Ranking') }));
  await directory.create(directory.own({ userName: 'ben', ...department('payments') }));
  key = await directory.keyOf(directory.search, `${directory.nth}.ada`);
});

async function expectAsBefore() {
  expect((await directory.membersOf(directory.search)).map(({ user }) => user)).toEqual([`${directory.nth}.ada`]);
  expect(directory.livingKeys(directory.search)).toEqual([key]);
  expect(await directory.expect(200, 'GET', `/Users/${id}`)).toMatchObject({
    userName: `${directory.nth}.ada`,
    active: true,
  });
}

it('whoever is to have the name of somebody else', async () => {
  await directory.expect(409, 'PUT', `/Users/${id}`, directory.own({ userName: 'ben', ...department('payments') }));
  await expectAsBefore();
});

it('whoever is to have the name of somebody who is being erased', async () => {
  const gone = `${directory.nth}.gone`;
  await directory.api.expect(201, 'PUT', `/teams/${directory.payments}/members/${gone}`, {});
  await directory.api.expect(202, 'POST', `/people/${gone}/erasure`, { reason: 'left' });
  await directory.expect(409, 'PUT', `/Users/${id}`, { userName: gone, ...department('payments') });
  await expectAsBefore();
});

it('whoever is to come into a team that was deleted', async () => {
  await directory.api.expect(204, 'DELETE', `/teams/${directory.payments}`);
  await directory.expect(400, 'PUT', `/Users/${id}`, directory.own({ userName: 'ada', ...department('payments') }));
  await expectAsBefore();
});

it('whoever is to come into a team that is full', async () => {
  await env.DB.prepare(
    `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 10000)
     INSERT INTO members (team, user, email, role, created_at) SELECT ?, 'many-' || n, NULL, 'member', 0 FROM n`,
  )
    .bind(directory.payments)
    .run();
  await directory.expect(400, 'PUT', `/Users/${id}`, directory.own({ userName: 'ada', ...department('payments') }));
  await expectAsBefore();
});
