// SIGN_ON is parsed once, and what is wrong with it is said by name.

import { expect, test } from 'vitest';
import { parseSettings } from '../../../schema/settings.ts';

const access = { kind: 'cloudflare-access', issuer: 'https://acme.cloudflareaccess.com', audience: 'tag' };
const openid = { kind: 'openid-connect', issuer: 'https://login.acme.example/', audience: 'headgate' };
const parse = (value: unknown) => parseSettings({ SIGN_ON: JSON.stringify(value) });

test('each kind of issuer has its keys at its own place, unless another is named', () => {
  expect(parse({ access, openid })).toMatchObject({
    ok: true,
    value: {
      signOn: [
        {
          name: 'access',
          jwksUrl: 'https://acme.cloudflareaccess.com/cdn-cgi/access/certs',
          clockToleranceSeconds: 30,
        },
        // To the letter, as its tokens say it.
        { issuer: 'https://login.acme.example/', jwksUrl: 'https://login.acme.example/.well-known/jwks.json' },
      ],
    },
  });
  const jwksUrl = 'https://keys.acme.example/v1';
  expect(parse({ openid: { ...openid, jwksUrl } })).toMatchObject({ ok: true, value: { signOn: [{ jwksUrl }] } });
});

test('without it there is no single sign-on', () => {
  for (const SIGN_ON of [undefined, '', '{}']) {
    expect(parseSettings({ SIGN_ON })).toMatchObject({ ok: true, value: { signOn: [] } });
  }
});

test.each([
  ['here: kind', { ...openid, kind: 'saml' }],
  ['here: issuer', { ...openid, issuer: 'http://login.acme.example' }],
  ['here: issuer', { ...openid, issuer: 'login' }],
  ['here: issuer', { ...openid, issuer: undefined }],
  ['here: jwksUrl', { ...openid, jwksUrl: 'http://login.acme.example/keys' }],
  ['here: jwksUrl', { ...openid, jwksUrl: 'http://localhost.evil.example/keys' }],
  ['here: audience', { ...openid, audience: '' }],
  ['here: audience: must be given', { ...openid, audience: undefined }],
  ['here: algorithms: 0', { ...openid, algorithms: ['HS256'] }],
  ['here: algorithms: 1', { ...openid, algorithms: ['RS256', 'none'] }],
  ['here: algorithms', { ...openid, algorithms: [] }],
  ['here: clockToleranceSeconds', { ...openid, clockToleranceSeconds: 301 }],
  ['here: clockToleranceSeconds', { ...openid, clockToleranceSeconds: -1 }],
  ['here: userClaim', { ...openid, userClaim: [] }],
  ['here: userDomain', { ...openid, userDomain: '@acme.example' }],
  ['here: roles: must be of the roles admin, ', { ...openid, roles: { owner: { users: ['ada'] } } }],
  ['here: roles: admin: users', { ...openid, roles: { admin: { users: 'ada' } } }],
  ['here: Unrecognized key: "secret"', { ...openid, secret: 'x' }],
])('%s is refused by name', (place, here) => {
  expect(parse({ here })).toEqual({ ok: false, failure: expect.stringContaining(`configuration: SIGN_ON: ${place}`) });
});

test('what is no JSON is refused by name', () => {
  expect(parseSettings({ SIGN_ON: '{' })).toEqual({ ok: false, failure: 'configuration: SIGN_ON is not valid JSON' });
});
