// Which calls belong together, as far as a call shows it: a provider's prompt cache serves those that begin alike. It is
// used to choose a target and kept nowhere. Pure.

import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../schema/json.ts';

/** Of a text that opens a conversation, so much tells it from others. */
const OPENING_CHARACTERS = 1_024;
/** Bounds the search for text in a message of many parts. */
const MAX_PARTS = 64;

/** What clients call their session, most telling first. */
const SESSION_HEADERS = ['x-claude-code-session-id', 'session-id'];

/** A text that is the same for all calls of a conversation, and another for other ones; for the caller's own use only. */
export function conversationOf(headers: Headers, body: JsonObject): string {
  for (const name of SESSION_HEADERS) {
    const session = headers.get(name);
    if (session !== null && session !== '') return session;
  }
  return stringAt(body, 'prompt_cache_key') ?? stringAt(objectAt(body, 'metadata'), 'user_id') ?? openingOf(body);
}

/** What all turns of a conversation begin with: instructions, and everything up to the first words of the user. */
function openingOf(body: JsonObject): string {
  const instructions = textOf(body['system'] ?? body['instructions'] ?? body['systemInstruction'] ?? null);
  const input = stringAt(body, 'input');
  return `${instructions}\n${input === null ? firstTurnOf(body) : input.slice(0, OPENING_CHARACTERS)}`;
}

function firstTurnOf(body: JsonObject): string {
  const turns = ['messages', 'input', 'contents'].flatMap((name) => arrayAt(body, name).slice(0, MAX_PARTS));
  const first = turns.findIndex((turn) => isObject(turn) && turn['role'] === 'user');
  return turns
    .slice(0, first + 1 || 1)
    .map((turn) => textOf(turn))
    .join('\n');
}

/** The beginning of whatever text is in a value; images and numbers are left out. */
function textOf(value: JsonValue): string {
  let text = '';
  let parts = 0;
  const read = (each: JsonValue | undefined): void => {
    parts += 1;
    if (text.length >= OPENING_CHARACTERS || parts > MAX_PARTS) return;
    if (typeof each === 'string') text += each.slice(0, OPENING_CHARACTERS - text.length);
    else if (Array.isArray(each)) each.slice(0, MAX_PARTS).forEach(read);
    else if (isObject(each)) Object.values(each).forEach(read);
  };
  read(value);
  return text;
}
