// What the price source lacks, kept by hand: limits of models and fees of tools (and, in multipliers.ts, what terms of
// service cost). No token price is ever written here.
// Whatever is unknown gets an upper bound, because holds are computed from it.

import { picos, type Picos } from '../../schema/price.ts';

/** Named in the price version of every price that took something from here. Raise it with each change of a fee or multiplier. */
export const OVERLAY_VERSION = 'overlay-2';

/** Tokens. "A million" on a data sheet is often 2^20, so the larger reading is taken. */
export const DEFAULT_CONTEXT_WINDOW = 1_048_576;
/** Tokens: Claude 4.7 and later, the largest that is common. */
export const DEFAULT_IMAGE_TOKENS = 4_784;

/** Who sets the price (not who resells it) and its canonical id of the model. */
export interface ModelIdentity {
  readonly provider: string;
  readonly name: string;
}

/** All in tokens: the window, the most one answer may have, the most one picture may count. */
export interface ModelLimits {
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
  readonly imageTokens: number;
}

interface Rule<Value> {
  readonly provider: string;
  readonly family: RegExp;
  readonly value: Value;
}

/** First match counts. Where the source has a window of its own, these are larger: betas, and windows it rounds down. */
const CONTEXT_WINDOWS: readonly Rule<number>[] = [
  { provider: 'openai', family: /^gpt-4\.1/, value: 1_047_576 },
  { provider: 'openai', family: /^gpt-5\.5/, value: 1_050_000 },
  { provider: 'openai', family: /^gpt-4o-(?:mini-)?transcribe/, value: 16_000 },
  { provider: 'openai', family: /^gpt-image-/, value: 400_000 },
  { provider: 'openai', family: /^gpt-5-image|^gpt-chat-latest/, value: 400_000 },
  { provider: 'openai', family: /^gpt-4\.5/, value: 128_000 },
  { provider: 'anthropic', family: /^claude-v1/, value: 100_000 },
  { provider: 'anthropic', family: /^claude-sonnet-4-[05]$/, value: 1_000_000 },
  { provider: 'google', family: /^claude-(?:4-sonnet|sonnet-4-5)$/, value: 1_000_000 },
  { provider: 'google', family: /^gemini-(?:1\.5-pro|pro-1\.5)/, value: 2_097_152 },
  { provider: 'google', family: /^gemini-(?:1\.5|2|3|flash)/, value: 1_048_576 },
];

/** First match counts; without one the limit is the context window. */
const MAX_OUTPUT_TOKENS: readonly Rule<number>[] = [
  { provider: 'openai', family: /^gpt-3\.5|^gpt-4-(?:turbo|vision)|^gpt-4o-2024-05-13$/, value: 4_096 },
  { provider: 'openai', family: /^gpt-4\.1/, value: 32_768 },
  // "Speech to text" of OpenAI's documentation.
  { provider: 'openai', family: /^gpt-4o-(?:mini-)?transcribe/, value: 2_000 },
  // One picture: high quality in the tallest size, and for gpt-image-2, whose sizes are free, the largest square.
  { provider: 'openai', family: /^gpt-image-1/, value: 6_240 },
  { provider: 'openai', family: /^gpt-image-2/, value: 23_718 },
  { provider: 'openai', family: /^gpt-4o:extended$/, value: 64_000 },
  { provider: 'openai', family: /^(?:chatgpt-4o|gpt-4o|gpt-4\.5)/, value: 16_384 },
  { provider: 'openai', family: /^o1-preview$/, value: 32_768 },
  { provider: 'openai', family: /^o1-mini$/, value: 65_536 },
  { provider: 'openai', family: /^(?:o[134]|codex-mini)/, value: 100_000 },
  { provider: 'openai', family: /^gpt-5-pro$/, value: 272_000 },
  { provider: 'openai', family: /^gpt-(?:5|6|chat)/, value: 128_000 },
  { provider: 'anthropic', family: /^claude-(?:v1|2|3-haiku|3-sonnet|3-opus)/, value: 4_096 },
  { provider: 'anthropic', family: /^claude-3-5-/, value: 8_192 },
  { provider: 'anthropic', family: /^claude-opus-4-[01]$/, value: 32_000 },
  { provider: 'anthropic', family: /^claude-(?:3-7-sonnet|sonnet-4-[05]$|opus-4-5$|haiku-4-5$)/, value: 64_000 },
  { provider: 'anthropic', family: /^claude-/, value: 128_000 },
  { provider: 'google', family: /^gemini-(?:1\.5|2\.0|flash-1\.5|pro-1\.5)/, value: 8_192 },
  { provider: 'google', family: /^gemini-(?:2\.5|3)/, value: 65_536 },
];

/**
 * The most that one picture of any size may count; first match counts. Sources: "Images and vision" of OpenAI's and of
 * Anthropic's documentation.
 */
const IMAGE_TOKENS: readonly Rule<number>[] = [
  // 2,833 for the picture and 5,667 for each of at most eight tiles
  { provider: 'openai', family: /^gpt-4o-mini/, value: 48_169 },
  // at most 1,536 patches, at 1.62, 2.46 and 1.72
  { provider: 'openai', family: /^(?:gpt-4\.1|gpt-5)-mini/, value: 2_489 },
  { provider: 'openai', family: /^(?:gpt-4\.1|gpt-5)-nano/, value: 3_779 },
  { provider: 'openai', family: /^o4-mini/, value: 2_642 },
  // in high fidelity, of a picture of any size; rather too high than too low
  { provider: 'openai', family: /^gpt-image-/, value: 12_000 },
  // detail "original": at most 10,000 patches at 1.2
  { provider: 'openai', family: /^gpt-(?:5\.[4-9]|6)/, value: 12_000 },
  // 258 for each tile of a picture of at most 3,072 by 3,072; a narrow one is cut into two rows of twelve
  { provider: 'google', family: /^gemini-/, value: 6_192 },
  // 85 for the picture and 170 for each of at most eight tiles
  { provider: 'openai', family: /^(?:gpt-4o|gpt-4\.1|gpt-4\.5|chatgpt-4o)/, value: 1_445 },
  // the older documentation counts a pixel in 750
  { provider: 'anthropic', family: /^claude-(?:3|opus-4-[0-6]$|sonnet-4-[0-6]$|haiku-4-5$)/, value: 1_600 },
];

/** Dollars per 1000 web searches, for models whose fee the source lacks. First match counts. */
const WEB_SEARCH_FEES: readonly Rule<number>[] = [
  { provider: 'openai', family: /./, value: 10 },
  { provider: 'anthropic', family: /./, value: 10 },
  { provider: 'google', family: /^gemini-3/, value: 14 },
  { provider: 'google', family: /^gemini-/, value: 35 },
];

const PICOS_PER_DOLLAR_PER_THOUSAND = 1_000_000_000;

/** `sourceWindow` is the context window in tokens that the price source has, null for none. */
export function limitsOf(model: ModelIdentity, sourceWindow: number | null): ModelLimits {
  const contextWindow = find(CONTEXT_WINDOWS, model) ?? sourceWindow ?? DEFAULT_CONTEXT_WINDOW;
  return {
    contextWindow,
    maxOutputTokens: Math.min(find(MAX_OUTPUT_TOKENS, model) ?? contextWindow, contextWindow),
    imageTokens: find(IMAGE_TOKENS, model) ?? DEFAULT_IMAGE_TOKENS,
  };
}

/** Pico-dollars per web search, null where it is not known. */
export function webSearchFee(model: ModelIdentity): Picos | null {
  const dollars = find(WEB_SEARCH_FEES, model);
  return dollars === undefined ? null : picos(dollars * PICOS_PER_DOLLAR_PER_THOUSAND);
}

function find<Value>(rules: readonly Rule<Value>[], { provider, name }: ModelIdentity): Value | undefined {
  return rules.find((rule) => rule.provider === provider && rule.family.test(name))?.value;
}
