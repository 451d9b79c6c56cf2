// A whole chat completion as Gemini's answer: each choice a candidate. Pure.

import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { usageIn } from '../chat-usage.ts';
import { refusalIn, textIn, thoughtsIn } from '../chat-words.ts';
import { answerOf, candidateOf, finishReasonOf, functionCallOf, showsThoughts } from './candidate.ts';

/** Null for a body without a choice, which is no answer. */
export function geminiOfChat(body: JsonObject, asked: Asked): JsonObject | null {
  const choices = arrayAt(body, 'choices')
    .filter(isObject)
    .filter((choice) => objectAt(choice, 'message') !== null);
  if (choices.length === 0) return null;
  const candidates = choices.map((choice, position) => {
    const index = typeof choice['index'] === 'number' ? choice['index'] : position;
    const finishReason = finishReasonOf(stringAt(choice, 'finish_reason'));
    return candidateOf(index, partsOf(objectAt(choice, 'message'), asked), finishReason);
  });
  return answerOf(candidates, usageIn(body), { model: asked.model, responseId: asked.newId('') });
}

function partsOf(message: JsonObject | null, asked: Asked): readonly JsonObject[] {
  const thoughts = showsThoughts(asked) ? thoughtsIn(message) : '';
  const text = textIn(message) + refusalIn(message);
  const calls = arrayAt(message, 'tool_calls')
    .filter(isObject)
    .map((call) => {
      const written = objectAt(call, 'function');
      const id = stringAt(call, 'id') || asked.newId('call_');
      return functionCallOf(id, stringAt(written, 'name') ?? '', written?.['arguments']);
    });
  return [
    ...(thoughts === '' ? [] : [{ text: thoughts, thought: true }]),
    ...(text === '' && calls.length > 0 ? [] : [{ text }]),
    ...calls,
  ];
}
