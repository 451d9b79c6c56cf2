// Tokens by meter, in Headgate's one normal form: the meters are disjoint, each token is counted in exactly one.

import type { MediaMeter, Pieces } from './price.ts';
import type { ServiceTerms } from './service-terms.ts';

export interface Usage {
  /** Input tokens billed at the full price: neither read from nor written to a cache. */
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** All output tokens; reasoning is part of it. */
  readonly output: number;
  /** The share of `output` spent on reasoning; for information, never priced again. */
  readonly reasoning: number;
  /** Billed uses of the provider's web search. */
  readonly webSearches: number;
}

/** One line of a bill: a call may bill several models. `model` is null for the model that was asked for. */
export interface UsageLine {
  readonly model: string | null;
  readonly usage: Usage;
  /** Which of these tokens were not of text, each part of its meter in `usage`. A meter that is left out was not mentioned. */
  readonly media?: Readonly<Partial<Record<MediaMeter, number>>>;
  /** What was used by the piece. */
  readonly pieces?: Pieces;
  /** The tokens are an estimate, which matters only where tokens cost something. */
  readonly guessed?: boolean;
}

/**
 * What a response said of its own usage.
 * `inexact` means that the provider's numbers contradict each other; the larger reading was taken.
 */
export interface UsageReading {
  readonly lines: readonly UsageLine[];
  readonly inexact: boolean;
  /** The terms of service that the answer says it was served on. */
  readonly terms?: ServiceTerms;
}

export const NO_USAGE: Usage = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  webSearches: 0,
};

export function addUsage(left: Usage, right: Usage): Usage {
  return {
    input: left.input + right.input,
    cacheRead: left.cacheRead + right.cacheRead,
    cacheWrite5m: left.cacheWrite5m + right.cacheWrite5m,
    cacheWrite1h: left.cacheWrite1h + right.cacheWrite1h,
    output: left.output + right.output,
    reasoning: left.reasoning + right.reasoning,
    webSearches: left.webSearches + right.webSearches,
  };
}

export function totalUsage(lines: readonly UsageLine[]): Usage {
  return lines.reduce((sum, line) => addUsage(sum, line.usage), NO_USAGE);
}

/** Input of every kind, which is what long-context price tiers are chosen by. */
export function inputTokens(usage: Usage): number {
  return usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}

/** All tokens of a call, which is what budgets in tokens count. */
export function allTokens(usage: Usage): number {
  return inputTokens(usage) + usage.output;
}
