// The terms of the built-in demo model: round prices, so that its bills can be checked by hand.

import { picos, type Price } from '../../schema/price.ts';

const PRICE: Price = {
  version: 'demo-1',
  rates: {
    input: picos(1_000_000),
    cacheRead: null,
    cacheWrite5m: null,
    cacheWrite1h: null,
    output: picos(2_000_000),
  },
  tiers: [],
  webSearch: null,
};

/** One dollar per million tokens in, two out; limits in tokens. */
export const DEMO_TERMS = { price: PRICE, contextWindow: 100_000, maxOutputTokens: 1_000, imageTokens: 0 };
