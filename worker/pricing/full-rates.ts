// Rates with their gaps filled, ready for exact multiplication: which of them apply to a given amount of input, and on what
// terms of service.

import { type MediaMeter, mediaMeters, type Price, type Rates } from '../../schema/price.ts';
import { type Factor, scale } from './terms.ts';

/** Pico-dollars per token. A missing cache rate is the plain input rate, and that of long writes the short writes' one. */
export interface FullRates {
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite5m: bigint;
  readonly cacheWrite1h: bigint;
  readonly output: bigint;
  /** Only the meters that have a rate of their own. */
  readonly media: ReadonlyMap<MediaMeter, bigint>;
}

function fill(rates: Rates, factor: Factor): FullRates {
  return {
    input: scale(rates.input, factor),
    cacheRead: scale(rates.cacheRead ?? rates.input, factor),
    cacheWrite5m: scale(rates.cacheWrite5m ?? rates.input, factor),
    cacheWrite1h: scale(rates.cacheWrite1h ?? rates.cacheWrite5m ?? rates.input, factor),
    output: scale(rates.output, factor),
    media: mediaOf(rates, factor),
  };
}

/** Where a provider has no cache rate at all, what it read from a cache costs as plain input of its medium. */
const UNCACHED: Readonly<Partial<Record<MediaMeter, MediaMeter>>> = {
  audioCacheRead: 'audioInput',
  imageCacheRead: 'imageInput',
};
const NO_MEDIA: FullRates['media'] = new Map();

function mediaOf({ media, cacheRead }: Rates, factor: Factor): FullRates['media'] {
  if (media === undefined) return NO_MEDIA;
  const rates = new Map<MediaMeter, bigint>();
  for (const meter of mediaMeters) {
    const uncached = cacheRead === null ? UNCACHED[meter] : undefined;
    const rate = media[meter] ?? (uncached === undefined ? undefined : media[uncached]);
    if (rate !== undefined) rates.set(meter, scale(rate, factor));
  }
  return rates;
}

/** The rates of a call with exactly `inputTokens` input tokens of every kind: the highest tier that it exceeds. */
export function ratesAt(price: Price, inputTokens: bigint, factor: Factor): FullRates {
  const tier = price.tiers.findLast(({ aboveInputTokens }) => inputTokens > BigInt(aboveInputTokens));
  return tier === undefined ? fill(price.rates, factor) : fill(withMedia(tier.rates, price), factor);
}

/** All rates that a call with at most `inputTokens` input tokens may come to. */
export function ratesUpTo(price: Price, inputTokens: bigint, factor: Factor): readonly FullRates[] {
  const tiers = price.tiers.filter(({ aboveInputTokens }) => inputTokens > BigInt(aboveInputTokens));
  return [fill(price.rates, factor), ...tiers.map(({ rates }) => fill(withMedia(rates, price), factor))];
}

/** A tier that says nothing of media has those of the price. */
function withMedia(rates: Rates, { rates: { media } }: Price): Rates {
  return rates.media === undefined && media !== undefined ? { ...rates, media } : rates;
}
