// The upper bound before a call, and its inverse: how much output a budget affords. Pure; no bill may exceed the bound.

import { MAX_MICROS, micros, type Micros } from '../../schema/micros.ts';
import { type MediaMeter, meterOfMedia, type Pieces, type Price } from '../../schema/price.ts';
import type { ServiceTerms } from '../../schema/service-terms.ts';
import { PICOS_PER_MICRO } from './cost.ts';
import { type FullRates, ratesUpTo } from './full-rates.ts';
import { picosOfPieces } from './pieces.ts';
import { factorUpTo } from './terms.ts';
import { countOf } from './token-count.ts';

const LARGEST_BOUND = 2n * BigInt(MAX_MICROS);

/** The longest-lived cache the call may write. Of a provider that writes caches unasked (OpenAI) this is never 'none'. */
export type LongestCacheWrite = 'none' | '5m' | '1h';

/** Upper bounds of what one call may use. Counts; if several models may be billed, sum their bounds. */
export interface CallBounds {
  readonly price: Price;
  /** Input of every kind. */
  readonly inputTokens: number;
  readonly longestCacheWrite: LongestCacheWrite;
  readonly webSearches: number;
  /** Input that one request may have where the provider bills several for the call; left out, all of it. */
  readonly requestTokens?: number;
  /** Whether the input may be anything but text; left out, it may. */
  readonly media?: boolean;
  readonly terms?: ServiceTerms | undefined;
  readonly pieces?: Pieces | undefined;
}

/**
 * No usage within these bounds costs more: every input token at the dearest rate it may be billed at, in the dearest
 * tier within reach, rounded up. At most 2 × MAX_MICROS, which no budget holds.
 */
export function boundOf(call: CallBounds & { readonly outputTokens: number }): Micros {
  return boundAt(dearest(call), call.outputTokens);
}

/** What bounds a call whatever the length of its answer: asked once, and then for one length after another. */
export interface Dearest {
  /** Pico-dollars of everything but the output. */
  readonly inputSide: bigint;
  /** Pico-dollars per output token. */
  readonly outputRate: bigint;
}

export function boundAt({ inputSide, outputRate }: Dearest, outputTokens: number): Micros {
  const total = inputSide + countOf(outputTokens) * outputRate;
  const bound = (total + PICOS_PER_MICRO - 1n) / PICOS_PER_MICRO;
  return micros(Number(bound > LARGEST_BOUND ? LARGEST_BOUND : bound));
}

/**
 * The largest output cap, in tokens, whose bound fits in `budget`. 0 also when the input alone does not fit;
 * Number.MAX_SAFE_INTEGER where output is free.
 */
export function affordableOutput({ inputSide, outputRate }: Dearest, budget: Micros): number {
  const left = BigInt(budget) * PICOS_PER_MICRO - inputSide;
  if (left < 0n) return 0;
  if (outputRate === 0n) return Number.MAX_SAFE_INTEGER;
  const tokens = left / outputRate;
  return tokens > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(tokens);
}

export function dearest(call: CallBounds): Dearest {
  const { price, inputTokens, longestCacheWrite, webSearches, requestTokens = inputTokens, media = true, terms } = call;
  const tokens = countOf(inputTokens);
  const rates = ratesUpTo(price, countOf(requestTokens), factorUpTo(price, terms));
  const inputRate = largest(rates.flatMap((each) => inputRates(each, longestCacheWrite, media)));
  const fees = countOf(webSearches) * BigInt(price.webSearch ?? 0) + picosOfPieces(call.pieces, price);
  return { inputSide: tokens * inputRate + fees, outputRate: largest(rates.flatMap(outputRates)) };
}

function outputRates({ output, media }: FullRates): readonly bigint[] {
  return [output, ...mediaRates(media, (meter) => meterOfMedia[meter] === 'output')];
}

function mediaRates(media: FullRates['media'], isMeant: (meter: MediaMeter) => boolean): readonly bigint[] {
  return media.size === 0 ? [] : [...media].flatMap(([meter, rate]) => (isMeant(meter) ? [rate] : []));
}

function inputRates(rates: FullRates, longestCacheWrite: LongestCacheWrite, media: boolean): readonly bigint[] {
  const ofMedia = media ? mediaRates(rates.media, (meter) => meterOfMedia[meter] !== 'output') : [];
  const always = [rates.input, rates.cacheRead, ...ofMedia];
  switch (longestCacheWrite) {
    case 'none':
      return always;
    case '5m':
      return [...always, rates.cacheWrite5m];
    case '1h':
      return [...always, rates.cacheWrite5m, rates.cacheWrite1h];
  }
}

function largest(amounts: readonly bigint[]): bigint {
  return amounts.reduce((most, amount) => (amount > most ? amount : most), 0n);
}
