// Prices and usages for the tests of pricing: valid ones to change a field of, and arbitrary ones for properties.

import * as fc from 'fast-check';
import { picos, type Price, type Rates } from '../../../schema/price.ts';
import { NO_USAGE, type Usage } from '../../../schema/usage.ts';

export const RATES: Rates = {
  input: picos(3_000_000),
  cacheRead: picos(300_000),
  cacheWrite5m: picos(3_750_000),
  cacheWrite1h: picos(6_000_000),
  output: picos(15_000_000),
};

export const PRICE: Price = { version: 'test', rates: RATES, tiers: [], webSearch: picos(10_000_000_000) };

/** Twice the input and one and a half times the output above 200,000 tokens. */
export const TIERED_PRICE: Price = {
  ...PRICE,
  tiers: [{ aboveInputTokens: 200_000, rates: { ...RATES, input: picos(6_000_000), output: picos(22_500_000) } }],
};

export function usage(counts: Partial<Usage>): Usage {
  return { ...NO_USAGE, ...counts };
}

const rate = fc.oneof(fc.nat({ max: 1_000 }), fc.nat({ max: 1_000_000_000 })).map(picos);
const cacheRate = fc.option(rate);
const rates = fc.record({
  input: rate,
  cacheRead: cacheRate,
  cacheWrite5m: cacheRate,
  cacheWrite1h: cacheRate,
  output: rate,
});

/** Any price at all: tiers may be cheaper than the base, caches dearer than the input, everything may be free. */
export const anyPrice: fc.Arbitrary<Price> = fc.record({
  version: fc.constant('any'),
  rates,
  tiers: fc
    .uniqueArray(fc.record({ aboveInputTokens: fc.integer({ min: 1, max: 3_000 }), rates }), {
      selector: ({ aboveInputTokens }) => aboveInputTokens,
      maxLength: 3,
    })
    .map((tiers) => tiers.toSorted((left, right) => left.aboveInputTokens - right.aboveInputTokens)),
  webSearch: cacheRate,
});

const count = fc.oneof(fc.nat({ max: 1_200 }), fc.nat({ max: 2_000_000 }));

export const anyUsage: fc.Arbitrary<Usage> = fc.record({
  input: count,
  cacheRead: count,
  cacheWrite5m: count,
  cacheWrite1h: count,
  output: count,
  reasoning: fc.constant(0),
  webSearches: fc.nat({ max: 20 }),
});
