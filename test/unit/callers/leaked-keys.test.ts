// What docs/secret-scanning.md gives to scanners finds every key and nothing that only looks like one.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { teamIdSchema } from '../../../schema/ids.ts';
import { mintKey, parseKey } from '../../../worker/callers/key.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/secret-scanning.md'), 'utf8');

/** The one text of the page that the expression finds. */
function told(expression: RegExp): string {
  const found = [...page.matchAll(expression)].map(([, text]) => text ?? '');
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) throw new Error(`${expression} is there ${found.length} times`);
  return only;
}

const form = told(/```regex\n(.*)\n```/g);
const before = told(/Before secret \| `(.*?)`/g)
  .replaceAll(String.raw`\|`, '|')
  .replace(String.raw`\A`, '^');
const after = told(/After secret {2}\| `(.*?)`/g)
  .replaceAll(String.raw`\|`, '|')
  .replace(String.raw`\z`, '$');

const scanners = [
  { name: 'GitHub', pattern: new RegExp(`(?:${before})(${told(/Secret format \| `(.*?)`/g)})(?:${after})`) },
  { name: 'gitleaks', pattern: new RegExp(told(/regex = '''(.*)'''/g)) },
];

function foundBy(pattern: RegExp, text: string): string | null {
  return pattern.exec(text)?.[1] ?? null;
}

const TEAMS = ['it', 'payments', 'a-b-c', '42', 'x'.repeat(40)];
let keys: readonly string[] = [];
beforeAll(async () => {
  const teams = Array.from({ length: 200 }, (_, nth) => teamIdSchema.parse(TEAMS[nth % TEAMS.length]));
  keys = (await Promise.all(teams.map((team) => mintKey(team)))).map(({ key }) => key);
});

it('the form is the same wherever the page has it', () => {
  for (const text of [page.split('Secret format')[1], page.split('regex = ')[1]]) expect(text).toContain(form);
});

describe.each(scanners)('$name', ({ pattern }) => {
  test.each([
    ['alone', '', ''],
    ['as a variable', 'HEADGATE_KEY=', '\n'],
    ['in quotes', 'api_key: "', '"'],
    ['in an address', 'https://gate.example/v1beta/models?key=', '&alt=sse'],
    ['in a header', 'Authorization: Bearer ', '\r\n'],
    ['at the end of a sentence', 'My key is ', '.'],
    ['in JSON within JSON', String.raw`{\"key\":\"`, String.raw`\"}`],
  ])('finds every key %s', (_, left, right) => {
    for (const key of keys) expect(foundBy(pattern, left + key + right)).toBe(key);
  });

  test.each([
    ['of another prefix', (key: string) => key.replace('hg_', 'sk_')],
    ['that is the end of another word', (key: string) => `x${key}`],
    ['that is the end of a longer name', (key: string) => `my_${key}`],
    ['one character short', (key: string) => key.slice(0, -1)],
    ['one character long', (key: string) => `${key}0`],
    ['with a team of one character', (key: string) => key.replace(/^hg_[^_]+/, 'hg_a')],
    ['with a team of 41 characters', (key: string) => key.replace(/^hg_[^_]+/, `hg_${'a'.repeat(41)}`)],
    ['with capitals in its id', (key: string) => key.replace(/_([a-z0-9]{8})_/, '_ABCDEFGH_')],
    ['with a sign in its secret', (key: string) => `${key.slice(0, -10)}-${key.slice(-9)}`],
    ['that is cut by dots', (key: string) => `${key.slice(0, -30)}…${key.slice(-4)}`],
  ])('takes nothing for a key %s', (_, spoil) => {
    for (const key of keys) expect(foundBy(pattern, `"${spoil(key)}"`)).toBeNull();
  });
});

it('gitleaks asks for less disorder than any key has', () => {
  const least = Number(told(/entropy = (.*)/g));
  for (const key of keys) expect(entropyOf(key)).toBeGreaterThan(least);
  expect(entropyOf(`hg_payments_00000000_${'x'.repeat(36)}`)).toBeLessThan(least);
});

it('three lines tell a key from what only has its form', () => {
  const program = told(/node -e '\n([^']*)' "\$FOUND"/g);
  const [key = '', other = ''] = keys;
  const verdict = (text: string) => execFileSync(process.execPath, ['-e', program, text], { encoding: 'utf8' }).trim();
  expect(verdict(key)).toBe('a key of Headgate');
  for (const text of [key.replace(/.$/, other.slice(-1) === 'a' ? 'b' : 'a'), key.slice(0, -6) + other.slice(-6)]) {
    expect(parseKey(text)).toBeNull();
    expect(verdict(text)).toBe('no key');
  }
});

/** Shannon's, in bits a character, as gitleaks counts it. */
function entropyOf(text: string): number {
  const counts = Map.groupBy(text, (character) => character);
  return [...counts.values()].reduce(
    (sum, { length }) => sum - (length / text.length) * Math.log2(length / text.length),
    0,
  );
}
