// What calls with pictures and sound have in common: no cache to write, no searches, and an answer that has no cap.

import type { Address } from '../../../schema/address.ts';
import type { InputBound } from '../../../schema/call-shape.ts';
import type { JsonObject } from '../../../schema/json.ts';
import type { Edit, ParsedCall, UpstreamTerms } from '../dialect.ts';

/** What a model is told around each prompt. */
const TOKENS_AROUND_A_PROMPT = 100;
const encoder = new TextEncoder();

type Own = Pick<ParsedCall, 'model' | 'stream'> & Partial<ParsedCall> & { readonly address: Address };

export function mediaCall(body: JsonObject, own: Own): ParsedCall {
  return {
    input: promptBound(''),
    cacheWrite: 'none',
    webSearches: 0,
    outputCap: null,
    capless: true,
    choices: 1,
    extraOutputTokens: 0,
    wantsUsage: true,
    body,
    ...own,
  };
}

/** Every byte of a prompt may be a token. */
export function promptBound(prompt: string, change: Partial<InputBound> = {}): InputBound {
  return {
    textBytes: encoder.encode(prompt).length + TOKENS_AROUND_A_PROMPT,
    images: 0,
    tools: false,
    unbounded: false,
    media: false,
    ...change,
  };
}

/** Only the public model becomes the provider's. */
export function editModel(call: ParsedCall, terms: UpstreamTerms): readonly Edit[] {
  return call.model === terms.upstreamModel ? [] : [{ member: 'model', value: terms.upstreamModel }];
}
