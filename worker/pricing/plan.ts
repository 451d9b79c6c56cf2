// From the shape of a call to what it may take of the budgets, and back from what was granted to an output cap. Pure.

import type { Amounts } from '../../schema/amounts.ts';
import type { CallShape, InputBound } from '../../schema/call-shape.ts';
import type { Ask } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import type { Price } from '../../schema/price.ts';
import { affordableOutput, boundAt, dearest } from './estimate.ts';

/** Output tokens of the shortest answer worth having: an uncapped call is not squeezed below this. */
const SHORTEST_ANSWER_TOKENS = 256;
/**
 * Providers call their own counts estimates that may be off by a small amount: Anthropic's documentation on token counting.
 */
const COUNT_MARGIN = 0.02;
const COUNT_MARGIN_TOKENS = 256;
/** Providers render tool definitions into hidden prompts of a few hundred tokens. */
const TOOL_PROMPT_TOKENS = 2_000;
/** A million dollars and a billion tokens: beyond any real call, and small enough that sums of them stay exact. */
export const MOST_A_CALL = { usd: micros(1_000_000_000_000), tokens: 1_000_000_000 };

export interface ModelTerms {
  readonly price: Price;
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
  /** Most tokens that one image may be billed as. */
  readonly imageTokens: number;
}

export interface Plan {
  readonly ask: Ask;
  /** Upper bound of the input tokens of every kind. */
  readonly inputTokens: number;
  /** What the call can have used at most, whatever cap it came with: no answer is longer than the context window. */
  readonly ceiling: Amounts;
  /** The same for a call that was given up when it had this much output at most. */
  readonly boundWithin: (outputTokens: number) => Amounts;
  /** The output cap that what was held pays for; null where the client's own cap stands. */
  readonly capFor: (held: Amounts) => number | null;
}

/** `countedInput` is the provider's own count of the input, where it was asked for one. */
export function planCall(shape: CallShape, terms: ModelTerms, countedInput: number | null = null): Plan {
  const bytesBound = inputTokenBound(shape.input, terms);
  const inputTokens = countedInput === null ? bytesBound : Math.min(bytesBound, withMargin(countedInput));
  const cap = shape.outputCap ?? terms.maxOutputTokens;
  const isElastic = shape.outputCap === null && shape.capless !== true;
  const shortest = shape.capless === true ? cap : Math.min(cap, SHORTEST_ANSWER_TOKENS);
  const bounds = dearest({
    price: terms.price,
    inputTokens,
    longestCacheWrite: shape.cacheWrite,
    webSearches: shape.webSearches,
    requestTokens: Math.min(inputTokens, terms.contextWindow),
    media: shape.input.media ?? true,
    terms: shape.terms,
    pieces: shape.pieces,
  });
  const outputOf = (each: number): number => each * shape.choices + shape.extraOutputTokens;
  const bound = (output: number): Amounts => ({
    usd: micros(Math.min(MOST_A_CALL.usd, boundAt(bounds, output))),
    tokens: Math.min(MOST_A_CALL.tokens, inputTokens + output),
    requests: 1,
  });
  const amounts = (each: number): Amounts => bound(outputOf(each));
  const longest = Math.min(cap, terms.contextWindow);
  return {
    ask: { most: amounts(cap), least: amounts(shortest), elastic: isElastic },
    inputTokens,
    ceiling: amounts(longest),
    boundWithin: (outputTokens) => bound(Math.min(outputTokens, outputOf(longest))),
    capFor: (held) => {
      if (!isElastic) return null;
      const output = Math.min(affordableOutput(bounds, held.usd), held.tokens - inputTokens);
      return Math.min(cap, Math.floor((output - shape.extraOutputTokens) / shape.choices));
    },
  };
}

function withMargin(count: number): number {
  return count === 0 ? 0 : count + Math.ceil(count * COUNT_MARGIN) + COUNT_MARGIN_TOKENS;
}

function inputTokenBound(input: InputBound, { contextWindow, imageTokens }: ModelTerms): number {
  const most = contextWindow * (input.texts ?? 1) * (input.rounds ?? 1);
  if (input.unbounded) return most;
  const tokens = input.textBytes + input.images * imageTokens + (input.tools ? TOOL_PROMPT_TOKENS : 0);
  return Math.min(tokens, most);
}
