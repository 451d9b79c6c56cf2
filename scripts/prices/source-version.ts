// Names the edition of the price source that is installed.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MANIFEST = new URL('../package.json', import.meta.resolve('@pydantic/genai-prices'));

/** Such as genai-prices-0.1.8. */
export function priceSource(): string {
  const manifest: unknown = JSON.parse(readFileSync(fileURLToPath(MANIFEST), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) {
    throw new Error('the price source has no version');
  }
  return `genai-prices-${String(manifest.version)}`;
}
