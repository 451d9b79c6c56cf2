// What a token costs, in integers. It knows no call and no budget.

declare const picosBrand: unique symbol;

/** Pico-dollars, a non-negative safe integer: 1 dollar per million tokens is 1,000,000 pico-dollars per token. */
export type Picos = number & { readonly [picosBrand]: true };

/** The one constructor. Throws on anything but a non-negative safe integer. */
export function picos(amount: number): Picos {
  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw new RangeError(`not a whole number of pico-dollars: ${amount}`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand's one constructor
  return amount as Picos;
}

/**
 * Pico-dollars per token, by meter. A null cache rate means the provider has none: such tokens cost as plain input, and
 * long-lived writes as short-lived ones.
 */
export interface Rates {
  readonly input: Picos;
  readonly cacheRead: Picos | null;
  readonly cacheWrite5m: Picos | null;
  readonly cacheWrite1h: Picos | null;
  readonly output: Picos;
  /** Left out where audio costs what text costs. */
  readonly audio?: AudioRates;
}

/** What audio costs where it is dearer than text: as plain input, and read from a cache. */
export interface AudioRates {
  readonly input: Picos;
  readonly cacheRead: Picos;
}

/** Rates of a call whose input tokens of every kind exceed `aboveInputTokens`; they apply to the whole call. */
export interface PriceTier {
  readonly aboveInputTokens: number;
  readonly rates: Rates;
}

export interface Price {
  /** Says which table and which edition of it; kept on every usage event. */
  readonly version: string;
  readonly rates: Rates;
  /** In rising order of `aboveInputTokens`; often empty. */
  readonly tiers: readonly PriceTier[];
  /** Pico-dollars per billed web search; null where the provider has none or the fee is unknown. */
  readonly webSearch: Picos | null;
}
