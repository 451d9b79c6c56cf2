// What is billed by the piece: seconds heard, characters spoken, pictures drawn. Pure.

import type { CallShape } from '../../schema/call-shape.ts';
import { type Pieces, pieceMeters, type Price } from '../../schema/price.ts';
import { allTokens, type UsageLine } from '../../schema/usage.ts';
import { countOf } from './token-count.ts';

/** In pico-dollars. A part of a second is charged as one; what has no rate costs nothing here. */
export function picosOfPieces(pieces: Pieces | undefined, { pieces: rates }: Price): bigint {
  if (pieces === undefined || rates === undefined) return 0n;
  return pieceMeters.reduce((sum, meter) => sum + countOf(pieces[meter] ?? 0) * BigInt(rates[meter] ?? 0), 0n);
}

export function tokensAreFree({ rates }: Price): boolean {
  return rates.input === 0 && rates.output === 0;
}

/** Whether a model that bills by the piece alone has a price for none of what this call may use. */
export function hasNoPriceFor(price: Price, { pieces }: Pick<CallShape, 'pieces'>): boolean {
  const { pieces: rates } = price;
  if (rates === undefined || !tokensAreFree(price)) return false;
  return (
    pieces === undefined || !pieceMeters.some((meter) => pieces[meter] !== undefined && rates[meter] !== undefined)
  );
}

/**
 * Whether an answer was billed in something that has a price: a provider that counts seconds where the price is per token
 * has told nothing of what the call cost.
 */
export function isBillable({ usage, pieces = {} }: UsageLine, price: Price): boolean {
  const used = pieceMeters.filter((meter) => countOf(pieces[meter] ?? 0) > 0n);
  if (used.some((meter) => price.pieces?.[meter] !== undefined)) return true;
  const usedTokens = allTokens(usage) > 0;
  if (tokensAreFree(price)) return price.pieces === undefined || (used.length === 0 && !usedTokens);
  return usedTokens || used.length === 0;
}
