// A whole Anthropic message as a chat completion. Pure.

import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { assistantMessage } from '../chat-message.ts';
import { signedAmong } from '../signed-thoughts.ts';
import { writeArguments } from '../tool-arguments.ts';
import { finishReasonOf, usageOf } from './completion.ts';

/** Null for a body that is no message. */
export function completionOfMessage(body: JsonObject, { model, newId, nowS }: Asked): JsonObject | null {
  if (body['type'] !== 'message') return null;
  const usage = objectAt(body, 'usage');
  const finish_reason = finishReasonOf(stringAt(body, 'stop_reason'));
  return {
    id: newId('chatcmpl-'),
    object: 'chat.completion',
    created: nowS,
    model,
    choices: [{ index: 0, message: messageOf(body, newId), logprobs: null, finish_reason }],
    ...(usage !== null && { usage: usageOf(usage) }),
  };
}

function messageOf(body: JsonObject, newId: Asked['newId']): JsonObject {
  const blocks = arrayAt(body, 'content').filter(isObject);
  const joined = (member: string): string => blocks.map((block) => stringAt(block, member) ?? '').join('');
  const calls = blocks.filter((block) => block['type'] === 'tool_use').map((block) => callOf(block, newId));
  return assistantMessage({ text: joined('text'), thoughts: joined('thinking'), signed: signedAmong(blocks), calls });
}

function callOf(block: JsonObject, newId: Asked['newId']): JsonObject {
  return {
    id: stringAt(block, 'id') ?? newId('call_'),
    type: 'function',
    function: { name: stringAt(block, 'name') ?? '', arguments: writeArguments(block['input']) },
  };
}
