// A list of members as CSV: taken whole, or not at all.

import { expect, it } from 'vitest';
import { ADMIN_TOKEN, AdminApi, type Answer, refusal } from './admin-api.ts';

const api = new AdminApi();

function send(team: string, text: string, query = '', type = 'text/csv'): Promise<Answer> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': type };
  return api.send('POST', `/admin/v1/teams/${team}/members:import${query}`, { headers, body: text });
}

const list = 'user,email,role\nada,ada@example.com,lead\nben,,\n"cy","cy@example.com","member"\n';

it('adds, changes and brings back who is on it, and leaves alone who is not', async () => {
  const team = await api.team();
  for (const [user, role] of [
    ['ada', 'member'],
    ['cy', 'member'],
    ['dan', 'lead'],
  ]) {
    await api.expect(201, 'PUT', `/teams/${team}/members/${user ?? ''}`, { email: `${user}@example.com`, role });
  }
  await api.expect(204, 'DELETE', `/teams/${team}/members/cy`);
  expect(await send(team, list)).toMatchObject({
    status: 200,
    body: { dryRun: false, added: 2, changed: 1, unchanged: 0 },
  });
  expect(await api.expect(200, 'GET', `/teams/${team}/members`)).toMatchObject({
    data: [
      { user: 'ada', role: 'lead' },
      { user: 'ben', role: 'member', email: null },
      { user: 'cy', role: 'member' },
      { user: 'dan', role: 'lead' },
    ],
  });
  expect((await send(team, list)).body).toEqual({ dryRun: false, added: 0, changed: 0, unchanged: 3 });
  const trail = await api.call('GET', `/audit?team=${team}&action=member.import`);
  expect(trail.body).toMatchObject({ data: [{ detail: { members: [{ user: 'ada', role: 'lead' }, {}, {}] } }] });
  expect(trail.body).toMatchObject({ data: { length: 1 } });
  expect(trail.text).not.toContain('@example.com');
});

it('in a dry run says the same and does nothing', async () => {
  const team = await api.team();
  const told = await send(team, list, '?dryRun=true');
  expect(told.body).toEqual({ dryRun: true, added: 3, changed: 0, unchanged: 0 });
  expect(await api.expect(200, 'GET', `/teams/${team}/members`)).toMatchObject({ data: [] });
  expect((await send(team, list)).body).toEqual({ dryRun: false, added: 3, changed: 0, unchanged: 0 });
});

it.each([
  ['line 3: user', 'user\nada\nada lovelace\n'],
  ['line 2: email must be an e-mail address or empty', 'user,email\nada,ada\n'],
  ['line 2: role', 'user,role\nada,owner\n'],
  ['line 3: user is in the file twice', 'user\nada\nada\n'],
  ['line 2 must have 2 cells', 'user,role\nada\n'],
  ['line 2: user', 'user\n"ada\n'],
  ['admin is no column', 'user,admin\nada,true\n'],
  ['the first line must name', 'ada,ada@example.com\n'],
  ['the first line must name', ''],
  ['the file must have at most 2000', `user\n${Array.from({ length: 2_001 }, (_, place) => `u${place}`).join('\n')}`],
])('with a fault is refused by its place, and nobody is added: %s', async (message, text) => {
  const team = await api.team();
  expect(await send(team, text)).toMatchObject({ status: 400, body: refusal('invalid_request', message) });
  expect(await api.expect(200, 'GET', `/teams/${team}/members`)).toMatchObject({ data: [] });
});

it('with several faults has each named, also those of one line', async () => {
  const { body } = await send(await api.team(), 'user,email,role\nada,ada,owner\n,,\n');
  const fields = ['line 2: email', 'line 2: role', 'line 3: user'].map((field) => ({ field }));
  expect(body).toMatchObject({ error: { details: { issues: fields } } });
});

it('is CSV, and of a team that is there', async () => {
  const team = await api.team();
  for (const type of ['text/plain', 'application/json', 'multipart/form-data']) {
    expect((await send(team, list, '', type)).status).toBe(415);
  }
  expect((await send('never-made', list)).status).toBe(404);
  expect((await send('never-made', list, '?dryRun=true')).status).toBe(404);
  expect((await send(team, list, '?dryRun=yes')).status).toBe(400);
});

it('of two thousand is one write', async () => {
  const team = await api.team();
  const rows = Array.from({ length: 2_000 }, (_, place) => `user-${place},user-${place}@example.com,member`);
  const before = api.ledgers.configured.length;
  expect((await send(team, ['user,email,role', ...rows].join('\n'))).body).toMatchObject({ added: 2_000 });
  expect(api.ledgers.configured.length).toBe(before + 1);
});
