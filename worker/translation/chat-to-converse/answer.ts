// A whole answer of Converse as a chat completion. Reasoning has no place there and is left out. Pure.

import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { contentOf, usageOf } from '../converse/reply.ts';
import { chatUsage, finishReason } from './words.ts';

export function chatAnswer(body: JsonObject, { model, newId, nowS }: Asked): JsonObject | null {
  const content = contentOf(body);
  if (content === null) return null;
  const text = content.map((block) => stringAt(block, 'text') ?? '').join('');
  const calls = content.flatMap((block) => {
    const use = objectAt(block, 'toolUse');
    return use === null ? [] : [callOf(use, newId)];
  });
  return {
    id: newId('chatcmpl-'),
    object: 'chat.completion',
    created: nowS,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text === '' && calls.length > 0 ? null : text,
          refusal: null,
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: finishReason(stringAt(body, 'stopReason')),
      },
    ],
    usage: chatUsage(usageOf(body)),
  };
}

function callOf(use: JsonObject, newId: Asked['newId']): JsonObject {
  return {
    id: stringAt(use, 'toolUseId') ?? newId('call_'),
    type: 'function',
    function: { name: stringAt(use, 'name') ?? '', arguments: JSON.stringify(use['input'] ?? {}) },
  };
}
