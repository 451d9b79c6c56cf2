// What a call costs: each meter at its rate, tiers per line, rounded once, and no figure of a provider breaks it.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_MICROS } from '../../../schema/micros.ts';
import { picos, type Price, type Rates } from '../../../schema/price.ts';
import { type UsageLine, inputTokens, type Usage } from '../../../schema/usage.ts';
import { costOf } from '../../../worker/pricing/cost.ts';
import { anyPrice, anyUsage, PRICE, RATES, TIERED_PRICE, usage } from './prices.ts';

const PICOS_PER_MICRO = 1_000_000n;
const NO_OTHER_MODELS = (): null => null;

function amountOf(counts: Partial<Usage>, price: Price = PRICE): number {
  return costOf({ lines: [{ model: null, usage: usage(counts) }], price, priceOf: NO_OTHER_MODELS }).amount;
}

function inexactOf(counts: Partial<Usage>, price: Price = PRICE): boolean {
  return costOf({ lines: [{ model: null, usage: usage(counts) }], price, priceOf: NO_OTHER_MODELS }).inexact;
}

function atRate(input: number): Price {
  return { ...PRICE, rates: { ...RATES, input: picos(input) } };
}

describe('a line', () => {
  test.each([
    ['input', { input: 1_000 }, 3_000],
    ['cache read', { cacheRead: 1_000 }, 300],
    ['five-minute cache write', { cacheWrite5m: 1_000 }, 3_750],
    ['one-hour cache write', { cacheWrite1h: 1_000 }, 6_000],
    ['output', { output: 1_000 }, 15_000],
    ['web searches', { webSearches: 3 }, 30_000],
  ] as const)('charges %s at its own rate', (_, counts, amount) => {
    expect(amountOf(counts)).toBe(amount);
  });

  test('does not charge reasoning again, which is part of the output', () => {
    expect(amountOf({ output: 10, reasoning: 9 })).toBe(amountOf({ output: 10 }));
  });

  test.each([
    ['cacheRead', 3_000],
    ['cacheWrite5m', 3_000],
    ['cacheWrite1h', 3_750],
  ] as const)('charges %s as the next plainer meter if it has no rate', (meter, amount) => {
    const price = { ...PRICE, rates: { ...RATES, [meter]: null } };
    expect(amountOf({ [meter]: 1_000 }, price)).toBe(amount);
  });

  test('says that a web search without a known fee is missing from the bill', () => {
    const price = { ...PRICE, webSearch: null };
    expect(amountOf({ input: 1_000, webSearches: 2 }, price)).toBe(3_000);
    expect(inexactOf({ webSearches: 2 }, price)).toBe(true);
    expect(inexactOf({ webSearches: 0 }, price)).toBe(false);
  });
});

describe('audio', () => {
  const price = {
    ...PRICE,
    rates: { ...RATES, media: { audioInput: picos(7_000_000), audioCacheRead: picos(700_000) } },
  };
  const cost = (media: UsageLine['media'], of: Price = price) => {
    const lines = [
      { model: null, usage: usage({ input: 1_000, cacheRead: 1_000 }), ...(media !== undefined && { media }) },
    ];
    return costOf({ lines, price: of, priceOf: NO_OTHER_MODELS });
  };

  test('is charged at its own rates, and the rest as text', () => {
    expect(cost({ audioInput: 400, audioCacheRead: 100 })).toEqual({
      amount: 600 * 3 + 400 * 7 + (900 * 3) / 10 + (100 * 7) / 10,
      inexact: false,
    });
  });

  test('is never more than there was input', () => {
    expect(cost({ audioInput: 5_000, audioCacheRead: 5_000 }).amount).toBe(7_000 + 700);
  });

  test('costs what text costs where it has no rates', () => {
    expect(cost({ audioInput: 400, audioCacheRead: 100 }, PRICE)).toEqual({ amount: 3_000 + 300, inexact: false });
  });

  test('that is no count is not charged and marked', () => {
    expect(cost({ audioInput: Number.NaN, audioCacheRead: 0 })).toEqual({ amount: 3_000 + 300, inexact: true });
  });
});

describe('tiers', () => {
  test('stay out of it up to and with the last token below', () => {
    expect(amountOf({ input: 200_000 }, TIERED_PRICE)).toBe(600_000);
  });

  test('apply to the whole line from one token more', () => {
    expect(amountOf({ input: 200_001, output: 1_000 }, TIERED_PRICE)).toBe(1_200_006 + 22_500);
  });

  test('count input of every kind', () => {
    expect(amountOf({ input: 1, cacheRead: 200_000 }, TIERED_PRICE)).toBe(60_006);
  });

  test('are chosen line by line, never by the sum', () => {
    const line = { model: null, usage: usage({ input: 150_000 }) };
    const cost = costOf({ lines: [line, line], price: TIERED_PRICE, priceOf: NO_OTHER_MODELS });
    expect(cost.amount).toBe(900_000);
  });
});

describe('rounding', () => {
  test.each([
    [1_499_999, 1],
    [1_500_000, 2],
    [2_500_000, 3],
    [2_499_999, 2],
  ])('is half up: %i pico-dollars are %i micro-dollars', (rate, amount) => {
    expect(amountOf({ input: 1 }, atRate(rate))).toBe(amount);
  });

  test('happens once per call, not once per line', () => {
    const line = { model: null, usage: usage({ input: 1 }) };
    const cost = costOf({ lines: [line, line, line], price: atRate(400_000), priceOf: NO_OTHER_MODELS });
    expect(cost.amount).toBe(1);
  });

  test('never makes a billed token free', () => {
    expect(amountOf({ input: 1 }, atRate(1))).toBe(1);
  });

  test('leaves a call without any usage free', () => {
    expect(amountOf({})).toBe(0);
    expect(costOf({ lines: [], price: PRICE, priceOf: NO_OTHER_MODELS })).toEqual({ amount: 0, inexact: false });
  });
});

describe('other models on the bill', () => {
  const advisor: Price = { ...PRICE, rates: { ...RATES, input: picos(9_000_000) } };
  const lines = [
    { model: null, usage: usage({ input: 1_000 }) },
    { model: 'advisor', usage: usage({ input: 1_000 }) },
  ];

  test('are charged at their own price', () => {
    const cost = costOf({ lines, price: PRICE, priceOf: (model) => (model === 'advisor' ? advisor : null) });
    expect(cost).toEqual({ amount: 12_000, inexact: false });
  });

  test('are charged like the model asked for, and flagged, if they have none', () => {
    expect(costOf({ lines, price: PRICE, priceOf: NO_OTHER_MODELS })).toEqual({ amount: 6_000, inexact: true });
  });
});

describe('absurd counts', () => {
  test.each([1e15, Number.MAX_SAFE_INTEGER, 1e300, Number.POSITIVE_INFINITY])(
    '%d tokens end at the maximum',
    (tokens) => {
      expect(amountOf({ output: tokens })).toBe(MAX_MICROS);
      expect(inexactOf({ output: tokens })).toBe(true);
    },
  );

  test.each([Number.NaN, -1, Number.NEGATIVE_INFINITY])('%d tokens are none, and flagged', (tokens) => {
    expect(amountOf({ output: tokens, input: 1_000 })).toBe(3_000);
    expect(inexactOf({ output: tokens })).toBe(true);
  });

  test('a fraction of a token is a token, and flagged', () => {
    expect(amountOf({ output: 0.5 })).toBe(15);
    expect(inexactOf({ output: 0.5 })).toBe(true);
  });

  test('no numbers at all make it throw', () => {
    const wild = fc.double();
    const counts = {
      input: wild,
      cacheRead: wild,
      cacheWrite5m: wild,
      cacheWrite1h: wild,
      output: wild,
      webSearches: wild,
    };
    fc.assert(
      fc.property(anyPrice, fc.record(counts), (price, reported) => {
        const amount = amountOf(reported, price);
        expect(Number.isSafeInteger(amount) && amount >= 0 && amount <= MAX_MICROS).toBe(true);
      }),
    );
  });
});

test('every cost equals the exact fraction, rounded half up', () => {
  fc.assert(
    fc.property(anyPrice, fc.array(anyUsage, { maxLength: 4 }), (price, usages) => {
      const exact = usages.reduce((sum, each) => sum + naivePicos(each, price), 0n);
      const rounded = (2n * exact + PICOS_PER_MICRO) / (2n * PICOS_PER_MICRO);
      const lines = usages.map((each) => ({ model: null, usage: each }));
      const { amount } = costOf({ lines, price, priceOf: NO_OTHER_MODELS });
      expect(BigInt(amount)).toBe(exact > 0n && rounded === 0n ? 1n : rounded);
    }),
    { numRuns: 1_000 },
  );
});

/** The slow way: one token kind after the other, the tier found by looking at all of them. */
function naivePicos(counts: Usage, price: Price): bigint {
  let rates: Rates = price.rates;
  for (const tier of price.tiers) if (inputTokens(counts) > tier.aboveInputTokens) rates = tier.rates;
  let sum = BigInt(counts.input) * BigInt(rates.input) + BigInt(counts.output) * BigInt(rates.output);
  for (const meter of ['cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const) {
    const plainer = meter === 'cacheWrite1h' && rates.cacheWrite5m !== null ? rates.cacheWrite5m : rates.input;
    sum += BigInt(counts[meter]) * BigInt(rates[meter] === null ? plainer : rates[meter]);
  }
  return price.webSearch === null ? sum : sum + BigInt(counts.webSearches) * BigInt(price.webSearch);
}
