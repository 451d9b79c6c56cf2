// How a price is written in JSON: dollars per million tokens, as decimal strings. Inside: whole pico-dollars per token.
// One dollar per million tokens is a million pico-dollars per token, so six decimals are exact. Pure.

import { z } from '@hono/zod-openapi';
import type { StoredPrice } from '../../../schema/d1/tables.ts';
import { dollarsFromMicros, micros, microsFromDollars } from '../../../schema/micros.ts';
import { type Picos, picos, type PriceTier, type Rates } from '../../../schema/price.ts';

/** A dollar per token. Anything above is a slip of the decimal point. */
const MAX_PICOS = 1_000_000_000_000;
const RATE_MESSAGE =
  'must be a decimal string of dollars per million tokens such as "0.25", at most a million, with up to six decimals';
const SEARCH_MESSAGE =
  'must be a decimal string of dollars per thousand web searches such as "10.00", at most a thousand, with up to six decimals';
const MAX_TIERS = 10;
const MAX_SEARCH_DOLLARS_PER_THOUSAND = 1_000;

const rate = z
  .string({ error: RATE_MESSAGE })
  .transform((text, check): Picos => {
    const amount = microsFromDollars(text);
    if (amount !== null && amount <= MAX_PICOS) return picos(amount);
    check.addIssue(RATE_MESSAGE);
    return z.NEVER;
  })
  .openapi({ type: 'string', example: '0.25', description: 'Dollars per million tokens.' });

/** A dollar per thousand searches is a thousandth of a dollar, a billion pico-dollars, per search. */
const searchFee = z
  .string({ error: SEARCH_MESSAGE })
  .transform((text, check): Picos => {
    const amount = microsFromDollars(text);
    if (amount !== null && amount <= MAX_SEARCH_DOLLARS_PER_THOUSAND * 1_000_000) return picos(amount * 1_000);
    check.addIssue(SEARCH_MESSAGE);
    return z.NEVER;
  })
  .openapi({ type: 'string', example: '10.00', description: 'Dollars per thousand billed web searches.' });

const cacheRate = rate.nullable().default(null);
const rates = { input: rate, cacheRead: cacheRate, cacheWrite5m: cacheRate, cacheWrite1h: cacheRate, output: rate };

const tier = z.strictObject({ aboveInputTokens: z.int().positive('must be a positive whole number'), ...rates });

export const priceInput = z
  .strictObject({
    ...rates,
    tiers: z
      .array(tier)
      .max(MAX_TIERS, `must be at most ${MAX_TIERS} tiers`)
      .refine(isRising, 'must be in rising order of aboveInputTokens')
      .default([])
      .openapi({ description: 'Rates of calls with more input tokens than this; they apply to the whole call.' }),
    webSearchPerThousand: searchFee.nullable().default(null),
  })
  .openapi('PriceInput', {
    description: 'A cache rate of null means the provider has none: such tokens cost as plain input.',
  });

const ratesBody = {
  input: z.string(),
  cacheRead: z.string().nullable(),
  cacheWrite5m: z.string().nullable(),
  cacheWrite1h: z.string().nullable(),
  output: z.string(),
};

export const priceBody = z
  .object({
    version: z.string(),
    ...ratesBody,
    tiers: z.array(z.object({ aboveInputTokens: z.int(), ...ratesBody })),
    webSearchPerThousand: z.string().nullable(),
  })
  .openapi('Price');

export function priceFrom(input: z.output<typeof priceInput>): StoredPrice {
  const { tiers, webSearchPerThousand, ...base } = input;
  return {
    rates: base,
    tiers: tiers.map(({ aboveInputTokens, ...tierRates }) => ({ aboveInputTokens, rates: tierRates })),
    webSearch: webSearchPerThousand,
  };
}

export function presentPrice(price: StoredPrice & { readonly version: string }): z.infer<typeof priceBody> {
  const { version, tiers, webSearch } = price;
  return {
    version,
    ...presentRates(price.rates),
    tiers: tiers.map((each) => presentTier(each)),
    webSearchPerThousand: webSearch === null ? null : dollarsFromMicros(micros(webSearch / 1_000)),
  };
}

function presentTier({ aboveInputTokens, rates: tierRates }: PriceTier) {
  return { aboveInputTokens, ...presentRates(tierRates) };
}

function presentRates({ input, cacheRead, cacheWrite5m, cacheWrite1h, output }: Rates) {
  return {
    input: dollarsPerMillion(input),
    cacheRead: cacheRead === null ? null : dollarsPerMillion(cacheRead),
    cacheWrite5m: cacheWrite5m === null ? null : dollarsPerMillion(cacheWrite5m),
    cacheWrite1h: cacheWrite1h === null ? null : dollarsPerMillion(cacheWrite1h),
    output: dollarsPerMillion(output),
  };
}

function dollarsPerMillion(amount: Picos): string {
  return dollarsFromMicros(micros(amount));
}

function isRising(tiers: readonly { readonly aboveInputTokens: number }[]): boolean {
  return tiers.every((each, place) => place === 0 || each.aboveInputTokens > (tiers[place - 1]?.aboveInputTokens ?? 0));
}
