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

/** Tokens of sound, pictures and film. */
export const mediaMeters = [
  'audioInput',
  'imageInput',
  'videoInput',
  'audioCacheRead',
  'imageCacheRead',
  'audioOutput',
  'imageOutput',
  'videoOutput',
] as const;
export type MediaMeter = (typeof mediaMeters)[number];

/** What some models bill by the piece, with or without tokens: seconds heard, characters spoken, pictures drawn. */
export const pieceMeters = ['audioSeconds', 'characters', 'images'] as const;
export type PieceMeter = (typeof pieceMeters)[number];
export type Pieces = Readonly<Partial<Record<PieceMeter, number>>>;

export type MixedMeter = 'input' | 'cacheRead' | 'output';

/** The meter that these tokens are part of. */
export const meterOfMedia: Readonly<Record<MediaMeter, MixedMeter>> = {
  audioInput: 'input',
  imageInput: 'input',
  videoInput: 'input',
  audioCacheRead: 'cacheRead',
  imageCacheRead: 'cacheRead',
  audioOutput: 'output',
  imageOutput: 'output',
  videoOutput: 'output',
};

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
  /** Where tokens of other media than text have rates of their own; a meter without one costs as its tokens of text. */
  readonly media?: Readonly<Partial<Record<MediaMeter, Picos>>>;
}

/** Rates of a call whose input tokens of every kind exceed `aboveInputTokens`; they apply to the whole call. */
export interface PriceTier {
  readonly aboveInputTokens: number;
  readonly rates: Rates;
}

/** An exact fraction: rates times `times`, divided by `per`, rounded up to whole pico-dollars. Both are above 0. */
export interface Multiplier {
  readonly times: number;
  readonly per: number;
}

export interface Price {
  /** Says which table and which edition of it; kept on every usage event. */
  readonly version: string;
  readonly rates: Rates;
  /** In rising order of `aboveInputTokens`; often empty. */
  readonly tiers: readonly PriceTier[];
  /** Pico-dollars per billed web search; null where the provider has none or the fee is unknown. */
  readonly webSearch: Picos | null;
  /** Pico-dollars by the piece, where the model bills so; a model whose rates per token are all 0 then bills nothing else. */
  readonly pieces?: Readonly<Partial<Record<PieceMeter, Picos>>>;
  /** What all rates per token are multiplied by under a term of service, named as `termName` writes it. */
  readonly multipliers?: Readonly<Record<string, Multiplier>>;
  /** Set by an admin rather than taken from a list: then it covers the dated snapshots of its model as well. */
  readonly origin?: 'admin';
}

/** A price from `fromMs` on (since 1970), or since ever. */
export interface DatedPrice extends Price {
  readonly fromMs?: number;
}

/** A price and the editions that follow it, in rising order of their start. */
export interface PriceList extends DatedPrice {
  readonly later?: readonly DatedPrice[];
}

/** The edition in force at a time; null before the first. */
export function priceAt({ later = [], ...first }: PriceList, atMs: number): Price | null {
  return [first, ...later].findLast(({ fromMs }) => fromMs === undefined || fromMs <= atMs) ?? null;
}
