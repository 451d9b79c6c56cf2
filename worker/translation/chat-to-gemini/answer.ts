// Gemini's whole answer as a chat completion: each candidate a choice. Pure.

import { type JsonObject, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { assistantMessage } from '../chat-message.ts';
import { blockReasonIn, candidatesIn, endingOf, indexOf, saidIn, usageIn } from '../gemini/reply.ts';
import { callOf, chatUsageOf, finishReasonOf, refusalOf } from './completion.ts';

/** Null for a body with neither a candidate nor a reason why there is none. */
export function completionOfGemini(body: JsonObject, { model, newId, nowS }: Asked): JsonObject | null {
  const candidates = candidatesIn(body);
  const blocked = blockReasonIn(body);
  if (candidates.length === 0 && blocked === null) return null;
  const usage = usageIn(body);
  return {
    id: newId('chatcmpl-'),
    object: 'chat.completion',
    created: nowS,
    model,
    choices:
      candidates.length > 0 || blocked === null
        ? candidates.map((candidate) => choiceOf(candidate, newId))
        : [blockedChoice(blocked)],
    ...(usage !== null && { usage: chatUsageOf(usage) }),
  };
}

function choiceOf(candidate: JsonObject, newId: Asked['newId']): JsonObject {
  const said = saidIn(candidate);
  const joined = (kind: 'text' | 'thought'): string =>
    said.map((piece) => (piece.kind === kind ? piece.text : '')).join('');
  const calls = said.flatMap((piece) => (piece.kind === 'call' ? [callOf(piece, newId)] : []));
  return {
    index: indexOf(candidate),
    message: assistantMessage({ text: joined('text'), thoughts: joined('thought'), calls }),
    logprobs: null,
    finish_reason: finishReasonOf(endingOf(stringAt(candidate, 'finishReason')), calls.length > 0),
  };
}

function blockedChoice(reason: string): JsonObject {
  const message = { role: 'assistant', content: null, refusal: refusalOf(reason) };
  return { index: 0, message, logprobs: null, finish_reason: finishReasonOf('filtered', false) };
}
