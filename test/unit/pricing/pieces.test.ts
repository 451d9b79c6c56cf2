// What is billed by the piece: the price, and what is no bill where the price is for something else.

import { describe, expect, test } from 'vitest';
import { picos, type Pieces, type Price } from '../../../schema/price.ts';
import { NO_USAGE } from '../../../schema/usage.ts';
import { costOf } from '../../../worker/pricing/cost.ts';
import { hasNoPriceFor, isBillable } from '../../../worker/pricing/pieces.ts';
import { lookUpModel } from '../../../worker/pricing/price-book.ts';
import { PRICE, RATES, usage } from './prices.ts';

const FREE = { ...RATES, input: picos(0), output: picos(0) };
const HEARS: Price = { ...PRICE, rates: FREE, pieces: { audioSeconds: picos(100_000_000) } };
const GRATIS: Price = { ...PRICE, rates: FREE };

function line(pieces: Pieces, tokens = 0) {
  return { model: null, usage: usage({ input: tokens }), pieces };
}

test.each<[string, string, number]>([
  ['openai', 'whisper-1', 100_000_000],
  ['openai', 'gpt-transcribe', 75_000_000],
  ['mistral', 'voxtral-mini-latest', 50_000_000],
])('the table has a price for each second of %s %s', (catalogue, upstreamModel, audioSeconds) => {
  const model = lookUpModel({ catalogue, upstreamModel, atMs: 0 });
  expect(model?.price).toMatchObject({ pieces: { audioSeconds }, rates: { input: 0, output: 0 } });
});

test('Groq, which bills ten seconds at least, has none', () => {
  expect(lookUpModel({ catalogue: 'groq', upstreamModel: 'whisper-large-v3', atMs: 0 })).toBeNull();
});

describe('the cost', () => {
  test.each<[Pieces, number, boolean]>([
    [{ audioSeconds: 37 }, 3_700, false],
    [{ audioSeconds: 36.2 }, 3_700, false],
    [{ audioSeconds: 0 }, 0, false],
    [{ audioSeconds: -1 }, 0, true],
    [{ audioSeconds: Number.NaN }, 0, true],
    [{ characters: 9 }, 0, false],
  ])('of %o is so many micro-dollars', (pieces, amount, inexact) => {
    expect(costOf({ lines: [line(pieces)], price: HEARS, priceOf: () => null })).toEqual({ amount, inexact });
  });

  test('is not exact where tokens were guessed and cost something', () => {
    const guessed = { ...line({ audioSeconds: 1 }, 5), guessed: true };
    expect(costOf({ lines: [guessed], price: HEARS, priceOf: () => null }).inexact).toBe(false);
    expect(costOf({ lines: [guessed], price: PRICE, priceOf: () => null }).inexact).toBe(true);
  });
});

describe('a bill', () => {
  test.each<[string, Price, Pieces, number, boolean]>([
    ['seconds at a price for seconds', HEARS, { audioSeconds: 1 }, 0, true],
    ['seconds beside tokens that cost nothing', HEARS, { audioSeconds: 1 }, 9, true],
    ['tokens at a price for seconds', HEARS, {}, 9, false],
    ['seconds at a price for tokens', PRICE, { audioSeconds: 1 }, 0, false],
    ['tokens at a price for tokens', PRICE, {}, 9, true],
    ['tokens beside pieces at a price for tokens', PRICE, { images: 1 }, 9, true],
    ['pictures at a price for seconds', HEARS, { images: 1 }, 0, false],
    ['nothing', PRICE, {}, 0, true],
    ['nothing, at a price for seconds', HEARS, {}, 0, true],
    ['anything that is free', GRATIS, { images: 1 }, 9, true],
  ])('of %s: %#', (_, price, pieces, tokens, isOne) => {
    expect(isBillable(line(pieces, tokens), price)).toBe(isOne);
  });

  test('of a call without pieces is as ever', () => {
    expect(isBillable({ model: null, usage: NO_USAGE }, PRICE)).toBe(true);
  });
});

test.each<[Price, Pieces | undefined, boolean]>([
  [HEARS, undefined, true],
  [HEARS, { characters: 1 }, true],
  [HEARS, { audioSeconds: 1 }, false],
  [PRICE, { audioSeconds: 1 }, false],
  [PRICE, undefined, false],
  [GRATIS, undefined, false],
  [{ ...HEARS, rates: RATES }, undefined, false],
])('a call has no price: %#', (price, pieces, hasNone) => {
  expect(hasNoPriceFor(price, pieces === undefined ? {} : { pieces })).toBe(hasNone);
});
