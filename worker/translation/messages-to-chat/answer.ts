// A whole chat completion as an Anthropic message. Pure.

import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { usageIn } from '../chat-usage.ts';
import { readArguments, writeArguments } from '../tool-arguments.ts';
import { messageOf, showsThoughts } from '../messages/message.ts';
import { stopOf, usageOf, wordsIn } from './message.ts';
import { thoughtsIn } from '../chat-words.ts';

/** Null for a body without a choice, which is no answer. */
export function messageOfChat(body: JsonObject, asked: Asked): JsonObject | null {
  const choice = arrayAt(body, 'choices').find(isObject);
  const message = objectAt(choice ?? null, 'message');
  if (choice === undefined || message === null) return null;
  const content: JsonObject[] = [];
  const thoughts = thoughtsIn(message);
  if (thoughts !== '' && showsThoughts(asked)) content.push({ type: 'thinking', thinking: thoughts, signature: '' });
  const text = wordsIn(message);
  if (text !== '') content.push({ type: 'text', text });
  const calls = arrayAt(message, 'tool_calls').filter(isObject);
  for (const call of calls) content.push(toolUseOf(call, asked));
  return messageOf(asked.newId('msg_'), asked, {
    content,
    stop: stopOf(choice, calls.length > 0),
    usage: usageOf(usageIn(body)),
  });
}

function toolUseOf(call: JsonObject, asked: Asked): JsonObject {
  const written = objectAt(call, 'function');
  return {
    type: 'tool_use',
    id: stringAt(call, 'id') ?? asked.newId('toolu_'),
    name: stringAt(written, 'name') ?? '',
    input: inputOf(written?.['arguments'] ?? ''),
  };
}

/** Arguments that are no JSON object are shown as they were written, so that the tool can say what is wrong with them. */
function inputOf(written: JsonValue): JsonObject {
  const text = typeof written === 'string' ? written : writeArguments(written);
  return readArguments(text) ?? { invalid_arguments: text };
}
