// `npm run prices:refresh`: compiles the newest published price source into worker/pricing/price-table.json and says what
// that changes. The tests then want the same edition installed, so it says how.

import { readFileSync, writeFileSync } from 'node:fs';
import type { PriceTable } from '../worker/pricing/table-shape.ts';
import { compileTable, tableText } from './prices/compile-table.ts';
import { withNewestLibrary } from './prices/newest-library.ts';
import { priceChanges } from './prices/price-changes.ts';
import { priceSource } from './prices/source-version.ts';

const TABLE_FILE = new URL('../worker/pricing/price-table.json', import.meta.url);

const { table, leftOut } = await withNewestLibrary(({ library, source }) => compileTable(source, library));
const before: PriceTable = JSON.parse(readFileSync(TABLE_FILE, 'utf8'));
writeFileSync(TABLE_FILE, tableText(table));

const { added, removed, changed, names } = priceChanges(before, table);
console.log(
  `${before.source} → ${table.source}; ${leftOut.length} models are left out, \`npm run prices\` says which and why`,
);
print('Changed', changed);
print('Added', added);
print('Removed, so calls to these are refused', removed);
print('Names', names);
if (table.source !== priceSource()) {
  const version = table.source.slice(table.source.lastIndexOf('-') + 1);
  console.log(`\nNow install the same edition: npm install --save-dev --save-exact @pydantic/genai-prices@${version}`);
}

function print(title: string, lines: readonly string[]): void {
  console.log(`\n${title}: ${lines.length === 0 ? 'none' : lines.length}`);
  for (const line of lines) console.log(`  ${line}`);
}
