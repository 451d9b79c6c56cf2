// What a call takes from budgets: one vector, all units at once. It knows no prices.

import { type Micros, micros, ZERO_MICROS } from './micros.ts';

export const units = ['usd', 'tokens', 'requests'] as const;
export type Unit = (typeof units)[number];

/** `usd` in micro-dollars; `tokens` input and output together; `requests` a count. */
export interface Amounts {
  readonly usd: Micros;
  readonly tokens: number;
  readonly requests: number;
}

export const NO_AMOUNTS: Amounts = { usd: ZERO_MICROS, tokens: 0, requests: 0 };

export function addAmounts(left: Amounts, right: Amounts): Amounts {
  return {
    usd: micros(left.usd + right.usd),
    tokens: left.tokens + right.tokens,
    requests: left.requests + right.requests,
  };
}

export function subtractAmounts(left: Amounts, right: Amounts): Amounts {
  return {
    usd: micros(left.usd - right.usd),
    tokens: left.tokens - right.tokens,
    requests: left.requests - right.requests,
  };
}

export function sameAmounts(left: Amounts, right: Amounts): boolean {
  return left.usd === right.usd && left.tokens === right.tokens && left.requests === right.requests;
}

/** The smaller of each. */
export function leastOf(left: Amounts, right: Amounts): Amounts {
  return {
    usd: micros(Math.min(left.usd, right.usd)),
    tokens: Math.min(left.tokens, right.tokens),
    requests: Math.min(left.requests, right.requests),
  };
}
