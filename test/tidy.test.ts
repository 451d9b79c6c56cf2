// The house rules that no linter knows: directions, purity, length, heads. And proof that each rule bites.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directionOffences } from './helpers/tidy/directions.ts';
import { mannerOffences } from './helpers/tidy/manners.ts';
import { findAll, type Offence, readSources, type SourceFile } from './helpers/tidy/source.ts';

const root = resolve(import.meta.dirname, '..');
const product = readSources(root, ['worker', 'durable-objects', 'schema']);
const around = readSources(root, ['scripts', 'test']);

describe('the project', () => {
  it('imports downwards only', () => {
    expect(listed(directionOffences(product))).toEqual([]);
  });

  it('keeps its manners', () => {
    expect(listed(mannerOffences([...product, ...around]))).toEqual([]);
  });

  it('names no machine and no package host', () => {
    const texts = ['README.md', 'package-lock.json', ...markdownIn('docs')].filter((path) =>
      existsSync(join(root, path)),
    );
    expect(listed(texts.flatMap((path) => localityOffences(read(path))))).toEqual([]);
  });
});

describe('the rules bite', () => {
  const gateway = 'worker/gateway.ts';

  it.each([
    ['a sibling room', 'worker/routing/route.ts', "import { cost } from '../pricing/cost.ts';"],
    ['upwards', 'schema/micros.ts', "import { cost } from '../worker/pricing/cost.ts';"],
    ['upwards, for a type', 'worker/pricing/cost.ts', "import type { Call } from '../gateway.ts';"],
    ['the objects from the Worker', gateway, "import { book } from '../durable-objects/ledger/book.ts';"],
    [
      'the Worker from the objects',
      'durable-objects/team-budget.ts',
      "import { cost } from '../worker/pricing/cost.ts';",
    ],
    ['the object from its rules', 'durable-objects/ledger/book.ts', "import { TeamBudget } from '../team-budget.ts';"],
    [
      'a value of the object in bindings',
      'worker/bindings.ts',
      "import { TeamBudget } from '../durable-objects/team-budget.ts';",
    ],
    ['past the gateway', 'worker/http/chat.ts', "import { cost } from '../pricing/cost.ts';"],
    ['another dialect', 'worker/dialects/gemini/parse.ts', "import { x } from '../anthropic-messages/usage.ts';"],
    ['another provider', 'worker/providers/anthropic.ts', "import { x } from './openai-compatible.ts';"],
    ['Hono', gateway, "import { Hono } from 'hono';"],
    ['over several lines', gateway, "import {\n  book,\n} from '../durable-objects/ledger/book.ts';"],
    ['as it runs', gateway, "const book = await import('../durable-objects/ledger/book.ts');"],
    ['passing on', gateway, "export { book } from '../durable-objects/ledger/book.ts';"],
    ['a test', gateway, "import { key } from '../test/helpers/key.ts';"],
  ])('on an import of %s', (_, path, line) => {
    expect(directionOffences([made(path, `\n${line}`)])).toMatchObject([{ path, line: 3 }]);
  });

  it.each([
    [gateway, "import { cost } from './pricing/cost.ts';"],
    [
      'worker/http/chat.ts',
      "import { call } from '../gateway.ts';\nimport type { Dialect } from '../dialects/dialect.ts';",
    ],
    ['worker/index.ts', "export { TeamBudget } from '../durable-objects/team-budget.ts';"],
    ['worker/bindings.ts', "import type { TeamBudget } from '../durable-objects/team-budget.ts';"],
    [
      'worker/dialects/gemini/parse.ts',
      "import { field } from '../request-fields.ts';\nimport { u } from './usage.ts';",
    ],
    [
      'durable-objects/team-budget.ts',
      "import { book } from './ledger/book.ts';\nimport { micros } from '../schema/micros.ts';",
    ],
  ])('not on what %s may import', (path, line) => {
    expect(listed(directionOffences([made(path, line)]))).toEqual([]);
  });

  it.each([
    ['the clock', 'const now = Date.now();'],
    ['the clock as a date', 'const now = new Date();'],
    ['chance', 'const chance = Math.random();'],
    ['the network', "await fetch('https://example.com');"],
    ['random bytes', 'crypto.getRandomValues(bytes);'],
    ['the console', "console.log('hello');"],
    ['the clock inside a template', 'const text = `at ${Date.now()}`;'],
  ])('on %s in a pure room', (_, line) => {
    const path = 'durable-objects/ledger/admission.ts';
    expect(mannerOffences([made(path, line)])).toMatchObject([{ path, line: 2 }]);
  });

  it.each([
    "// Date.now() is the object's business",
    "const text = 'Math.random()';",
    'const date = new Date(nowMs);',
    'ledger.fetch(call);',
    'const prefetch = 1; prefetch_(prefetch);',
  ])('not on %s', (line) => {
    expect(listed(mannerOffences([made('worker/pricing/cost.ts', line)]))).toEqual([]);
  });

  it('on a missing head, a long file, a default export, a barrel', () => {
    const path = 'worker/pricing/cost.ts';
    expect(mannerOffences([{ path, text: 'const a = 1;\n' }])).toMatchObject([{ line: 1 }]);
    expect(mannerOffences([made(path, 'a();\n'.repeat(300))])).toMatchObject([{ line: 301 }]);
    expect(mannerOffences([made(path, 'export default 1;')])).toMatchObject([{ line: 2 }]);
    expect(mannerOffences([made(path, "export * from './x.ts';")])).toMatchObject([{ line: 2 }]);
    expect(mannerOffences([made('worker/pricing/index.ts', 'a();')])).toMatchObject([{ line: 1 }]);
  });

  it('on a path of one machine and a locked package host', () => {
    expect(localityOffences({ path: 'README.md', text: 'see /home/ada/headgate' })).toHaveLength(1);
    expect(
      localityOffences({ path: 'package-lock.json', text: '"resolved": "https://registry.example/x"' }),
    ).toHaveLength(1);
    expect(localityOffences({ path: 'README.md', text: 'see https://example.com/home/ada' })).toEqual([]);
  });
});

function made(path: string, code: string): SourceFile {
  return { path, text: `// A file made for this test.\n${code}\n` };
}

function listed(offences: readonly Offence[]): string[] {
  return offences.map(({ path, line, says }) => `${path}:${line} ${says}`);
}

function localityOffences(file: SourceFile): Offence[] {
  return [
    ...findAll(file, file.text, /(?<![\w.~-])\/(?:root|home|Users|work)\/\w/g, 'names a path of one machine'),
    ...findAll(file, file.text, /"resolved":/g, 'names a package host'),
  ];
}

function markdownIn(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
}

function read(path: string): SourceFile {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}
