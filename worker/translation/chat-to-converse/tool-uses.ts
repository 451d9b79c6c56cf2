// The tool calls of an assistant's message as blocks of Converse. Pure.

import type { BadRequest } from '../../../schema/failure.ts';
import { isObject, type JsonObject, objectAt, parseJson, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import { notCarried, objectsAt } from '../converse/conversation.ts';

export function toolUses(message: JsonObject, path: string): Result<readonly JsonObject[], BadRequest> {
  const calls = objectsAt(message, 'tool_calls', `${path}.tool_calls`);
  if (!calls.ok) return calls;
  const blocks: JsonObject[] = [];
  for (const [index, call] of calls.value.entries()) {
    const at = `${path}.tool_calls[${index}]`;
    const called = objectAt(call, 'function');
    const name = stringAt(called, 'name');
    const toolUseId = stringAt(call, 'id');
    if (name === null || toolUseId === null) return notCarried(at);
    const input = parseJson(stringAt(called, 'arguments') || '{}');
    if (!isObject(input)) return notCarried(`${at}.function.arguments`, 'must be a JSON object');
    blocks.push({ toolUse: { toolUseId, name, input } });
  }
  return succeed(blocks);
}
