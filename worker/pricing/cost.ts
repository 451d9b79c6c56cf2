// What a call cost, exactly: tokens × pico-dollars over all lines and meters, rounded once. Pure; it looks nothing up.

import { MAX_MICROS, micros, type Micros } from '../../schema/micros.ts';
import type { Price } from '../../schema/price.ts';
import type { ServiceTerms } from '../../schema/service-terms.ts';
import type { UsageLine } from '../../schema/usage.ts';
import { ratesAt } from './full-rates.ts';
import { picosOfMeter } from './media-cost.ts';
import { picosOfPieces, tokensAreFree } from './pieces.ts';
import { factorOf } from './terms.ts';
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
  /** The terms of service that were asked for, and those that the answer names. */
  readonly terms?: { readonly asked?: ServiceTerms | undefined; readonly answered?: ServiceTerms | undefined };
  /** Whether anything but text may have been read; left out, it may. */
  readonly media?: boolean | undefined;
}

/**
 * Rounds half up, once per call. A call with anything billed costs at least one micro-dollar; a call whose usage is all
 * zeros (a refusal by the provider, an empty batch) costs 0. A line of a model without a price is charged at the price
 * of the model that was asked for. Nothing a provider may report makes this throw.
 */
export function costOf({ lines, price, priceOf, terms = {}, media = true }: BilledCall): Cost {
  let total = 0n;
  let inexact = false;
  for (const line of lines) {
    const known = line.model === null ? price : priceOf(line.model);
    const bill = billOf(line, known ?? price, { terms, media });
    total += bill.picos;
    inexact ||= known === null || !bill.exact;
  }
  return { amount: round(total), inexact: inexact || total > LARGEST_COST * PICOS_PER_MICRO };
}

interface Circumstances {
  readonly terms: NonNullable<BilledCall['terms']>;
  readonly media: boolean;
}

/** In pico-dollars. The tier is chosen per line, because a provider bills each line as one request of its own. */
function billOf(line: UsageLine, price: Price, { terms, media }: Circumstances): { picos: bigint; exact: boolean } {
  const { usage } = line;
  const cacheWrite5m = countOf(usage.cacheWrite5m);
  const cacheWrite1h = countOf(usage.cacheWrite1h);
  const { factor, exact } = factorOf(price, terms);
  const inputTokens = countOf(usage.input) + countOf(usage.cacheRead) + cacheWrite5m + cacheWrite1h;
  const rates = ratesAt(price, inputTokens, factor);
  const input = picosOfMeter('input', line, rates, media);
  const cacheRead = picosOfMeter('cacheRead', line, rates, media);
  const output = picosOfMeter('output', line, rates, true);
  return {
    picos:
      input.picos +
      cacheRead.picos +
      cacheWrite5m * rates.cacheWrite5m +
      cacheWrite1h * rates.cacheWrite1h +
      output.picos +
      countOf(usage.webSearches) * BigInt(price.webSearch ?? 0) +
      picosOfPieces(line.pieces, price),
    exact: exact && input.exact && cacheRead.exact && output.exact && isFullyPriced(line, price),
  };
}

function isFullyPriced({ usage, pieces = {}, guessed = false }: UsageLine, price: Price): boolean {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output, webSearches } = usage;
  const counts = [input, cacheRead, cacheWrite5m, cacheWrite1h, output, webSearches];
  if (guessed && !tokensAreFree(price)) return false;
  // Seconds may be fractions; they are rounded up.
  const areSound = Object.values(pieces).every((count) => isCount(Math.ceil(count)));
  return areSound && counts.every(isCount) && (webSearches === 0 || price.webSearch !== null);
}

function round(total: bigint): Micros {
  if (total <= 0n) return micros(0);
  const rounded = (total + PICOS_PER_MICRO / 2n) / PICOS_PER_MICRO;
  if (rounded === 0n) return micros(1);
  return micros(Number(rounded > LARGEST_COST ? LARGEST_COST : rounded));
}
