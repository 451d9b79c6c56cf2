// A whole answer of Converse as one of Anthropic's messages. Pure.

import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { contentOf, usageOf } from '../converse/reply.ts';
import { thinkingBlock } from '../converse/thoughts.ts';
import { messagesUsage, stopReason } from './words.ts';

export function messagesAnswer(body: JsonObject, { model, newId }: Asked): JsonObject | null {
  const content = contentOf(body);
  if (content === null) return null;
  return {
    id: newId('msg_'),
    type: 'message',
    role: 'assistant',
    model,
    content: content.map((block) => blockOf(block, newId)).filter((block) => block !== null),
    stop_reason: stopReason(stringAt(body, 'stopReason')),
    stop_sequence: null,
    usage: messagesUsage(usageOf(body)),
  };
}

function blockOf(block: JsonObject, newId: Asked['newId']): JsonObject | null {
  const text = stringAt(block, 'text');
  if (text !== null) return { type: 'text', text };
  const use = objectAt(block, 'toolUse');
  if (use !== null) {
    return {
      type: 'tool_use',
      id: stringAt(use, 'toolUseId') ?? newId('toolu_'),
      name: stringAt(use, 'name') ?? '',
      input: use['input'] ?? {},
    };
  }
  return thinkingBlock(block);
}
