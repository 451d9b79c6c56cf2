// Names that may mean a newer model: each rate is the dearer of both, tier by tier.

import { describe, expect, test } from 'vitest';
import type { RateRow, TableModel } from '../../../worker/pricing/table-shape.ts';
import { lookUpModel } from '../../../worker/pricing/price-book.ts';
import { dearerOf, MAY_MEAN } from '../../../scripts/prices/moved-names.ts';

const model = (rows: readonly RateRow[], change: Partial<TableModel> = {}): TableModel => ({
  window: 1_000,
  editions: [{ from: null, webSearch: null, rows }],
  ...change,
});
const older = model([[0, 10, null, null, null, 50]]);

describe('of two models the dearer', () => {
  test('rate is taken, meter by meter, and a rate that is not there counts as plain input', () => {
    const newer = model([[0, 8, 2, null, null, 60]], { window: 2_000 });
    const either = model([[0, 10, 10, null, null, 60]], { window: 2_000 });
    expect(dearerOf(older, newer)).toEqual(either);
    expect(dearerOf(newer, older)).toEqual(either);
  });

  test('tier is taken above each threshold of either', () => {
    const tiered = [
      [0, 5, 1, null, null, 20],
      [200, 20, 2, null, null, 40],
    ] as const;
    expect(dearerOf(older, model(tiered)).editions[0]?.rows).toEqual([
      [0, 10, 10, null, null, 50],
      [200, 20, 10, null, null, 50],
    ]);
  });

  test.each([{ window: null }, {}])('window of %j and one that is known is the larger, or unknown', (change) => {
    const { window } = dearerOf(older, model([[0, 1, null, null, null, 1]], change));
    expect(window).toBe(change.window === null ? null : 1_000);
  });

  test.each([
    ['editions', model([], { editions: [] })],
    ['media', model([[0, 1, null, null, null, 1, 7]])],
  ])('is not guessed where one has other %s', (_what, other) => {
    expect(() => dearerOf(older, other)).toThrow(/a name that has moved on/);
  });
});

test('no such name costs less than what it may mean', () => {
  const atMs = Date.parse('2026-11-20');
  for (const [catalogue, names] of Object.entries(MAY_MEAN)) {
    for (const [name, successor] of Object.entries(names)) {
      const [own, newer] = [name, successor].map((upstreamModel) => lookUpModel({ catalogue, upstreamModel, atMs }));
      expect(own?.price.rates.input, name).toBeGreaterThanOrEqual(newer?.price.rates.input ?? Infinity);
      expect(own?.price.rates.output, name).toBeGreaterThanOrEqual(newer?.price.rates.output ?? Infinity);
    }
  }
});
