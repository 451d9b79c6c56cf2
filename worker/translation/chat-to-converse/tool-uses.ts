// The tool calls of an assistant's message as blocks of Converse. Pure.

import type { BadRequest } from '../../../schema/failure.ts';
import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import { notCarried, objectsAt } from '../converse/conversation.ts';
import { readArguments } from '../tool-arguments.ts';

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
    const input = readArguments(stringAt(called, 'arguments') ?? '');
    if (input === null)
      return notCarried(`${at}.function.arguments`, 'must be a JSON object, nested no deeper than 48');
    blocks.push({ toolUse: { toolUseId, name, input } });
  }
  return succeed(blocks);
}
