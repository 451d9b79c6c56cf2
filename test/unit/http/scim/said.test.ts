// Who somebody is here, and which team they come into, by what a directory says of them.

import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../../schema/settings.ts';
import { parseFilter } from '../../../../worker/http/scim/filter.ts';
import { ENTERPRISE, parseResource } from '../../../../worker/http/scim/resource.ts';
import { saidOf } from '../../../../worker/http/scim/said.ts';

const TOKEN = 'token-of-this-test-long-enough-for-a-directory';

function scimOf(rules: object) {
  const parsed = parseSettings({ SCIM_TOKEN: TOKEN, SCIM: JSON.stringify(rules) });
  if (!parsed.ok || parsed.value.scim === null) throw new Error(parsed.ok ? 'off' : parsed.failure);
  return parsed.value.scim;
}

const RULES = { userDomain: 'acme.example', teamAttribute: 'department', teams: { 'Search & Ranking': 'search' } };

function sayOf(person: object, rules: object = RULES) {
  const resource = parseResource({ userName: 'Ada@Acme.Example', ...person });
  return resource.ok ? saidOf(resource.value, scimOf(rules)) : resource;
}

describe('a person', () => {
  test.each([
    ['by the map', { [ENTERPRISE]: { department: 'Search & Ranking' } }, RULES, 'search'],
    ['by an attribute that is a team', { [ENTERPRISE]: { department: 'payments' } }, RULES, 'payments'],
    [
      'by another attribute',
      { [ENTERPRISE]: { costCenter: 'cc-7' } },
      { ...RULES, teamAttribute: 'costCenter' },
      'cc-7',
    ],
    ['by default', { [ENTERPRISE]: { department: 'Ads!' } }, { ...RULES, defaultTeam: 'everybody' }, 'everybody'],
    ['by default, without the attribute', {}, { ...RULES, defaultTeam: 'everybody' }, 'everybody'],
    ['as all others', {}, { defaultTeam: 'everybody' }, 'everybody'],
    ['by no attribute that is not asked for', { [ENTERPRISE]: { department: 'ads' } }, { defaultTeam: 'all' }, 'all'],
  ])('comes into a team %s', (_, person, rules, team) => {
    expect(sayOf(person, rules)).toMatchObject({ ok: true, value: { team } });
  });

  test('has the id that they would sign on with', () => {
    const person = { [ENTERPRISE]: { department: 'ads' } };
    expect(sayOf(person)).toMatchObject({ value: { user: 'ada' } });
    expect(sayOf(person, { ...RULES, userDomain: null })).toMatchObject({ value: { user: 'ada@acme.example' } });
    expect(sayOf({ ...person, userName: 'Ada' }, { ...RULES, userDomain: null })).toMatchObject({
      value: { user: 'Ada' },
    });
  });

  test('who is not active needs no team, and is in none', () => {
    for (const active of [false, 'False', 'false']) {
      expect(sayOf({ active, [ENTERPRISE]: { department: 'Ads!' } })).toMatchObject({
        ok: true,
        value: { team: null },
      });
    }
    expect(sayOf({ active: 'True', [ENTERPRISE]: { department: 'ads' } })).toMatchObject({ value: { team: 'ads' } });
  });

  test('is kept as they were said, but for what nothing needs', () => {
    const said = {
      externalId: '7',
      name: { givenName: 'Ada', familyName: null },
      password: 'x',
      locale: 'en',
      active: false,
    };
    expect(sayOf(said)).toMatchObject({
      value: { resource: { userName: 'Ada@Acme.Example', externalId: '7', name: { givenName: 'Ada' }, active: false } },
    });
    expect(JSON.stringify(sayOf(said))).not.toMatch(/password|locale|familyName/);
  });

  test.each([
    [[{ value: 'a@b.example' }, { value: 'c@d.example', primary: 'True' }], 'c@d.example'],
    [
      [
        { value: 'a@b.example', type: 'home' },
        { value: 'c@d.example', type: 'work' },
      ],
      'c@d.example',
    ],
    [[{ value: 'a@b.example' }], 'a@b.example'],
    [[{ value: 'not an address' }], null],
    [null, null],
  ])('is reached at %j', (emails, email) => {
    expect(sayOf({ emails, active: false })).toMatchObject({ value: { email } });
  });

  test.each([
    ['userName must be an address at acme.example', { userName: 'ada@elsewhere.example' }],
    ['userName must be an address at acme.example', { userName: 'ada' }],
    ['userName ', { userName: '' }],
    ['userName ', { userName: 7 }],
    ['userName ', { userName: 'a'.repeat(321) }],
    ['active must be true or false', { active: 'perhaps' }],
    ['emails ', { emails: 'ada@acme.example' }],
    ['"Ada@Acme.Example" has no department, which leads to no team', {}],
    ['"Ada@Acme.Example" is of department "Ads!", which leads to no team', { [ENTERPRISE]: { department: 'Ads!' } }],
  ])('is refused: %s', (detail, person) => {
    expect(sayOf(person)).toEqual({
      ok: false,
      failure: { status: 400, scimType: 'invalidValue', detail: expect.stringContaining(detail) },
    });
  });
});

describe('a filter', () => {
  test.each([
    ['userName eq "ada@acme.example"', { attribute: 'userName', value: 'ada@acme.example' }],
    ['username EQ "ada"', { attribute: 'userName', value: 'ada' }],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada"', { attribute: 'userName', value: 'ada' }],
    ['externalId eq "a\\"b"', { attribute: 'externalId', value: 'a"b' }],
    ['id eq "7"', { attribute: 'id', value: '7' }],
  ])('%s is understood', (text, value) => expect(parseFilter(text)).toEqual({ ok: true, value }));

  test.each([
    '',
    'userName',
    'userName eq',
    'userName eq ada',
    'userName eq "ada',
    'userName co "ada"',
    'title eq "x"',
    'userName eq "a" or userName eq "b"',
    'userName eq "a" and active eq true',
    'userName pr',
  ])('%j is refused', (text) => {
    expect(parseFilter(text)).toMatchObject({ ok: false, failure: { status: 400, scimType: 'invalidFilter' } });
  });
});

describe('the configuration', () => {
  test('is off without its token, whatever the rules', () => {
    for (const environment of [{}, { SCIM: '{"defaultTeam":"all"}' }, { SCIM: 'nonsense', SCIM_TOKEN: '' }]) {
      expect(parseSettings(environment)).toMatchObject({ ok: true, value: { scim: null } });
    }
  });

  test.each([
    ['SCIM must say which team', undefined],
    ['SCIM is not valid JSON', '{'],
    ['SCIM: defaultTeam: must name a team, or teamAttribute', '{}'],
    ['SCIM: teamAttribute: must be one of department, costCenter', '{"teamAttribute":"title"}'],
    ['SCIM: teams: Ads: must be 2 to 40 characters', '{"teamAttribute":"department","teams":{"Ads":"A d s"}}'],
    ['SCIM: userDomain: must be a domain', '{"defaultTeam":"all","userDomain":"Acme"}'],
    ['SCIM: Unrecognized key', '{"defaultTeam":"all","team":"all"}'],
  ])('says what is wrong with it: %s', (message, text) => {
    const parsed = parseSettings({ SCIM_TOKEN: TOKEN, ...(text !== undefined && { SCIM: text }) });
    expect(parsed).toEqual({ ok: false, failure: expect.stringContaining(`configuration: ${message}`) });
  });

  test.each(['short', 'one of many words, which no header can carry'])('has no token such as %j', (token) => {
    expect(parseSettings({ SCIM_TOKEN: token, SCIM: '{"defaultTeam":"all"}' })).toEqual({
      ok: false,
      failure:
        'configuration: SCIM_TOKEN: must be at least 32 visible characters, and random; leave it out to have none',
    });
  });
});
