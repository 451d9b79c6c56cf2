// What a total was charged for: each kind of token at its price, and what is left over. Pure; exact to the pico-dollar.
//
// The bill of a call is rounded once, to the micro-dollar, over all it used. So tokens times prices come to it but for the
// rounding, which is a part of its own; what tools, long contexts, other media and terms of service cost above the price of
// tokens is another.

import type { Picos } from '../../../schema/price.ts';
import { allTokens } from '../../../schema/usage.ts';
import type { KnownRates } from '../../records/known-prices.ts';
import type { UsageTotal } from '../../records/usage-totals.ts';

export const tokenTypes = ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'output'] as const;
export type TokenType = (typeof tokenTypes)[number];

export type ChargePart =
  | {
      readonly kind: 'tokens';
      readonly type: TokenType;
      readonly tokens: number;
      readonly rate: Picos;
      readonly picos: bigint;
    }
  /** Above the price of tokens. */
  | { readonly kind: 'beyond'; readonly calls: number; readonly picos: bigint }
  | { readonly kind: 'rounding'; readonly picos: bigint }
  /** All of it, where no price is known or the price was less than is known. */
  | { readonly kind: 'whole'; readonly tokens: number; readonly picos: bigint };

const PICOS_PER_MICRO = 1_000_000n;

/** They come to the total's cost exactly. Never empty. */
export function partsOf({ calls, usage, cost }: UsageTotal, rates: KnownRates | undefined): readonly ChargePart[] {
  const all = BigInt(cost) * PICOS_PER_MICRO;
  const whole = { kind: 'whole', tokens: allTokens(usage), picos: all } as const;
  if (rates === undefined) return [whole];

  const parts = tokenTypes
    .filter((type) => usage[type] > 0)
    .map((type) => {
      const [tokens, rate] = [usage[type], rates[type]];
      return { kind: 'tokens', type, tokens, rate, picos: BigInt(tokens) * BigInt(rate) } as const;
    });
  const left = all - parts.reduce((sum, { picos }) => sum + picos, 0n);
  // A call is rounded to the nearest micro-dollar, or up to the first one.
  const mostRounded = BigInt(calls) * PICOS_PER_MICRO;
  if (left < -mostRounded || (parts.length === 0 && left === 0n)) return [whole];
  if (left === 0n) return parts;
  return left <= mostRounded
    ? [...parts, { kind: 'rounding', picos: left }]
    : [...parts, { kind: 'beyond', calls, picos: left }];
}
