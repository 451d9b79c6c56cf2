// What a total was charged for: whatever the parts, they come to the total, and each to its quantity times its price.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { micros } from '../../../../schema/micros.ts';
import { picos } from '../../../../schema/price.ts';
import { NO_USAGE } from '../../../../schema/usage.ts';
import type { UsageTotal } from '../../../../worker/records/usage-totals.ts';
import { decimalOf, dollarsFromPicos } from '../../../../worker/http/reports/decimals.ts';
import { partsOf } from '../../../../worker/http/reports/focus-parts.ts';

const rates = {
  input: picos(3_000_000),
  cacheRead: picos(300_000),
  cacheWrite5m: picos(3_750_000),
  cacheWrite1h: picos(6_000_000),
  output: picos(15_000_000),
};

function totalOf(cost: number, usage: Partial<UsageTotal['usage']> = {}, calls = 1): UsageTotal {
  return { group: [], calls, usage: { ...NO_USAGE, ...usage }, cost: micros(cost), estimatedCost: micros(0) };
}

describe('a charge', () => {
  it('is each kind of token at its price, and the rounding', () => {
    // 7 × 3 + 10 × 0.3 + 2 × 15 = 54 micro-dollars, to the digit.
    expect(partsOf(totalOf(54, { input: 7, cacheRead: 10, output: 2 }), rates)).toEqual([
      { kind: 'tokens', type: 'input', tokens: 7, rate: 3_000_000, picos: 21_000_000n },
      { kind: 'tokens', type: 'cacheRead', tokens: 10, rate: 300_000, picos: 3_000_000n },
      { kind: 'tokens', type: 'output', tokens: 2, rate: 15_000_000, picos: 30_000_000n },
    ]);
    expect(partsOf(totalOf(52, { input: 7, cacheRead: 1, output: 2 }), rates).at(-1)).toEqual({
      kind: 'rounding',
      picos: 700_000n,
    });
    expect(partsOf(totalOf(51, { input: 7, cacheRead: 1, output: 2 }), rates).at(-1)).toEqual({
      kind: 'rounding',
      picos: -300_000n,
    });
  });

  it('has what goes beyond tokens in one part', () => {
    const parts = partsOf(totalOf(10_021, { input: 7, webSearches: 1 }, 1), rates);
    expect(parts).toMatchObject([{ type: 'input' }, { kind: 'beyond', calls: 1, picos: 10_000_000_000n }]);
    expect(partsOf(totalOf(500), rates)).toMatchObject([{ kind: 'beyond', picos: 500_000_000n }]);
  });

  it('is one part where no price is known, or less was charged than is known', () => {
    expect(partsOf(totalOf(54, { input: 7 }), undefined)).toEqual([{ kind: 'whole', tokens: 7, picos: 54_000_000n }]);
    // At half the price, as on terms that are cheaper.
    expect(partsOf(totalOf(1_500, { input: 1_000 }), rates)).toMatchObject([{ kind: 'whole', tokens: 1_000 }]);
  });

  it('of nothing is one part of nothing', () => {
    expect(partsOf(totalOf(0), rates)).toEqual([{ kind: 'whole', tokens: 0, picos: 0n }]);
  });

  it('always comes to the total, to the pico-dollar', () => {
    const tokens = fc.nat({ max: 2_000_000_000 });
    const usage = fc.record({
      input: tokens,
      cacheRead: tokens,
      cacheWrite5m: tokens,
      cacheWrite1h: tokens,
      output: tokens,
    });
    const cost = fc.nat({ max: 1_000_000_000_000 });
    fc.assert(
      fc.property(usage, cost, fc.integer({ min: 1, max: 100_000 }), (used, charged, calls) => {
        const parts = partsOf(totalOf(charged, used, calls), rates);
        expect(parts.reduce((sum, part) => sum + part.picos, 0n)).toBe(BigInt(charged) * 1_000_000n);
        for (const part of parts) {
          if (part.kind === 'tokens') expect(part.picos).toBe(BigInt(part.tokens) * BigInt(part.rate));
          if (part.kind === 'rounding') expect(Number(part.picos) / 1e6).toBeLessThanOrEqual(calls);
        }
      }),
    );
  });
});

describe('a decimal', () => {
  it.each([
    [0n, 6, '0.00'],
    [1n, 6, '0.000001'],
    [1_500_000n, 6, '1.50'],
    [-300_000n, 12, '-0.0000003'],
    [-12_000_000_000_000n, 12, '-12.00'],
    [123_456_789_012_345_678n, 12, '123456.789012345678'],
  ])('of %d with %d digits is %s', (units, digits, text) => {
    expect(decimalOf(units, digits)).toBe(text);
    if (digits === 12) expect(dollarsFromPicos(units)).toBe(text);
  });
});
