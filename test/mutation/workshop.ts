// A copy of the ledger and its tests in a temporary folder, in which one file at a time is made worse.

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutant.ts';

export type Verdict =
  | { readonly outcome: 'killed'; readonly by: string }
  | { readonly outcome: 'survived' }
  /** The list is older than the code. */
  | { readonly outcome: 'not_found'; readonly times: number };

const COPIED = ['durable-objects', 'schema', 'test', 'package.json', 'tsconfig.json'];
/** The fast tests of the ledger, in one thread, as far as the first failure. */
const TESTS = ['test/unit/ledger', '--bail=1', '--pool=threads', '--no-isolate', '--no-file-parallelism'];
/** Slow, or a matter of chance: what such a test finds it may not find the next time. */
const LEFT_OUT = ['window-year', 'model', 'simulation'].map((name) => `--exclude=test/unit/ledger/${name}.test.ts`);
/** A mutant that keeps the tests from ending is caught as well. */
const TIMEOUT_MS = 60_000;

export class Workshop {
  readonly #root: string;
  readonly #vitest: string;

  constructor(projectRoot: string) {
    this.#root = mkdtempSync(join(tmpdir(), 'headgate-mutants-'));
    for (const name of COPIED) cpSync(join(projectRoot, name), join(this.#root, name), { recursive: true });
    symlinkSync(join(projectRoot, 'node_modules'), join(this.#root, 'node_modules'));
    this.#vitest = join(projectRoot, 'node_modules/vitest/vitest.mjs');
  }

  async try({ file, original, mutated }: Mutant): Promise<Verdict> {
    const path = join(this.#root, 'durable-objects/ledger', `${file}.ts`);
    const text = readFileSync(path, 'utf8');
    const times = text.split(original).length - 1;
    if (times !== 1) return { outcome: 'not_found', times };
    writeFileSync(
      path,
      text.replace(original, () => mutated),
    );
    try {
      return await this.runTests();
    } finally {
      writeFileSync(path, text);
    }
  }

  /** Whether any test fails, and which one first. */
  runTests(): Promise<Verdict> {
    const tests = spawn(process.execPath, [this.#vitest, 'run', '--root', this.#root, ...TESTS, ...LEFT_OUT], {
      cwd: this.#root,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [tests.stdout, tests.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const timer = setTimeout(() => tests.kill('SIGKILL'), TIMEOUT_MS);
    return new Promise((resolve, reject) => {
      tests.on('error', reject);
      tests.on('close', (code) => {
        clearTimeout(timer);
        resolve(code === 0 ? { outcome: 'survived' } : { outcome: 'killed', by: firstFailure(output) });
      });
    });
  }

  tidyUp(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

function firstFailure(output: string): string {
  const line = output.split('\n').find((each) => each.trimStart().startsWith('FAIL'));
  return line === undefined ? 'tests that do not end' : line.replace(/^.*?\.test\.ts\s*(?:>\s*)?/, '').trim();
}
