// Single sign-on against a whole gateway and a real issuer: people come in by its tokens, and its keys change meanwhile.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { Issuer, makeKey, signed, type SigningKey } from '../helpers/sign-on-issuer.ts';
import { type LocalGateway, startLocalGateway } from '../helpers/local-gateway.ts';

let keys: readonly [SigningKey, SigningKey];
let issuer: Issuer;
let gateway: LocalGateway;

beforeAll(async () => {
  keys = await Promise.all([makeKey('first'), makeKey('second', 'ES256')]);
  issuer = await Issuer.start(keys[0]);
  gateway = await startLocalGateway({ SIGN_ON: JSON.stringify(issuer.settings()) });
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
  expect(await statusOf(await tokenOf('ada', first, ['admins']), '/webhooks')).toBe(200);
  expect(await statusOf(await tokenOf('ruth', first), '/webhooks')).toBe(200);
  expect(await statusOf(await tokenOf('zoe', first, ['staff']), '/webhooks')).toBe(403);
  expect(await statusOf(await tokenOf('ada', await makeKey('first'), ['admins']), '/webhooks')).toBe(401);
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
