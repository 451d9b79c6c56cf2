// The upper bound before a call, and its inverse: how much output a budget affords. Pure; no bill may exceed the bound.

import { MAX_MICROS, micros, type Micros } from '../../schema/micros.ts';
import type { Price } from '../../schema/price.ts';
import { PICOS_PER_MICRO } from './cost.ts';
import { type FullRates, ratesUpTo } from './full-rates.ts';
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
  /** The input may hold audio. */
  readonly audio?: boolean;
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

export function dearest({ price, inputTokens, longestCacheWrite, webSearches, audio }: CallBounds): Dearest {
  const tokens = countOf(inputTokens);
  const rates = ratesUpTo(price, tokens);
  const audioRates = audio === true ? rates.flatMap((each) => [each.audioInput, each.audioCacheRead]) : [];
  const inputRate = largest([...rates.flatMap((each) => inputRates(each, longestCacheWrite)), ...audioRates]);
  const fees = countOf(webSearches) * BigInt(price.webSearch ?? 0);
  return { inputSide: tokens * inputRate + fees, outputRate: largest(rates.map(({ output }) => output)) };
}

function inputRates(rates: FullRates, longestCacheWrite: LongestCacheWrite): readonly bigint[] {
  const always = [rates.input, rates.cacheRead];
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
