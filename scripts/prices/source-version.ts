// Names an edition of the price source.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const INSTALLED_MANIFEST = join(import.meta.dirname, '../../node_modules/@pydantic/genai-prices/package.json');

/** The installed one, such as genai-prices-0.1.8. */
export function priceSource(): string {
  return sourceVersion(INSTALLED_MANIFEST);
}

/** `manifest` is the path of the package.json of a copy of it. */
export function sourceVersion(manifest: string): string {
  const content: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  if (typeof content !== 'object' || content === null || !('version' in content)) {
    throw new Error('the price source has no version');
  }
  return `genai-prices-${String(content.version)}`;
}
