// What an answer that was cut off used, as well as can be told: the provider's figures where it gave some, the bytes
// that were sent and received where it did not. Pure.

import type { InputBound } from '../../schema/call-shape.ts';
import { NO_USAGE, type UsageLine, type UsageReading } from '../../schema/usage.ts';
import type { ModelTerms } from './plan.ts';

/** English and code run at four to five bytes a token, most other scripts at two to four: rather too high than too low. */
const BYTES_PER_TOKEN = 3;

export interface CutAnswer {
  /** What the provider had reported before the cut. */
  readonly reading: UsageReading | null;
  /** UTF-8 bytes of generated content that arrived. */
  readonly contentBytes: number;
}

export function billOfCut(answer: CutAnswer, input: InputBound, terms: ModelTerms): readonly UsageLine[] {
  const [first, ...rest] = answer.reading?.lines ?? [{ model: null, usage: usualInput(input, terms) }];
  if (first === undefined) return rest;
  const output = Math.max(first.usage.output, Math.ceil(answer.contentBytes / BYTES_PER_TOKEN));
  return [{ ...first, usage: { ...first.usage, output } }, ...rest];
}

function usualInput(input: InputBound, { contextWindow, imageTokens }: ModelTerms) {
  const tokens = Math.ceil(input.textBytes / BYTES_PER_TOKEN) + input.images * imageTokens;
  return { ...NO_USAGE, input: Math.min(tokens, contextWindow) };
}
