// The map of promises names tests that exist: a renamed file must not leave a promise without proof.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const testFolder = resolve(import.meta.dirname, '..');
const map = readFileSync(join(testFolder, 'conformance/README.md'), 'utf8');
const named = [...new Set(map.match(/`[\w-]+(?:\/[\w*-]+)+`/g)?.map((name) => name.slice(1, -1)))];

test('the map names many tests', () => {
  expect(named.length).toBeGreaterThan(15);
});

test.each(named)('%s exists', (name) => {
  const candidates = name.endsWith('/*') ? [name.slice(0, -2)] : [`${name}.test.ts`, `${name}.ts`];
  expect(candidates.some((candidate) => existsSync(join(testFolder, candidate)))).toBe(true);
});
