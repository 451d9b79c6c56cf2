// Gemini's contents as chat messages: what tools gave is a message of its own each, before what the user says; thoughts of
// earlier turns are left out, because no other model can read them. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { Calls } from './calls.ts';
import { chatPartOf, joined, partsIn, type Problem } from './content.ts';

/** `members` are those of the request in camelCase. */
export function messagesOf(members: JsonObject): Result<readonly JsonObject[], BadRequest> {
  const system = systemOf(members['systemInstruction']);
  if (!system.ok) return badField(`systemInstruction${system.failure.at}`, system.failure.text);
  const said: JsonObject[] = system.value === '' ? [] : [{ role: 'system', content: system.value }];
  const calls = new Calls();
  const { contents } = members;
  const written = Array.isArray(contents) ? contents : [contents];
  for (const [index, content] of written.entries()) {
    const taken = isObject(content) ? takeContent(content, calls) : fail({ at: '', text: 'must be an object' });
    if (!taken.ok) return badField(`contents[${index}]${taken.failure.at}`, taken.failure.text);
    said.push(...taken.value);
  }
  if (said.at(-1)?.['role'] === 'assistant') {
    return badField(
      `contents[${written.length - 1}]`,
      'begins the answer, which this model cannot go on with. End with a content of the user',
    );
  }
  return succeed(said);
}

/** A content, or a text alone. */
function systemOf(system: JsonValue | undefined): Result<string, Problem> {
  if ((system ?? null) === null) return succeed('');
  if (typeof system === 'string') return succeed(system);
  if (!isObject(system)) return fail({ at: '', text: 'must be a content' });
  const parts = partsIn(system);
  if (!parts.ok) return parts;
  const texts: string[] = [];
  for (const [index, part] of parts.value.entries()) {
    const text = stringAt(part, 'text');
    if (text === null) return fail({ at: `.parts[${index}]`, text: 'must be text' });
    texts.push(text);
  }
  return succeed(texts.join('\n\n'));
}

function takeContent(content: JsonObject, calls: Calls): Result<readonly JsonObject[], Problem> {
  const parts = partsIn(content);
  if (!parts.ok) return parts;
  switch (stringAt(content, 'role') ?? 'user') {
    case 'model':
      return modelMessages(parts.value, calls);
    case 'user':
    case 'function':
      return userMessages(parts.value, calls);
    default:
      return fail({ at: '.role', text: 'must be user or model' });
  }
}

function userMessages(parts: readonly JsonObject[], calls: Calls): Result<readonly JsonObject[], Problem> {
  const results: JsonObject[] = [];
  const said: JsonObject[] = [];
  for (const [index, part] of parts.entries()) {
    const at = `.parts[${index}]`;
    const response = objectAt(part, 'functionResponse');
    // Pictures of a result go with what the user says: a tool's message has text only.
    const shown = response === null ? succeed([part]) : partsIn(response);
    if (!shown.ok) return fail({ at: `${at}.functionResponse${shown.failure.at}`, text: shown.failure.text });
    if (response !== null) {
      const result = calls.answer(response);
      if (result === null) return fail({ at: `${at}.functionResponse`, text: 'must be that of an earlier call' });
      results.push(result);
    }
    for (const each of shown.value) {
      const chatPart = chatPartOf(each);
      if (!chatPart.ok) return fail({ at: at + chatPart.failure.at, text: chatPart.failure.text });
      if (chatPart.value !== null) said.push(chatPart.value);
    }
  }
  return succeed(said.length === 0 ? results : [...results, { role: 'user', content: joined(said) }]);
}

function modelMessages(parts: readonly JsonObject[], calls: Calls): Result<readonly JsonObject[], Problem> {
  const texts: string[] = [];
  const called: JsonObject[] = [];
  for (const [index, part] of parts.entries()) {
    const call = objectAt(part, 'functionCall');
    if (call !== null) {
      called.push(calls.call(call));
      continue;
    }
    const said = chatPartOf(part);
    if (!said.ok) return fail({ at: `.parts[${index}]${said.failure.at}`, text: said.failure.text });
    if (said.value === null) continue;
    const text = stringAt(said.value, 'text');
    if (text === null) return fail({ at: `.parts[${index}]`, text: 'must be text or a call for this model' });
    texts.push(text);
  }
  if (texts.length === 0 && called.length === 0) return succeed([]);
  const content = texts.length === 0 ? null : texts.join('');
  return succeed([{ role: 'assistant', content, ...(called.length > 0 && { tool_calls: called }) }]);
}
