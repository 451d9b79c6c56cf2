// Bundles the measured Workers once, as they would be deployed.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandFile } from '../scripts/local/project.ts';
import { wranglerEnvironment } from '../scripts/local/wrangler-environment.ts';

const root = resolve(import.meta.dirname, '..');

export interface Bundle {
  /** A folder that holds the file, and its source map. */
  readonly folder: string;
  readonly file: string;
}

export type BundleName = 'entry' | 'bare' | 'asking' | 'empty' | 'd1-stub' | 'd1-counted';

export interface BundleOptions {
  /** Into a folder of its own below this one. */
  readonly into: string;
  /** A profile is of no use when every function has one letter. */
  readonly minify: boolean;
}

export function buildBenchWorker(name: BundleName, { into, minify }: BundleOptions): Bundle {
  return build({ script: `${name}.ts`, cwd: join(root, 'bench/worker'), folder: join(into, name), file: name, minify });
}

/** The Worker exactly as `npm run deploy` sends it. */
export function buildProduct(into: string): Bundle {
  return build({ script: null, cwd: root, folder: join(into, 'product'), file: 'index', minify: true });
}

export function readBundle({ folder, file }: Bundle): Buffer {
  return readFileSync(join(folder, file));
}

interface Build {
  readonly script: string | null;
  readonly cwd: string;
  readonly folder: string;
  readonly file: string;
  readonly minify: boolean;
}

function build({ script, cwd, folder, file, minify }: Build): Bundle {
  const parts = [
    commandFile('wrangler'),
    'deploy',
    ...(script === null ? [] : [script]),
    '--config=wrangler.toml',
    '--dry-run',
    `--outdir=${folder}`,
    ...(minify ? ['--minify'] : []),
  ];
  execFileSync(process.execPath, parts, {
    cwd,
    stdio: 'pipe',
    env: { ...process.env, ...wranglerEnvironment(folder) },
  });
  return { folder, file: `${file}.js` };
}
