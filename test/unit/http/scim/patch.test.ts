// What a change makes of a person, in the ways in which directories write it.

import { describe, expect, it, test } from 'vitest';
import type { JsonObject } from '../../../../schema/json.ts';
import { applyPatch } from '../../../../worker/http/scim/patch.ts';
import { ENTERPRISE, USER } from '../../../../worker/http/scim/resource.ts';

const person: JsonObject = {
  userName: 'ada@acme.example',
  active: true,
  name: { givenName: 'Ada', familyName: 'King' },
  emails: [
    { value: 'ada@acme.example', type: 'work', primary: true },
    { value: 'ada@home.example', type: 'home' },
  ],
  [ENTERPRISE]: { department: 'search', costCenter: 'CC-7' },
};

function patched(...operations: readonly object[]): JsonObject {
  const result = applyPatch(person, { Operations: operations });
  if (!result.ok) throw new Error(result.failure.detail);
  return JSON.parse(JSON.stringify(result.value));
}

function addressAt(type: string): string {
  return `emails[type eq "${type}"].value`;
}

describe('an operation with a path', () => {
  test.each([
    ['active', false, { active: false }],
    ['ACTIVE', 'False', { active: 'False' }],
    [`${USER}:displayName`, 'Ada', { displayName: 'Ada' }],
    ['name.familyName', 'Lovelace', { name: { givenName: 'Ada', familyName: 'Lovelace' } }],
    ['name', { familyName: 'L' }, { name: { givenName: 'Ada', familyName: 'L' } }],
    [`${ENTERPRISE}:department`, 'ads', { [ENTERPRISE]: { department: 'ads', costCenter: 'CC-7' } }],
    [`${ENTERPRISE.toLowerCase()}:DEPARTMENT`, 'ads', { [ENTERPRISE]: { department: 'ads', costCenter: 'CC-7' } }],
    [ENTERPRISE, { department: 'ads' }, { [ENTERPRISE]: { department: 'ads', costCenter: 'CC-7' } }],
    ['emails', [{ value: 'a@b.example' }], { emails: [{ value: 'a@b.example' }] }],
  ])('replaces %s', (path, value, change) => {
    expect(patched({ op: 'Replace', path, value })).toEqual({ ...person, ...change });
  });

  test('finds the address that it names, or makes it', () => {
    const [work, home] = [
      { value: 'a@b.example', type: 'work', primary: true },
      { value: 'ada@home.example', type: 'home' },
    ];
    expect(patched({ op: 'replace', path: addressAt('work'), value: 'a@b.example' })['emails']).toEqual([work, home]);
    expect(patched({ op: 'add', path: addressAt('other'), value: 'o@b.example' })['emails']).toContainEqual({
      type: 'other',
      value: 'o@b.example',
    });
    expect(patched({ op: 'remove', path: 'emails[type eq "work"]' })['emails']).toEqual([home]);
  });

  test.each([
    ['title', 'Countess'],
    ['addresses[type eq "work"].country', 'GB'],
    [`${ENTERPRISE}:manager`, { value: '1' }],
    ['urn:acme:2.0:User:badge', '7'],
    ['roles[primary eq "True"].value', 'lead'],
    ['emails[primary eq true].value', 'x@y.example'],
    ['id', 'other'],
  ])('passes over %s, which is not kept', (path, value) => {
    expect(patched({ op: 'add', path, value })).toEqual(person);
  });
});

it('an operation without a path takes many attributes, by any of their names', () => {
  const value = { active: false, 'name.givenName': 'A.', [`${ENTERPRISE}:costCenter`]: 'CC-8', title: 'Countess' };
  expect(patched({ op: 'add', value })).toEqual({
    ...person,
    active: false,
    name: { givenName: 'A.', familyName: 'King' },
    [ENTERPRISE]: { department: 'search', costCenter: 'CC-8' },
  });
});

it('operations follow each other, and what is taken away is gone', () => {
  expect(
    patched(
      { op: 'replace', path: 'displayName', value: 'Ada' },
      { op: 'remove', path: 'displayName' },
      { op: 'remove', path: `${ENTERPRISE}:department` },
    ),
  ).toEqual({ ...person, [ENTERPRISE]: { costCenter: 'CC-7' } });
});

it('nobody is let in by taking away that they are not active', () => {
  expect(patched({ op: 'replace', path: 'active', value: false }, { op: 'remove', path: 'active' })).toMatchObject({
    active: false,
  });
});

test.each([
  ['invalidSyntax', {}],
  ['invalidSyntax', { Operations: [] }],
  ['invalidSyntax', { Operations: 'replace' }],
  ['invalidSyntax', { Operations: [{ path: 'active', value: false }] }],
  ['invalidSyntax', { Operations: [{ op: 'move', path: 'active' }] }],
  ['invalidSyntax', { Operations: [{ op: 'remove' }] }],
  ['invalidSyntax', { Operations: [{ op: 'replace', value: 'false' }] }],
  ['invalidSyntax', { Operations: Array.from({ length: 101 }, () => ({ op: 'add', path: 'active', value: true })) }],
  ['invalidPath', { Operations: [{ op: 'replace', path: 'emails[type', value: 'x' }] }],
  ['invalidPath', { Operations: [{ op: 'replace', path: '', value: 'x' }] }],
  ['invalidPath', { Operations: [{ op: 'replace', path: 'name.a.b', value: 'x' }] }],
])('is refused as %s: %j', (scimType, body) => {
  expect(applyPatch(person, body)).toMatchObject({ ok: false, failure: { status: 400, scimType } });
});
