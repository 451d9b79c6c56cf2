// What a browser may be made to send, and what an answer may be used for: no other site changes or reads anything.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_TOKEN, AdminApi, refusal } from './admin-api.ts';
import { credulousDesk, signOnAt } from './signed-on.ts';

const api = new AdminApi();
api.signOn = credulousDesk;
/** As Cloudflare Access adds it to whatever the browser sends. */
const byCookie = { 'cf-access-jwt-assertion': 'eyJ.amy.admin', 'content-type': 'application/json' };
const newTeam = () => JSON.stringify({ id: `team-${crypto.randomUUID().slice(0, 8)}`, timezone: 'UTC' });
const create = (headers: Record<string, string>) =>
  api.send('POST', '/admin/v1/teams', { headers: { ...byCookie, ...headers }, body: newTeam() });

describe('a write', () => {
  it.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'https://localhost' }],
    [{ origin: 'http://localhost.evil.example', 'sec-fetch-site': 'same-origin' }],
  ])('is refused that a page of another site had a part in: %j', async (headers) => {
    expect(await create(headers)).toMatchObject({ status: 403, body: refusal('cross_site') });
  });

  it.each([[{}], [{ 'sec-fetch-site': 'same-origin', origin: 'http://localhost' }], [{ 'sec-fetch-site': 'none' }]])(
    'is taken from programs and own pages: %j',
    async (headers) => expect((await create(headers)).status).toBe(201),
  );

  it('below /me is refused alike, and whoever asks is not even looked at', async () => {
    const headers = { ...byCookie, 'sec-fetch-site': 'cross-site' };
    for (const path of ['/me/requests', '/me/approvals/x/approve']) {
      expect(await api.send('POST', path, { headers })).toMatchObject({ status: 403, body: refusal('cross_site') });
    }
    expect((await api.send('DELETE', '/me/requests/x', { headers: { origin: 'https://evil.example' } })).status).toBe(
      403,
    );
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp'])(
    'in a form that any page may send is refused, also where no body is needed: %s',
    async (type) => {
      const headers = { ...byCookie, 'content-type': type };
      for (const path of ['/teams', '/webhooks/hook/rotate', '/requests/x/approve']) {
        const answer = await api.send('POST', `/admin/v1${path}`, { headers, body: '' });
        expect(answer).toMatchObject({ status: 415, body: refusal('unsupported_media_type') });
      }
    },
  );
});

describe('an answer', () => {
  it.each([
    ['to a question', '/admin/v1/teams', `Bearer ${ADMIN_TOKEN}`],
    ['to nobody', '/admin/v1/teams', 'Bearer wrong'],
    ['at no path', '/admin/v1/nothing', `Bearer ${ADMIN_TOKEN}`],
    ['below /me', '/me', 'Bearer wrong'],
  ])('%s can be neither framed, sniffed, kept nor read by another site', async (_, path, authorization) => {
    const { headers } = await api.send('GET', path, { headers: { authorization, origin: 'https://evil.example' } });
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('to a browser that asks whether it may is no', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const answer = await api.send('OPTIONS', '/admin/v1/teams', { headers });
    expect(answer.status).toBe(401);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

/** That somebody was told all that is stored about a person is itself noted in the audit trail. */
const NOTED = '/admin/v1/people/{user}/export';
const described = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const tableName = z.object({ name: z.string() });

async function everything(): Promise<string> {
  const { results } = await env.DB.prepare(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
  ).all();
  const names = z.array(tableName).parse(results);
  const rows = await env.DB.batch(names.map(({ name }) => env.DB.prepare(`SELECT * FROM ${name}`)));
  return JSON.stringify(rows.map((table) => table.results));
}

it('no GET changes anything', async () => {
  const team = await api.team();
  await api.expect(201, 'PUT', `/teams/${team}/members/ada`, { role: 'lead' });
  const before = await everything();
  const { paths } = described.parse((await api.send('GET', '/openapi.json')).body);
  const admin = signOnAt(api)('amy', 'admin');
  for (const [path, methods] of Object.entries(paths)) {
    if (!('get' in methods) || path.startsWith('/me') || path === NOTED) continue;
    await admin(
      'GET',
      path
        .replace('{team}', team)
        .replace('{user}', 'ada')
        .replaceAll(/\{\w+\}/g, 'abcd1234'),
    );
    expect({ path, same: (await everything()) === before }).toEqual({ path, same: true });
  }
});
