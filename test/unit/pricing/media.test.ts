// Tokens of sound, pictures and film: exact where the provider tells them apart, and never too cheap where it does not.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MediaMeter, mediaMeters, meterOfMedia, picos, type Price } from '../../../schema/price.ts';
import { inputTokens, type UsageLine } from '../../../schema/usage.ts';
import { costOf } from '../../../worker/pricing/cost.ts';
import { boundOf } from '../../../worker/pricing/estimate.ts';
import { planCall } from '../../../worker/pricing/plan.ts';
import { anyPrice, anyUsage, PRICE, RATES, usage } from './prices.ts';

const HEARING: Price = {
  ...PRICE,
  rates: { ...RATES, media: { audioInput: picos(10_000_000), imageOutput: picos(30_000_000) } },
};
const counts = usage({ input: 1_000, cacheRead: 1_000, output: 1_000 });
/** Micro-dollars: 1,000 tokens each at $3, $0.30 and $15 a million. */
const AS_TEXT = 18_300;

function cost(media: UsageLine['media'], mayHaveMedia = true, price = HEARING) {
  const line = media === undefined ? { model: null, usage: counts } : { model: null, usage: counts, media };
  const { amount, inexact } = costOf({ lines: [line], price, priceOf: () => null, media: mayHaveMedia });
  return { amount, inexact };
}

describe('tokens of other media', () => {
  test.each<[string, UsageLine['media'], number, boolean]>([
    ['are charged at their own rate', { audioInput: 400, imageOutput: 0 }, AS_TEXT + 400 * 7, false],
    ['are text where the answer says there are none', { audioInput: 0, imageOutput: 0 }, AS_TEXT, false],
    ['of every meter add up', { audioInput: 1_000, imageOutput: 1_000 }, AS_TEXT + 7_000 + 15_000, false],
    ['without a rate of their own cost as text', { audioInput: 0, imageOutput: 0, audioCacheRead: 9 }, AS_TEXT, false],
    ['beyond all tokens are all of them, and not exact', { audioInput: 1_001, imageOutput: 0 }, AS_TEXT + 7_000, true],
    ['in nonsense are none, and not exact', { audioInput: -1, imageOutput: 0 }, AS_TEXT, true],
    ['that nobody tells apart are all of the dearest', undefined, AS_TEXT + 7_000 + 15_000, true],
    [
      'that are told apart on one side only are all of the dearest on the other',
      { audioInput: 0 },
      AS_TEXT + 15_000,
      true,
    ],
  ])('%s', (_, media, amount, inexact) => {
    expect(cost(media)).toEqual({ amount, inexact });
  });

  test('cannot be in a call of text alone, though they may be in its answer', () => {
    expect(cost(undefined, false)).toEqual({ amount: AS_TEXT + 15_000, inexact: true });
    const { imageOutput: _, ...media } = HEARING.rates.media ?? {};
    expect(cost(undefined, false, { ...HEARING, rates: { ...RATES, media } })).toEqual({
      amount: AS_TEXT,
      inexact: false,
    });
  });

  test('cost as plain input of their medium where nothing has a rate of its own for cached tokens', () => {
    const price = { ...HEARING, rates: { ...HEARING.rates, cacheRead: null } };
    const media = { audioInput: 0, audioCacheRead: 400, imageOutput: 0 };
    expect(cost(media, true, price)).toEqual({ amount: AS_TEXT + 2_700 + 400 * 7, inexact: false });
  });

  test('keep their rates in a tier that says nothing of them', () => {
    const tiers = [{ aboveInputTokens: 10, rates: RATES }];
    expect(cost({ audioInput: 400, imageOutput: 0 }, true, { ...HEARING, tiers }).amount).toBe(AS_TEXT + 400 * 7);
  });

  test('make no difference to a price without rates for them', () => {
    expect(cost({ audioInput: 500 }, true, PRICE)).toEqual({ amount: AS_TEXT, inexact: false });
    expect(cost(undefined, true, PRICE)).toEqual({ amount: AS_TEXT, inexact: false });
  });
});

describe('the bound', () => {
  const call = { price: HEARING, inputTokens: 1_000, longestCacheWrite: 'none', webSearches: 0 } as const;

  test('takes the dearest medium unless there can only be text', () => {
    expect(boundOf({ ...call, outputTokens: 0 })).toBe(10_000);
    expect(boundOf({ ...call, outputTokens: 0, media: false })).toBe(3_000);
  });

  test('takes the dearest medium of the answer in any case', () => {
    expect(boundOf({ ...call, media: false, outputTokens: 1_000 })).toBe(3_000 + 30_000);
  });

  test('of a shape that says nothing of media holds for all of them', () => {
    const terms = { price: HEARING, contextWindow: 10_000, maxOutputTokens: 10, imageTokens: 50 };
    const shape = { cacheWrite: 'none', webSearches: 0, outputCap: 0, choices: 1, extraOutputTokens: 0 } as const;
    const input = { textBytes: 1_000, images: 0, tools: false, unbounded: false };
    expect(planCall({ ...shape, input }, terms).ask.most.usd).toBe(10_000);
    expect(planCall({ ...shape, input: { ...input, media: false } }, terms).ask.most.usd).toBe(3_000);
  });

  test('is never below the cost of any mixture, told apart or not', () => {
    const rates = fc.dictionary(fc.constantFrom(...mediaMeters), fc.nat(1_000_000_000).map(picos));
    const shares = fc.option(fc.dictionary(fc.constantFrom(...mediaMeters), fc.nat(2_000)), { nil: undefined });
    fc.assert(
      fc.property(anyPrice, rates, anyUsage, shares, fc.boolean(), (list, media, used, told, mayHaveMedia) => {
        const price: Price = { ...list, tiers: [], rates: { ...list.rates, media } };
        const given = told === undefined || mayHaveMedia ? told : withoutInput(told);
        const line = { model: null, usage: used, ...(given !== undefined && { media: given }) };
        const { amount } = costOf({ lines: [line], price, priceOf: () => null, media: mayHaveMedia });
        const bound = boundOf({
          price,
          inputTokens: inputTokens(used),
          longestCacheWrite: '1h',
          webSearches: used.webSearches,
          outputTokens: used.output,
          media: mayHaveMedia,
        });
        expect(amount).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** What a provider may say of a call that was of text alone. */
function withoutInput(told: Readonly<Partial<Record<MediaMeter, number>>>): Partial<Record<MediaMeter, number>> {
  const heard = mediaMeters.filter((meter) => meterOfMedia[meter] === 'output' && told[meter] !== undefined);
  return Object.fromEntries(heard.map((meter) => [meter, told[meter] ?? 0]));
}
