// The demo model's answers in Gemini's shape.

import type { JsonObject } from '../../../schema/json.ts';
import type { DemoAnswer, SpokenAnswer } from './answer.ts';

export function demoGemini(answer: DemoAnswer): SpokenAnswer {
  const usage = {
    promptTokenCount: answer.inputTokens,
    candidatesTokenCount: answer.outputTokens,
    totalTokenCount: answer.inputTokens + answer.outputTokens,
  };
  const said = (text: string, finishReason: string | null): JsonObject => ({
    candidates: [
      { content: { parts: [{ text }], role: 'model' }, ...(finishReason !== null && { finishReason }), index: 0 },
    ],
    ...(finishReason !== null && { usageMetadata: usage }),
    modelVersion: answer.model,
    responseId: 'demo',
  });
  const finish = answer.cut ? 'MAX_TOKENS' : 'STOP';
  return {
    whole: said(answer.words.join(''), finish),
    events: [...answer.words.map((word) => event(said(word, null))), event(said('', finish))],
  };
}

function event(chunk: JsonObject): string {
  return `data: ${JSON.stringify(chunk)}\r\n\r\n`;
}

/** The demo model generates text and counts tokens; anything else is refused as Google refuses it. */
export function demoGeminiRefusal(operation: string): JsonObject {
  const message = `The demo model does not support ${operation}.`;
  return { error: { code: 404, message, status: 'NOT_FOUND' } };
}
