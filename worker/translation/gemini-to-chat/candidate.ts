// The parts of a Gemini answer that both its forms have: its frame, calls, why it ended, what it used. Pure.

import { type JsonObject, type JsonValue, objectAt } from '../../../schema/json.ts';
import { inCamelCase } from '../../../schema/camel-case.ts';
import type { Asked } from '../../../schema/translation.ts';
import { chatUsageOf } from '../chat-usage.ts';
import { readArguments, writeArguments } from '../tool-arguments.ts';

/** `usage` is that of a chat completion; null where it is not known. */
export function answerOf(
  candidates: readonly JsonObject[],
  usage: JsonObject | null,
  { model, responseId }: { readonly model: string; readonly responseId: string },
): JsonObject {
  return {
    candidates,
    ...(usage !== null && { usageMetadata: usageMetadataOf(usage) }),
    modelVersion: model,
    responseId,
  };
}

/** `finishReason` is null while there is more to come. */
export function candidateOf(index: number, parts: readonly JsonObject[], finishReason: string | null): JsonObject {
  return { content: { role: 'model', parts }, ...(finishReason !== null && { finishReason }), index };
}

/** `written` is a text of JSON, or the object that some servers send instead. */
export function functionCallOf(id: string, name: string, written: JsonValue | undefined): JsonObject {
  const text = typeof written === 'string' ? written : writeArguments(written);
  return { functionCall: { id, name, args: readArguments(text) ?? { invalid_arguments: text } } };
}

export function finishReasonOf(finish: string | null): string {
  switch (finish ?? '') {
    case 'length':
      return 'MAX_TOKENS';
    case 'content_filter':
      return 'SAFETY';
    default:
      return 'STOP';
  }
}

/** Thoughts are shown to clients that asked for them. */
export function showsThoughts({ body }: Pick<Asked, 'body'>): boolean {
  const config = configIn(body);
  return inCamelCase(objectAt(config, 'thinkingConfig') ?? {})['includeThoughts'] === true;
}

/** `generationConfig` under either name, its members in camelCase. */
export function configIn(body: JsonObject): JsonObject {
  return inCamelCase(objectAt(inCamelCase(body), 'generationConfig') ?? {});
}

/** Thoughts come on top of the candidates here. */
function usageMetadataOf(usage: JsonObject): JsonObject {
  const { prompt, cacheRead, output, reasoning } = chatUsageOf(usage);
  const thoughts = Math.min(reasoning, output);
  return {
    promptTokenCount: prompt,
    ...(cacheRead > 0 && { cachedContentTokenCount: cacheRead }),
    candidatesTokenCount: output - thoughts,
    ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
    totalTokenCount: prompt + output,
  };
}
