// The translations of a client of Responses to Claude, in Anthropic's dialect and through Converse, as tests call them.

import type { DialectName } from '../../schema/dialect-name.ts';
import type { JsonObject } from '../../schema/json.ts';
import type { Translation } from '../../schema/translation.ts';
import { translationInto } from '../../worker/line/translation-table.ts';
import { plainRequest, responsesAddress } from '../fixtures/responses-requests.ts';

export const toMessages = into('anthropic-messages');
export const toConverse = into('bedrock-converse');

function into(to: DialectName): Translation {
  const found = translationInto([to], 'openai-responses');
  if (found === null) throw new Error(`no translation into ${to}`);
  return found;
}

export function requestOf(translation: Translation, change: JsonObject): JsonObject {
  const translated = translation.request({ ...plainRequest, ...change }, responsesAddress, 'max_tokens');
  if (!translated.ok) throw new Error(translated.failure.message);
  return translated.value.body;
}
