// What the bundle leaves out of zod must be nothing that the code asks for.

import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z as whole } from 'zod';
import { z as english } from '../../../scripts/bundle/zod-in-english.ts';

const USED = /(?<![\w.])z\s*\.(\w+)\b(?!\.\$)/gu;
/** Names that are values as well, but used as types alone. */
const TYPES = new Set(['output']);

const source = globSync('{worker,schema,durable-objects}/**/*.ts')
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');
const names = new Set(Array.from(source.matchAll(USED), ([, name = '']) => name));
const used = [...names].filter((name) => name in whole && !TYPES.has(name));

test('the bundle has everything of zod that the code asks for, and nothing more', () => {
  const parts = { ...english };
  expect(Object.keys(parts).toSorted()).toEqual(used.toSorted());
  expect(whole).toMatchObject(parts);
});
