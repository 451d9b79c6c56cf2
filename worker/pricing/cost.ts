// What a call cost, exactly: tokens × pico-dollars over all lines and meters, rounded once. Pure; it looks nothing up.

import { MAX_MICROS, micros, type Micros } from '../../schema/micros.ts';
import type { Price } from '../../schema/price.ts';
import type { UsageLine } from '../../schema/usage.ts';
import { ratesAt } from './full-rates.ts';
import { countOf, isCount } from './token-count.ts';

export const PICOS_PER_MICRO = 1_000_000n;
const LARGEST_COST = BigInt(MAX_MICROS);

export interface Cost {
  /** From 0 to MAX_MICROS. */
  readonly amount: Micros;
  /** Something had no price of its own, was no proper count, or was beyond MAX_MICROS: look at the usage event. */
  readonly inexact: boolean;
}

export interface BilledCall {
  readonly lines: readonly UsageLine[];
  /** The price of the model that was asked for. */
  readonly price: Price;
  /** The prices of other models that the provider may name on a line. */
  readonly priceOf: (model: string) => Price | null;
}

/**
 * Rounds half up, once per call. A call with anything billed costs at least one micro-dollar; a call whose usage is all
 * zeros (a refusal by the provider, an empty batch) costs 0. A line of a model without a price is charged at the price
 * of the model that was asked for. Nothing a provider may report makes this throw.
 */
export function costOf({ lines, price, priceOf }: BilledCall): Cost {
  let total = 0n;
  let inexact = false;
  for (const line of lines) {
    const { model } = line;
    const known = model === null ? price : priceOf(model);
    const applied = known ?? price;
    total += picosOf(line, applied);
    inexact ||= known === null || !isFullyPriced(line, applied);
  }
  return { amount: round(total), inexact: inexact || total > LARGEST_COST * PICOS_PER_MICRO };
}

/** Pico-dollars. The tier is chosen per line, because a provider bills each line as one request of its own. */
function picosOf({ usage, audio }: UsageLine, price: Price): bigint {
  const input = countOf(usage.input);
  const cacheRead = countOf(usage.cacheRead);
  const cacheWrite5m = countOf(usage.cacheWrite5m);
  const cacheWrite1h = countOf(usage.cacheWrite1h);
  const rates = ratesAt(price, input + cacheRead + cacheWrite5m + cacheWrite1h);
  return (
    partly(input, rates.input, audio?.input, rates.audioInput) +
    partly(cacheRead, rates.cacheRead, audio?.cacheRead, rates.audioCacheRead) +
    cacheWrite5m * rates.cacheWrite5m +
    cacheWrite1h * rates.cacheWrite1h +
    countOf(usage.output) * rates.output +
    countOf(usage.webSearches) * BigInt(price.webSearch ?? 0)
  );
}

/** Tokens of which a share, never more than all of them, has a rate of its own. */
function partly(tokens: bigint, rate: bigint, share: number | undefined, shareRate: bigint): bigint {
  const apart = share === undefined ? 0n : countOf(share);
  const bounded = apart < tokens ? apart : tokens;
  return (tokens - bounded) * rate + bounded * shareRate;
}

function isFullyPriced({ usage, audio }: UsageLine, price: Price): boolean {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, webSearches } = usage;
  const shares = audio === undefined ? [] : [audio.input, audio.cacheRead];
  const counts = [input, cacheRead, cacheWrite5m, cacheWrite1h, output, webSearches, ...shares];
  return counts.every(isCount) && (webSearches === 0 || price.webSearch !== null);
}

function round(total: bigint): Micros {
  if (total <= 0n) return micros(0);
  const rounded = (total + PICOS_PER_MICRO / 2n) / PICOS_PER_MICRO;
  if (rounded === 0n) return micros(1);
  return micros(Number(rounded > LARGEST_COST ? LARGEST_COST : rounded));
}
