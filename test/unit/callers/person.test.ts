// What claims make of a person, by the rules of an issuer's settings.

import { expect, test } from 'vitest';
import { type SignOnIssuer, signOnForm } from '../../../schema/sign-on-settings.ts';
import { personOf } from '../../../worker/callers/sign-on/person.ts';

function rules(further: object): SignOnIssuer {
  const here = { kind: 'cloudflare-access', issuer: 'https://acme.cloudflareaccess.com', audience: 'tag', ...further };
  const [issuer] = signOnForm.parse({ here });
  if (issuer === undefined) throw new Error('no issuer');
  return issuer;
}

const person = (user: string, ...roles: string[]) => ({ ok: true, value: { user, roles, team: null } });
const nobody = { ok: false, failure: 'nobody' };

test.each([
  ['the whole address, written small, where no domain is named', {}, { email: 'Ada@Example.com' }, 'ada@example.com'],
  ['the part before the domain', { userDomain: 'example.com' }, { email: 'Ada@Example.COM' }, 'ada'],
  ['a claim of its own', { userClaim: 'preferred_username' }, { preferred_username: 'Ada' }, 'Ada'],
  ['a claim inside another', { userClaim: ['custom', 'id'] }, { custom: { id: 'a-17' } }, 'a-17'],
  [
    'a claim with dots in its name',
    { userClaim: 'https://acme.example/id' },
    { 'https://acme.example/id': 'a1' },
    'a1',
  ],
])('the user id is %s', (_, further, claims, user) => {
  expect(personOf(claims, rules(further))).toEqual(person(user));
});

test.each([
  ['no claim', {}],
  ['another type', { email: 17 }],
  ['another type inside', { email: { value: 'ada@example.com' } }],
  ['an address that is not verified', { email: 'ada@example.com', email_verified: false }],
  ['what cannot be an id', { email: 'ada lovelace@example.com' }],
  ['too long an id', { email: `${'a'.repeat(64)}@example.com` }],
  ['an empty one', { email: '' }],
])('nobody is known by %s', (_, claims) => {
  expect(personOf(claims, rules({}))).toEqual(nobody);
});

test('two people of two domains are never one', () => {
  const ids = ['ada@example.com', 'ada@example.org'].map((email) => personOf({ email }, rules({})));
  expect(ids).toEqual([person('ada@example.com'), person('ada@example.org')]);
  expect(personOf({ email: 'ada@example.org' }, rules({ userDomain: 'example.com' }))).toEqual(nobody);
});

test('roles come of groups and of names, each once', () => {
  const roles = {
    admin: { groups: ['g-admins', 'g-owners'] },
    finance: { groups: ['g-money'], users: ['fay@x.test'] },
  };
  const of = (claims: object, further: object = {}) =>
    personOf({ email: 'fay@x.test', ...claims }, rules({ roles, ...further }));
  expect(of({})).toEqual(person('fay@x.test', 'finance'));
  expect(of({ groups: ['g-admins', 'g-owners', 'g-money'] })).toEqual(person('fay@x.test', 'admin', 'finance'));
  expect(of({ groups: 'g-admins' })).toEqual(person('fay@x.test', 'admin', 'finance'));
  expect(of({ groups: ['G-ADMINS', 7, null, ['g-admins']] })).toEqual(person('fay@x.test', 'finance'));
  expect(of({ custom: { groups: ['g-admins'] } })).toEqual(person('fay@x.test', 'finance'));
  expect(of({ custom: { groups: ['g-admins'] } }, { groupsClaim: ['custom', 'groups'] })).toEqual(
    person('fay@x.test', 'admin', 'finance'),
  );
});

test('a claim of the language itself is none', () => {
  for (const userClaim of ['constructor', '__proto__', ['constructor', 'name']]) {
    expect(personOf({}, rules({ userClaim }))).toEqual(nobody);
  }
});

test('the team is what the claim says, if the rules name one', () => {
  const claims = { email: 'a@x.test', department: 'payments', groups: [] };
  expect(personOf(claims, rules({ teamClaim: 'department' }))).toMatchObject({ value: { team: 'payments' } });
  expect(personOf(claims, rules({ teamClaim: 'groups' }))).toMatchObject({ value: { team: null } });
  expect(personOf(claims, rules({}))).toMatchObject({ value: { team: null } });
});
