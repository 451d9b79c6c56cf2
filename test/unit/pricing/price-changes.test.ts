// What an operator reads after a refresh of the price table.

import { expect, test } from 'vitest';
import { priceChanges } from '../../../scripts/prices/price-changes.ts';
import type { PriceTable, TableEdition } from '../../../worker/pricing/table-shape.ts';

const edition: TableEdition = { from: null, webSearch: null, rows: [[0, 1_000_000, null, null, null, 2_000_000]] };

function table(models: PriceTable['models'], names: Readonly<Record<string, string>> = {}): PriceTable {
  return { source: 's', models, catalogues: { x: { names, snapshots: {} } } };
}

const before = table({ 'x:m': { window: 8, editions: [edition] } }, { m: 'x:m' });

function changes(editions: readonly TableEdition[], window: number | null = 8): readonly string[] {
  return priceChanges(before, table({ 'x:m': { window, editions } }, { m: 'x:m' })).changed;
}

test('nothing, where nothing changed', () => {
  expect(priceChanges(before, before)).toEqual({ added: [], removed: [], changed: [], names: [] });
});

test('models and names that come and go', () => {
  const after = table({ 'x:n': { window: null, editions: [edition] } }, { m: 'x:n' });
  expect(priceChanges(before, after)).toEqual({
    added: ['x:n'],
    removed: ['x:m'],
    changed: [],
    names: ['x: m: x:m → x:n'],
  });
});

test.each<[string, readonly TableEdition[], readonly string[]]>([
  [
    'a rate, and one that is new',
    [{ ...edition, rows: [[0, 1_250_000, 100_000, null, null, 2_000_000]] }],
    ['x:m input: 1 → 1.25', 'x:m cacheRead: none → 0.1'],
  ],
  [
    'a medium',
    [{ ...edition, rows: [[0, 1_000_000, null, null, null, 2_000_000, 9_000_000]] }],
    ['x:m audioInput: none → 9'],
  ],
  [
    'a new edition',
    [edition, { ...edition, from: '2026-12-01', rows: [[0, 500_000, null, null, null, 2_000_000]] }],
    ['x:m from 2026-12-01 input: 1 → 0.5'],
  ],
  ['an edition that says nothing new', [edition, { ...edition, from: '2026-12-01' }], []],
  [
    'a tier',
    [{ ...edition, rows: [...edition.rows, [200_000, 2_000_000, null, null, null, 2_000_000]] }],
    ['x:m above 200000 input: 1 → 2'],
  ],
  ['a fee', [{ ...edition, webSearch: 10_000_000_000 }], ['x:m webSearchPerThousand: none → 10']],
])('%s, with the old and the new figure', (_, editions, lines) => {
  expect(changes(editions)).toEqual(lines);
});

test('a window', () => {
  expect(changes([edition], null)).toEqual(['x:m window: 8 → none']);
});
