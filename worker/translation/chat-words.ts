// What a message or delta of a chat completion says and thinks, wherever its server puts it. Pure.

import { arrayAt, isObject, type JsonObject, stringAt } from '../../schema/json.ts';

/** What a server calls its thoughts; Mistral has them among the parts of the content. */
export function thoughtsIn(message: JsonObject | null): string {
  const named = stringAt(message, 'reasoning_content') ?? stringAt(message, 'reasoning') ?? '';
  return (
    named +
    partsOf(message)
      .flatMap((part) => arrayAt(part, 'thinking').filter(isObject).map(textOf))
      .join('')
  );
}

/** The text, in one piece or in parts. */
export function textIn(message: JsonObject | null): string {
  return stringAt(message, 'content') ?? partsOf(message).map(textOf).join('');
}

/** The words with which a model declines. */
export function refusalIn(message: JsonObject | null): string {
  return stringAt(message, 'refusal') ?? '';
}

function partsOf(message: JsonObject | null): JsonObject[] {
  return arrayAt(message, 'content').filter(isObject);
}

function textOf(part: JsonObject): string {
  return stringAt(part, 'text') ?? '';
}
