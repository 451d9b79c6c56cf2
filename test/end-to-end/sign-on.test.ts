// Single sign-on against a whole gateway and a real issuer: people come in by its tokens, and its keys change meanwhile.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { newTeamId } from '../helpers/provider-gateway.ts';
import { Issuer, makeKey, signed, type SigningKey } from '../helpers/sign-on-issuer.ts';
import { type LocalGateway, startLocalGateway } from '../helpers/local-gateway.ts';

let keys: readonly [SigningKey, SigningKey];
let issuer: Issuer;
let gateway: LocalGateway;

beforeAll(async () => {
  keys = await Promise.all([makeKey('first'), makeKey('second', 'ES256')]);
  issuer = await Issuer.start(keys[0]);
  gateway = await startLocalGateway({ SIGN_ON: JSON.stringify(issuer.settings({ teamClaim: 'department' })) });
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

const tokenOf = (user: string, key: SigningKey, groups: readonly string[] = []) =>
  signed({ ...issuer.claims(Date.now(), user), groups: [...groups] }, key);

async function statusOf(token: string, path: string): Promise<number> {
  const response = await fetch(`${gateway.url}/admin/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  await response.body?.cancel();
  return response.status;
}

it('groups of the issuer are roles here', async () => {
  const [first] = keys;
  expect(await statusOf(await tokenOf('ada', first, ['admins']), '/audit')).toBe(200);
  expect(await statusOf(await tokenOf('ruth', first), '/audit')).toBe(200);
  expect(await statusOf(await tokenOf('zoe', first, ['staff']), '/audit')).toBe(403);
  expect(await statusOf(await tokenOf('ada', await makeKey('first'), ['admins']), '/audit')).toBe(401);
});

it('keys change while people ask, and nobody is turned away', async () => {
  const users = Array.from({ length: 40 }, (_, place) => `user-${place}`);
  const asked = users.map(async (user, place) => {
    if (place === 10) issuer.published = keys;
    const key = place > 10 && place % 2 === 0 ? keys[1] : keys[0];
    return statusOf(await tokenOf(user, key, ['admins']), '/teams');
  });
  expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
});

const event = z.looseObject({ user: z.string(), key: z.string(), team: z.string() });

function call(token: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'headgate-demo', messages: [{ role: 'user', content: 'Hello' }] }),
  });
}

async function teamOf(user: string, limit = '1.00'): Promise<string> {
  const team = newTeamId();
  await gateway.admin.request('POST', '/teams', { id: team, timezone: 'UTC' });
  await gateway.admin.request('PUT', `/teams/${team}/members/${user}`, {});
  await gateway.admin.putBudget(team, { limit });
  return team;
}

it('a member calls models with their token, and the bill says who it was', async () => {
  const team = await teamOf('max');
  const token = await tokenOf('max', keys[0]);
  const answers = await Promise.all(Array.from({ length: 4 }, () => call(token)));
  for (const answer of answers) expect(answer.status, await answer.clone().text()).toBe(200);
  const events = z.array(event).parse(await gateway.admin.settledEvents(team, 4));
  expect(new Set(events.map(({ user, key }) => `${user} ${key}`)).size).toBe(1);
  expect(events).toMatchObject([{ user: 'max', team }, {}, {}, {}]);
  const models = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
  expect(models.status).toBe(200);
});

it('budgets bind, and removal does, for calls with a token as for any', async () => {
  const team = await teamOf('mia', '0.00');
  const token = await tokenOf('mia', keys[0]);
  expect((await call(token)).status).toBe(402);
  await gateway.admin.putBudget(team, { limit: '1.00' });
  expect((await call(token)).status).toBe(200);
  await gateway.admin.request('DELETE', `/teams/${team}/members/mia`);
  expect((await call(token)).status).toBe(401);
});

it('whoever is in several teams names one, and no other', async () => {
  const [first, second, other] = [await teamOf('moe'), await teamOf('moe'), await teamOf('somebody')];
  const token = await tokenOf('moe', keys[0]);
  const unnamed = await call(token);
  expect(unnamed.status).toBe(400);
  expect(await unnamed.text()).toContain(`several teams (${[first, second].toSorted().join(', ')})`);
  for (const team of [first, second]) expect((await call(token, { 'x-headgate-team': team })).status).toBe(200);
  expect((await call(token, { 'x-headgate-team': other })).status).toBe(401);
  const claimed = await signed({ ...issuer.claims(Date.now(), 'moe'), department: second }, keys[0]);
  expect((await call(claimed)).status).toBe(200);
});

it('nobody calls with a token that is forged, of no member, or only like one, and each hears why', async () => {
  const forger = await makeKey('first');
  const late = { ...issuer.claims(Date.now() - 3_600_000, 'max') };
  for (const [token, why] of [
    [await tokenOf('max', forger), 'signature of this sign-on token is wrong'],
    [await signed(late, keys[0]), 'This sign-on token has expired; sign in again.'],
    [await signed({ ...issuer.claims(Date.now(), 'max'), aud: 'other' }, keys[0]), 'for another audience'],
    [await tokenOf('never-added', keys[0]), 'You are a member of no team'],
    ['eyJ.eyJ.x', 'not one that can be read'],
  ] as const) {
    const answer = await call(token);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({
      error: { code: 'invalid_api_key', message: expect.stringContaining(why) },
    });
  }
});
