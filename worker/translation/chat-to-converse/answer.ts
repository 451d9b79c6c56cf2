// A whole answer of Converse as a chat completion. Pure.

import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { assistantMessage } from '../chat-message.ts';
import { contentOf, usageOf } from '../converse/reply.ts';
import { thinkingBlock } from '../converse/thoughts.ts';
import { signedAmong } from '../signed-thoughts.ts';
import { writeArguments } from '../tool-arguments.ts';
import { chatUsage, finishReason } from './words.ts';

export function chatAnswer(body: JsonObject, { model, newId, nowS }: Asked): JsonObject | null {
  const content = contentOf(body);
  if (content === null) return null;
  const text = content.map((block) => stringAt(block, 'text') ?? '').join('');
  const thought = content.map(thinkingBlock);
  const thoughts = thought.map((block) => stringAt(block, 'thinking') ?? '').join('');
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
        message: assistantMessage({ text, thoughts, signed: signedAmong(thought), calls }),
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
    function: { name: stringAt(use, 'name') ?? '', arguments: writeArguments(use['input']) },
  };
}
