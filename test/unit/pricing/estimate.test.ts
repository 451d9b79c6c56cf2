// The bound before a call is never below the cost after it, and its inverse affords no token too many.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_MICROS, micros, ZERO_MICROS } from '../../../schema/micros.ts';
import { picos } from '../../../schema/price.ts';
import { inputTokens, NO_USAGE, type Usage } from '../../../schema/usage.ts';
import { costOf } from '../../../worker/pricing/cost.ts';
import {
  affordableOutput,
  dearest,
  boundOf,
  type CallBounds,
  type LongestCacheWrite,
} from '../../../worker/pricing/estimate.ts';
import { anyPrice, anyUsage, PRICE, RATES, TIERED_PRICE } from './prices.ts';

const CALL: CallBounds = { price: PRICE, inputTokens: 1_000, longestCacheWrite: 'none', webSearches: 0 };
const anyCacheWrite = fc.constantFrom<LongestCacheWrite>('none', '5m', '1h');

describe('the bound', () => {
  test.each([
    ['none', 3_000],
    ['5m', 3_750],
    ['1h', 6_000],
  ] as const)('takes the dearest input rate if caches are written for %s', (longestCacheWrite, amount) => {
    expect(boundOf({ ...CALL, longestCacheWrite, outputTokens: 0 })).toBe(amount);
  });

  test('takes the cache read rate where that is the dearest', () => {
    const price = { ...PRICE, rates: { ...RATES, cacheRead: picos(9_000_000) } };
    expect(boundOf({ ...CALL, price, outputTokens: 0 })).toBe(9_000);
  });

  test('adds output and web searches', () => {
    expect(boundOf({ ...CALL, webSearches: 2, outputTokens: 100 })).toBe(3_000 + 20_000 + 1_500);
  });

  test('stays below a tier that the input cannot exceed', () => {
    expect(boundOf({ ...CALL, price: TIERED_PRICE, inputTokens: 200_000, outputTokens: 0 })).toBe(600_000);
  });

  test('takes input and output of a tier within reach', () => {
    const bound = boundOf({ ...CALL, price: TIERED_PRICE, inputTokens: 200_001, outputTokens: 1_000 });
    expect(bound).toBe(1_200_006 + 22_500);
  });

  test('keeps the base price in mind where a tier is cheaper', () => {
    const price = { ...PRICE, tiers: [{ aboveInputTokens: 10, rates: { ...RATES, input: picos(1) } }] };
    expect(boundOf({ ...CALL, price, outputTokens: 0 })).toBe(3_000);
  });

  test('is rounded up', () => {
    const price = { ...PRICE, rates: { ...RATES, input: picos(1), cacheRead: null } };
    expect(boundOf({ ...CALL, price, outputTokens: 0 })).toBe(1);
  });

  test.each([1e15, Number.POSITIVE_INFINITY])(
    'of %d tokens is more than any budget, and no overflow',
    (outputTokens) => {
      expect(boundOf({ ...CALL, outputTokens })).toBe(2 * MAX_MICROS);
    },
  );

  test('is never below the cost of a call within it', () => {
    const scaled = fc.tuple(
      anyPrice,
      fc.array(anyUsage, { minLength: 1, maxLength: 3 }),
      anyCacheWrite,
      fc.nat(),
      fc.nat(),
    );
    fc.assert(
      fc.property(scaled, ([price, raw, longestCacheWrite, moreInput, moreOutput]) => {
        const usages = raw.map((each) => withinCacheWrite(each, longestCacheWrite));
        const sum = (count: (each: Usage) => number): number => usages.reduce((total, each) => total + count(each), 0);
        const bound = boundOf({
          price,
          longestCacheWrite,
          inputTokens: sum(inputTokens) + (moreInput % 3_000),
          outputTokens: sum(({ output }) => output) + (moreOutput % 10),
          webSearches: sum(({ webSearches }) => webSearches),
        });
        const lines = usages.map((each) => ({ model: null, usage: each }));
        expect(costOf({ lines, price, priceOf: () => null }).amount).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the affordable output', () => {
  test('is none without a budget, or with less than none', () => {
    expect(affordableOutput(dearest(CALL), ZERO_MICROS)).toBe(0);
    expect(affordableOutput(dearest(CALL), micros(-1))).toBe(0);
  });

  test('is none if the input alone does not fit', () => {
    expect(affordableOutput(dearest(CALL), micros(2_999))).toBe(0);
  });

  test('is what is left after input and searches', () => {
    expect(affordableOutput(dearest(CALL), micros(3_000 + 150))).toBe(10);
    expect(affordableOutput(dearest({ ...CALL, webSearches: 1 }), micros(13_000 + 149))).toBe(9);
  });

  test('is endless where output is free', () => {
    const price = { ...PRICE, rates: { ...RATES, output: picos(0) } };
    expect(affordableOutput(dearest({ ...CALL, price }), micros(3_000))).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('is the largest that fits', () => {
    const call = fc.record({
      price: anyPrice,
      inputTokens: fc.nat({ max: 4_000 }),
      longestCacheWrite: anyCacheWrite,
      webSearches: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(call, fc.nat().map(micros), (bounds, budget) => {
        const outputTokens = affordableOutput(dearest(bounds), budget);
        const bound = (tokens: number): number => boundOf({ ...bounds, outputTokens: tokens });
        if (bound(0) > budget) expect(outputTokens).toBe(0);
        else expect(bound(outputTokens)).toBeLessThanOrEqual(budget);
        if (outputTokens < Number.MAX_SAFE_INTEGER) expect(bound(outputTokens + 1)).toBeGreaterThan(budget);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** A call writes no longer-lived cache than it asked for. */
function withinCacheWrite(counts: Usage, longest: LongestCacheWrite): Usage {
  if (longest === 'none')
    return { ...counts, cacheWrite5m: NO_USAGE.cacheWrite5m, cacheWrite1h: NO_USAGE.cacheWrite1h };
  return longest === '5m' ? { ...counts, cacheWrite1h: NO_USAGE.cacheWrite1h } : counts;
}
