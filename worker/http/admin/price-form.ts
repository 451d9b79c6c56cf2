// How a price is written in JSON: dollars per million tokens, as decimal strings. Inside: whole pico-dollars per token.
// One dollar per million tokens is a million pico-dollars per token, so six decimals are exact. Pure.

import { z } from '@hono/zod-openapi';
import type { StoredEdition, StoredPrice } from '../../../schema/d1/tables.ts';
import { dollarsFromMicros, micros, microsFromDollars } from '../../../schema/micros.ts';
import type { DatedPrice, Multiplier, Picos, PriceList, Rates } from '../../../schema/price.ts';
import { mediaMeters, picos, pieceMeters } from '../../../schema/price.ts';
import { termMembers } from '../../../schema/service-terms.ts';
import { isoTime, timeField } from './fields.ts';

/** A dollar per token. Anything above is a slip of the decimal point. */
const MAX_PICOS = 1_000_000_000_000;
const RATE_MESSAGE =
  'must be a decimal string of dollars per million tokens such as "0.25", at most a million, with up to six decimals';
const SEARCH_MESSAGE =
  'must be a decimal string of dollars per thousand web searches such as "10.00", at most a thousand, with up to six decimals';
const PIECE_MESSAGE =
  'must be a decimal string of dollars for one such as "0.0001", at most a thousand, with up to six decimals';
const TIMES_MESSAGE = 'must be a decimal string above 0 such as "1.75", at most 1000, with up to six decimals';
const TERM_MESSAGE = `must be named like "service_tier=priority", with one of ${termMembers.join(', ')}`;
const MAX_PIECE_MICROS = 1_000_000_000;
const PICOS_PER_MICRO = 1_000_000;
const MAX_TIERS = 10;
const MAX_EDITIONS = 50;
const MAX_MULTIPLIERS = 20;
const MAX_TIMES = 1_000_000_000;
const PER = 1_000_000;
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
const media = z
  .partialRecord(z.enum(mediaMeters), rate)
  .optional()
  .openapi({ description: 'Rates of tokens of sound, pictures and film, where they differ from those of text.' });
const rates = {
  input: rate,
  cacheRead: cacheRate,
  cacheWrite5m: cacheRate,
  cacheWrite1h: cacheRate,
  output: rate,
  media,
};

const piece = z
  .string({ error: PIECE_MESSAGE })
  .transform((text, check): Picos => {
    const amount = microsFromDollars(text);
    if (amount !== null && amount <= MAX_PIECE_MICROS) return picos(amount * PICOS_PER_MICRO);
    check.addIssue(PIECE_MESSAGE);
    return z.NEVER;
  })
  .openapi({ type: 'string', example: '0.0001' });

const pieces = z
  .partialRecord(z.enum(pieceMeters), piece)
  .optional()
  .openapi({
    example: { audioSeconds: '0.0001' },
    description: 'Dollars for each second heard, character spoken or picture drawn, beside the tokens.',
  });

const multiplier = z
  .string({ error: TIMES_MESSAGE })
  .transform((text, check): Multiplier => {
    const times = microsFromDollars(text);
    if (times !== null && times > 0 && times <= MAX_TIMES) return { times, per: PER };
    check.addIssue(TIMES_MESSAGE);
    return z.NEVER;
  })
  .openapi({ type: 'string', example: '1.75' });

const multipliers = z
  .record(z.string().regex(new RegExp(`^(?:${termMembers.join('|')})=.{1,64}$`), TERM_MESSAGE), multiplier)
  .refine((terms) => Object.keys(terms).length <= MAX_MULTIPLIERS, `must be at most ${MAX_MULTIPLIERS} terms`)
  .optional()
  .openapi({
    example: { 'service_tier=priority': '1.75' },
    description: 'What all rates are multiplied by under a term of service. Terms that are not named are refused.',
  });

const tier = z.strictObject({ aboveInputTokens: z.int().positive('must be a positive whole number'), ...rates });

const editionFields = {
  ...rates,
  tiers: z
    .array(tier)
    .max(MAX_TIERS, `must be at most ${MAX_TIERS} tiers`)
    .refine(isRising, 'must be in rising order of aboveInputTokens')
    .default([])
    .openapi({ description: 'Rates of calls with more input tokens than this; they apply to the whole call.' }),
  webSearchPerThousand: searchFee.nullable().default(null),
  pieces,
  multipliers,
};

export const priceInput = z.strictObject(editionFields).openapi('PriceInput', {
  description: 'A cache rate of null means the provider has none: such tokens cost as plain input.',
});

const editionInput = z.strictObject({ from: timeField.optional(), ...editionFields });

export const pricesInput = z
  .array(editionInput)
  .min(1, 'must not be empty')
  .max(MAX_EDITIONS, `must be at most ${MAX_EDITIONS} editions`)
  .superRefine((editions, check) => {
    for (const [place, { from }] of editions.entries()) {
      const before = editions[place - 1];
      if (before === undefined) continue;
      const message =
        from === undefined
          ? 'must be given: only the first edition counts since ever'
          : 'must be later than the one before';
      if (from === undefined || from <= (before.from ?? Number.NEGATIVE_INFINITY)) {
        check.addIssue({ code: 'custom', path: [place, 'from'], message });
      }
    }
  })
  .openapi({
    description: 'Instead of price: editions in rising order of from. The one in force when a call starts counts.',
  });

const ratesBody = {
  input: z.string(),
  cacheRead: z.string().nullable(),
  cacheWrite5m: z.string().nullable(),
  cacheWrite1h: z.string().nullable(),
  output: z.string(),
  media: z.record(z.string(), z.string()).optional(),
};

export const priceBody = z
  .object({
    version: z.string(),
    from: z.iso.datetime().optional(),
    ...ratesBody,
    tiers: z.array(z.object({ aboveInputTokens: z.int(), ...ratesBody })),
    webSearchPerThousand: z.string().nullable(),
    pieces: z.record(z.string(), z.string()).optional(),
    multipliers: z.record(z.string(), z.string()).optional(),
  })
  .openapi('Price');

type EditionInput = z.output<typeof editionInput>;

export function priceFrom(input: z.output<typeof priceInput>): StoredPrice {
  return editionFrom(input);
}

/** Null where there are none. */
export function pricesFrom([first, ...later]: z.output<typeof pricesInput>): StoredPrice | null {
  if (first === undefined) return null;
  return { ...editionFrom(first), ...(later.length > 0 && { later: later.map((each) => editionFrom(each)) }) };
}

function editionFrom(input: EditionInput): StoredEdition {
  const { from, tiers, webSearchPerThousand, multipliers: terms, pieces: byPiece, ...base } = input;
  return {
    rates: ratesFrom(base),
    tiers: tiers.map(({ aboveInputTokens, ...tierRates }) => ({ aboveInputTokens, rates: ratesFrom(tierRates) })),
    webSearch: webSearchPerThousand,
    ...(byPiece !== undefined && { pieces: byPiece }),
    ...(terms !== undefined && { multipliers: terms }),
    ...(from !== undefined && { fromMs: from }),
  };
}

type RatesInput = Omit<EditionInput, 'from' | 'tiers' | 'webSearchPerThousand' | 'multipliers' | 'pieces'>;

function ratesFrom({ media: ofMedia, ...text }: RatesInput): Rates {
  return { ...text, ...(ofMedia !== undefined && { media: ofMedia }) };
}

/** All editions, oldest first. */
export function presentPrices({ later = [], ...first }: PriceList): z.infer<typeof priceBody>[] {
  return [first, ...later].map((each) => presentPrice(each));
}

export function presentPrice({
  version,
  fromMs,
  rates: base,
  tiers,
  webSearch,
  pieces: byPiece,
  multipliers: terms,
}: DatedPrice): z.infer<typeof priceBody> {
  return {
    version,
    ...(fromMs !== undefined && { from: isoTime(fromMs) }),
    ...presentRates(base),
    tiers: tiers.map((each) => ({ aboveInputTokens: each.aboveInputTokens, ...presentRates(each.rates) })),
    webSearchPerThousand: webSearch === null ? null : dollarsFromMicros(micros(webSearch / 1_000)),
    ...(byPiece !== undefined && { pieces: mapValues(byPiece, dollarsForOne) }),
    ...(terms !== undefined && { multipliers: mapValues(terms, ({ times }) => dollarsFromMicros(micros(times))) }),
  };
}

function presentRates({ input, cacheRead, cacheWrite5m, cacheWrite1h, output, media: ofMedia }: Rates) {
  return {
    input: dollarsPerMillion(input),
    cacheRead: cacheRead === null ? null : dollarsPerMillion(cacheRead),
    cacheWrite5m: cacheWrite5m === null ? null : dollarsPerMillion(cacheWrite5m),
    cacheWrite1h: cacheWrite1h === null ? null : dollarsPerMillion(cacheWrite1h),
    output: dollarsPerMillion(output),
    ...(ofMedia !== undefined && { media: mapValues(ofMedia, dollarsPerMillion) }),
  };
}

function mapValues<Value>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

function dollarsForOne(amount: Picos): string {
  return dollarsFromMicros(micros(amount / PICOS_PER_MICRO));
}

function dollarsPerMillion(amount: Picos): string {
  return dollarsFromMicros(micros(amount));
}

function isRising(tiers: readonly { readonly aboveInputTokens: number }[]): boolean {
  return tiers.every((each, place) => place === 0 || each.aboveInputTokens > (tiers[place - 1]?.aboveInputTokens ?? 0));
}
