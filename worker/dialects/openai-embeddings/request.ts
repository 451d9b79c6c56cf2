// What metering and policy need of an embeddings request. Its answer has no output tokens. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { Address } from '../../../schema/address.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import type { JsonObject, JsonValue } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { Edit, ParsedCall, UpstreamTerms } from '../dialect.ts';
import { readFlag, readModel } from '../request-fields.ts';
import { mostTokens } from './most-tokens.ts';

/** What models put before and after each text. */
const TOKENS_AROUND_A_TEXT = 2;
const INPUT_FORMS = 'is required and must be a text, a list of texts, a list of tokens, or a list of such lists';

export function parseEmbeddings(
  body: JsonObject,
  _bodyBytes: number,
  address: Address,
): Result<ParsedCall, BadRequest> {
  const model = readModel(body);
  if (!model.ok) return model;
  const stream = readFlag(body, 'stream');
  if (!stream.ok) return stream;
  if (stream.value) return badField('stream', 'is not offered: embeddings come in one piece');
  const texts = textsOf(body['input']);
  const sizes = (texts ?? []).map(sizeOf);
  if (texts === null || !sizes.every((size) => size !== null)) return badField('input', INPUT_FORMS);
  return succeed({
    model: model.value,
    stream: false,
    input: {
      textBytes: sizes.reduce((sum, size) => sum + size + TOKENS_AROUND_A_TEXT, 0),
      images: 0,
      tools: false,
      unbounded: false,
      media: false,
      texts: Math.max(1, sizes.length),
    },
    cacheWrite: 'none',
    webSearches: 0,
    outputCap: 0,
    choices: 1,
    extraOutputTokens: 0,
    wantsUsage: true,
    body,
    address,
  });
}

/** The texts that are embedded one by one, each as text or as tokens; null where `input` is neither. */
function textsOf(input: JsonValue | undefined): readonly JsonValue[] | null {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) return null;
  const list: readonly JsonValue[] = input;
  return list.length > 0 && list.every(isToken) ? [list] : list;
}

/** Most tokens of a text. One in tokens has as many as it has numbers; null for what is neither. */
function sizeOf(text: JsonValue): number | null {
  if (typeof text === 'string') return mostTokens(text);
  return Array.isArray(text) && text.every(isToken) ? text.length : null;
}

function isToken(value: JsonValue): boolean {
  return typeof value === 'number';
}

/** Only the public model becomes the provider's. */
export function editEmbeddings(call: ParsedCall, terms: UpstreamTerms): readonly Edit[] {
  return call.model === terms.upstreamModel ? [] : [{ member: 'model', value: terms.upstreamModel }];
}
