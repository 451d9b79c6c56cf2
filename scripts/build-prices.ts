// `npm run prices`: compiles the price source into worker/pricing/price-table.json and says what it left out and why.

import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { compileTable, tableText } from './prices/compile-table.ts';
import { priceSource } from './prices/source-version.ts';

const TABLE_FILE = new URL('../worker/pricing/price-table.json', import.meta.url);

const { table, leftOut, notes } = compileTable(priceSource());
const text = tableText(table);
const before = readFileSync(TABLE_FILE, { encoding: 'utf8', flag: 'a+' });
writeFileSync(TABLE_FILE, text);

const names = Object.values(table.catalogues).reduce((sum, catalogue) => sum + Object.keys(catalogue.names).length, 0);
console.log(`Decided, not copied (${notes.length}):\n${list(notes)}\n`);
console.log(`Left out, so calls to these are refused (${leftOut.length}):\n${list(leftOut)}\n`);
console.log(`${table.source}: ${Object.keys(table.models).length} models under ${names} names`);
console.log(`${text.length} bytes, ${gzipSync(text).length} gzipped, ${text === before ? 'unchanged' : 'changed'}`);

function list(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
