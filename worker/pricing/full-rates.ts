// Rates with their gaps filled, ready for exact multiplication: which of them apply to a given amount of input.

import type { Price, Rates } from '../../schema/price.ts';

/** Pico-dollars per token. A missing cache rate is the plain input rate, and that of long writes the short writes' one. */
export interface FullRates {
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite5m: bigint;
  readonly cacheWrite1h: bigint;
  readonly output: bigint;
  readonly audioInput: bigint;
  readonly audioCacheRead: bigint;
}

function fill(rates: Rates): FullRates {
  return {
    input: BigInt(rates.input),
    cacheRead: BigInt(rates.cacheRead ?? rates.input),
    cacheWrite5m: BigInt(rates.cacheWrite5m ?? rates.input),
    cacheWrite1h: BigInt(rates.cacheWrite1h ?? rates.cacheWrite5m ?? rates.input),
    output: BigInt(rates.output),
    audioInput: BigInt(rates.audio?.input ?? rates.input),
    audioCacheRead: BigInt(rates.audio?.cacheRead ?? rates.cacheRead ?? rates.input),
  };
}

/** The rates of a call with exactly `inputTokens` input tokens of every kind: the highest tier that it exceeds. */
export function ratesAt(price: Price, inputTokens: bigint): FullRates {
  const tier = price.tiers.findLast(({ aboveInputTokens }) => inputTokens > BigInt(aboveInputTokens));
  return fill(tier?.rates ?? price.rates);
}

/** All rates that a call with at most `inputTokens` input tokens may come to. */
export function ratesUpTo(price: Price, inputTokens: bigint): readonly FullRates[] {
  const tiers = price.tiers.filter(({ aboveInputTokens }) => inputTokens > BigInt(aboveInputTokens));
  return [fill(price.rates), ...tiers.map(({ rates }) => fill(rates))];
}
