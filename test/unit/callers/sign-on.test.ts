// Tokens of single sign-on against a real issuer's real key set: which are believed, and which never.

import { exportSPKI, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signOnForm } from '../../../schema/sign-on-settings.ts';
import { SignOn } from '../../../worker/callers/sign-on/sign-on.ts';
import { AUDIENCE, Issuer, makeKey, signed, type SigningKey } from '../../helpers/sign-on-issuer.ts';

const START_MS = Date.parse('2026-11-23T10:00:00Z');
let nowMs = START_MS;
let issuer: Issuer;
let first: SigningKey;
let second: SigningKey;
let desk: SignOn;

beforeAll(async () => {
  [first, second] = await Promise.all([makeKey('first'), makeKey('second', 'ES256')]);
  issuer = await Issuer.start(first);
});
afterAll(() => issuer.close());
beforeEach(() => {
  nowMs = START_MS;
  issuer.published = [first];
  issuer.asked = 0;
  issuer.answers = 'keys';
  desk = new SignOn(issuer.parsed(), () => nowMs);
});

const good = (user = 'ada') => issuer.claims(nowMs, user);
const why = async (token: string) => {
  const verdict = await desk.identify(token);
  return verdict.ok ? { user: verdict.value.user, roles: verdict.value.roles } : verdict.failure.why;
};

describe('a good token', () => {
  test('tells who it is of, and what they are in the company', async () => {
    expect(await why(await signed(good(), first))).toEqual({ user: 'ada', roles: [] });
    expect(await why(await signed(good('ruth'), first))).toEqual({ user: 'ruth', roles: ['auditor'] });
    const groups = ['staff', 'admins'];
    expect(await why(await signed({ ...good(), groups }, first))).toEqual({ user: 'ada', roles: ['admin'] });
    expect(await why(await signed({ ...good(), aud: ['other', AUDIENCE] }, first))).toEqual({ user: 'ada', roles: [] });
  });

  test('is signed with RS256 or ES256', async () => {
    issuer.published = [first, second];
    expect(await why(await signed(good(), second))).toEqual({ user: 'ada', roles: [] });
  });

  test('is verified once; then the digest of the whole of it is enough', async () => {
    const token = await signed(good(), first);
    await desk.identify(token);
    issuer.published = [];
    nowMs += 60_000;
    expect(await why(token)).toEqual({ user: 'ada', roles: [] });
    expect(issuer.asked).toBe(1);
  });

  test('of another person is never taken for it, however much of the text is the same', async () => {
    const [ada, ruth] = await Promise.all([signed(good(), first), signed(good('ruth'), first)]);
    expect(ada.slice(0, 60)).toBe(ruth.slice(0, 60));
    expect(await why(ada)).toMatchObject({ user: 'ada' });
    expect(await why(ruth)).toMatchObject({ user: 'ruth' });
    expect(await why(`${ada.slice(0, ada.lastIndexOf('.'))}${ruth.slice(ruth.lastIndexOf('.'))}`)).toBe('forged');
  });

  test('ends when it expires, also when it is remembered', async () => {
    const token = await signed({ ...good(), exp: START_MS / 1_000 + 120 }, first);
    expect(await why(token)).toMatchObject({ user: 'ada' });
    nowMs += 119_000;
    expect(await why(token)).toMatchObject({ user: 'ada' });
    nowMs += 32_000;
    expect(await why(token)).toBe('expired');
  });

  test('may be early or late by as much as clocks may differ', async () => {
    const now = START_MS / 1_000;
    expect(await why(await signed({ ...good(), exp: now - 29 }, first))).toMatchObject({ user: 'ada' });
    expect(await why(await signed({ ...good(), nbf: now + 29 }, first))).toMatchObject({ user: 'ada' });
  });
});

test('of two applications of one issuer, the audience says whose rules count', async () => {
  const settings = {
    ...issuer.settings(),
    there: {
      kind: 'openid-connect',
      issuer: issuer.url,
      audience: 'other-app',
      roles: { finance: { groups: ['admins'] } },
    },
  };
  desk = new SignOn(signOnForm.parse(settings), () => nowMs);
  const claims = { ...good(), groups: ['admins'] };
  expect(await why(await signed(claims, first))).toEqual({ user: 'ada', roles: ['admin'] });
  const there = { user: 'ada@example.com', roles: ['finance'] };
  expect(await why(await signed({ ...claims, aud: 'other-app' }, first))).toEqual(there);
});

describe('refused is', () => {
  const now = START_MS / 1_000;

  test.each([
    ['expired', { exp: now - 31 }],
    ['malformed', { exp: undefined }],
    ['malformed', { exp: 'tomorrow' }],
    ['not_yet_valid', { nbf: now + 31 }],
    ['other_audience', { aud: 'another-app' }],
    ['other_audience', { aud: undefined }],
    ['other_audience', { aud: [AUDIENCE + '-too'] }],
    ['other_issuer', { iss: 'https://login.evil.example' }],
    ['other_issuer', { iss: undefined }],
    ['nobody', { email: undefined }],
    ['nobody', { email: 'ada@example.com.evil.example' }],
    ['nobody', { email: 'ada@other.example' }],
    ['nobody', { email: 'ada@evil.example@example.com' }],
    ['nobody', { email: 'ada@example.com\n' }],
    ['nobody', { email_verified: false }],
    ['nobody', { email: '@example.com' }],
    ['nobody', { email: ['ada@example.com'] }],
  ])('as %s one with %j', async (reason, change) => {
    const claims = JSON.parse(JSON.stringify({ ...good(), ...change }));
    for (const [name, value] of Object.entries(change)) if (value === undefined) delete claims[name];
    expect(await why(await signed(claims, first))).toBe(reason);
  });

  test('one signed by somebody else under the name of the right key', async () => {
    const forger = await makeKey('first');
    expect(await why(await signed(good(), forger))).toBe('forged');
  });

  test('one whose claims were changed after it was signed', async () => {
    const [header, , signature] = (await signed(good(), first)).split('.');
    const claims = btoa(JSON.stringify({ ...good('ruth') })).replaceAll('=', '');
    expect(await why(`${header}.${claims}.${signature}`)).toBe('forged');
  });

  test('one that says it needs no signature', async () => {
    expect(await why(new UnsecuredJWT(good()).encode())).toBe('other_algorithm');
    const [, claims] = (await signed(good(), first)).split('.');
    const none = btoa(JSON.stringify({ alg: 'none', kid: 'first' })).replaceAll('=', '');
    expect(await why(`${none}.${claims}.`)).toBe('other_algorithm');
  });

  test('one signed with the public key as if it were a shared secret', async () => {
    const publicKey = await importJWK(first.publicJwk, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('no public key');
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(first.publicJwk)]) {
      const token = await new SignJWT(good())
        .setProtectedHeader({ alg: 'HS256', kid: 'first' })
        .sign(new TextEncoder().encode(secret));
      expect(await why(token)).toBe('other_algorithm');
    }
  });

  test('one in an algorithm that its key is not for', async () => {
    const elliptic = await makeKey('first', 'ES256');
    expect(await why(await signed(good(), elliptic))).toBe('unknown_key');
  });

  test('one that names no key, or one that nobody published', async () => {
    const [header = '', ...rest] = (await signed(good(), first)).split('.');
    const nameless = btoa(JSON.stringify({ ...JSON.parse(atob(header)), kid: undefined })).replaceAll('=', '');
    expect(await why([nameless, ...rest].join('.'))).toBe('unknown_key');
    expect(await why(await signed(good(), first, { kid: 'never-made' }))).toBe('unknown_key');
  });

  test('one that brings its own key along', async () => {
    const forger = await makeKey('mine');
    const header = { jwk: forger.publicJwk, jku: 'https://evil.example/keys', x5u: 'https://evil.example/cert' };
    expect(await why(await signed(good(), forger, header))).toBe('unknown_key');
    expect(await why(await signed(good(), forger, { ...header, kid: 'first' }))).toBe('forged');
  });

  test('one that must be understood in a way that is not said here', async () => {
    const [, claims, signature] = (await signed(good(), first)).split('.');
    const header = { alg: 'RS256', kid: 'first', crit: ['exp'], exp: 1 };
    expect(await why(`${btoa(JSON.stringify(header)).replaceAll('=', '')}.${claims}.${signature}`)).toBe('malformed');
  });

  test.each(['', 'x', 'a.b.c', 'eyJ.eyJ.x', 'eyJhbGciOiJSUzI1NiJ9..', 'hg_payments_abcd1234_secret', 'eyJ.a.b.c.d'])(
    'what is no token: %s',
    async (text) => expect(await why(text)).toBe('malformed'),
  );

  test('one that is too long to be looked at', async () => {
    expect(await why(await signed({ ...good(), padding: 'x'.repeat(9_000) }, first))).toBe('malformed');
    expect(issuer.asked).toBe(0);
  });
});

describe('keys of the issuer', () => {
  test('change while tokens of both are under way, and none is lost', async () => {
    const old = await signed(good(), first);
    expect(await why(old)).toMatchObject({ user: 'ada' });
    issuer.published = [first, second];
    const users = Array.from({ length: 50 }, (_, place) => `user${place}`);
    const verdicts = await Promise.all(
      users.map(async (user, place) => why(await signed(good(user), place % 2 === 0 ? first : second))),
    );
    expect(verdicts).toEqual(users.map((user) => ({ user, roles: [] })));
    expect(issuer.asked).toBe(2);
    issuer.published = [second];
    expect(await why(await signed(good('late'), first))).toMatchObject({ user: 'late' });
  });

  test('that are unknown are asked for once in thirty seconds, however many tokens name one', async () => {
    await desk.identify(await signed(good(), first));
    const unknown = await signed(good(), await makeKey('unknown'));
    for (let attempt = 0; attempt < 5; attempt += 1) expect(await why(unknown)).toBe('unknown_key');
    expect(issuer.asked).toBe(2);
    nowMs += 29_000;
    await desk.identify(unknown);
    expect(issuer.asked).toBe(2);
    nowMs += 1_000;
    await desk.identify(unknown);
    expect(issuer.asked).toBe(3);
  });

  test('that it took back count for at most a quarter of an hour', async () => {
    const claims = { ...good(), exp: START_MS / 1_000 + 3_600 };
    const token = await signed(claims, first);
    await desk.identify(token);
    issuer.published = [second];
    nowMs += 15 * 60_000;
    expect(await why(token)).toBe('unknown_key');
  });

  test('go on to count while it cannot be reached', async () => {
    await desk.identify(await signed(good(), first));
    for (const answers of ['nothing', 'nonsense', 'endless'] as const) {
      issuer.answers = answers;
      nowMs += 11 * 60_000;
      expect(await why(await signed(good(), first))).toMatchObject({ user: 'ada' });
    }
    expect(issuer.asked).toBe(4);
  });

  test('that were never read make nobody wrong: they may ask again, and soon', async () => {
    issuer.answers = 'nothing';
    const token = await signed(good(), first);
    expect(await why(token)).toBe('keys_unavailable');
    issuer.answers = 'keys';
    expect(await why(token)).toBe('keys_unavailable');
    nowMs += 2_000;
    expect(await why(token)).toMatchObject({ user: 'ada' });
  });
});
