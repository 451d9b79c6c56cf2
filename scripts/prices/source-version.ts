// Names the edition of the price source that is installed.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const MANIFEST = join(import.meta.dirname, '../../node_modules/@pydantic/genai-prices/package.json');

/** Such as genai-prices-0.1.8. */
export function priceSource(): string {
  const manifest: unknown = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) {
    throw new Error('the price source has no version');
  }
  return `genai-prices-${String(manifest.version)}`;
}
