// Fetches the newest published edition of the price source into a temporary folder. What is installed stays as it is.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PriceLibrary } from './library.ts';
import { sourceVersion } from './source-version.ts';

const PACKAGE = '@pydantic/genai-prices';

export interface FetchedLibrary {
  readonly library: PriceLibrary;
  /** Such as genai-prices-0.1.9. */
  readonly source: string;
}

/** From whatever registry npm is configured for. Throws where it cannot be had, or is no such library. */
export async function withNewestLibrary<Value>(use: (fetched: FetchedLibrary) => Value): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-prices-'));
  try {
    execFileSync('npm', ['pack', `${PACKAGE}@latest`, '--silent', '--pack-destination', folder], { stdio: 'pipe' });
    const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    if (archive === undefined) throw new Error(`npm packed nothing for ${PACKAGE}`);
    execFileSync('tar', ['-xzf', join(folder, archive), '-C', folder]);
    const root = join(folder, 'package');
    const library: unknown = await import(pathToFileURL(join(root, 'dist/index.js')).href);
    if (!isPriceLibrary(library)) throw new Error(`${PACKAGE} has no findProvider and calcPrice any more`);
    return use({ library, source: sourceVersion(join(root, 'package.json')) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isPriceLibrary(value: unknown): value is PriceLibrary {
  return typeof value === 'object' && value !== null && 'findProvider' in value && 'calcPrice' in value;
}
