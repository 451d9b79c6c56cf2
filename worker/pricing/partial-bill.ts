// What an answer that was cut off used, as well as can be told: the provider's figures where it gave some; where it did
// not, the bytes that were sent and received, and the time in which nothing was to be seen. Pure.

import type { CallShape } from '../../schema/call-shape.ts';
import { NO_USAGE, type Usage, type UsageLine, type UsageReading } from '../../schema/usage.ts';
import { type ModelTerms, planCall } from './plan.ts';

/** English and code run at four to five bytes a token, most other scripts at two to four: rather too high than too low. */
const BYTES_PER_TOKEN = 3;
/** What a model may reason in secret before its first word: the pace of today's fast ones. */
const HIDDEN_TOKENS_PER_SECOND = 100;

export interface CutAnswer {
  /** What the provider had reported before the cut. */
  readonly reading: UsageReading | null;
  /** UTF-8 bytes of generated content that arrived. */
  readonly contentBytes: number;
  /** From the request upstream to the first content, or to the cut. */
  readonly silentMs: number;
}

export function billOfCut(answer: CutAnswer, shape: CallShape, terms: ModelTerms): readonly UsageLine[] {
  const unread: UsageLine = {
    model: null,
    usage: usualInput(shape, terms),
    ...(shape.pieces !== undefined && { pieces: shape.pieces }),
  };
  const [first, ...rest] = answer.reading?.lines ?? [unread];
  if (first === undefined) return rest;
  const output = Math.max(first.usage.output, outputOf(answer, shape, terms));
  return [{ ...first, usage: { ...first.usage, output } }, ...rest];
}

/** What a model may have reasoned unseen in this time. */
export function hiddenTokens(silentMs: number): number {
  return Math.floor((silentMs / 1_000) * HIDDEN_TOKENS_PER_SECOND);
}

function outputOf({ contentBytes, silentMs }: CutAnswer, shape: CallShape, terms: ModelTerms): number {
  const seen = Math.ceil(contentBytes / BYTES_PER_TOKEN);
  const most = (shape.outputCap ?? terms.maxOutputTokens) * shape.choices + shape.extraOutputTokens;
  return Math.min(seen + hiddenTokens(silentMs), most);
}

/** Input of unknown size counts as its bound; that of known size at the usual density of text. */
function usualInput(shape: CallShape, terms: ModelTerms): Usage {
  const { textBytes, images, unbounded } = shape.input;
  const bound = planCall(shape, terms).inputTokens;
  const usual = Math.ceil(textBytes / BYTES_PER_TOKEN) + images * terms.imageTokens;
  return { ...NO_USAGE, input: unbounded ? bound : Math.min(usual, bound), webSearches: shape.webSearches };
}
