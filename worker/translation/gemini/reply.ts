// Reading Gemini's answers, whole or a chunk of a stream: what the translations of them have in common. The usage is what
// clients are shown; the bill is read elsewhere. Pure.

import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';

export type Said =
  | { readonly kind: 'text' | 'thought'; readonly text: string }
  | {
      readonly kind: 'call';
      readonly id: string | null;
      readonly name: string;
      readonly args: JsonObject;
      readonly signature: string | null;
    };

/** Parts that say something to a client; a signature that stands alone does not. */
export function saidIn(candidate: JsonObject): readonly Said[] {
  return arrayAt(objectAt(candidate, 'content'), 'parts')
    .filter(isObject)
    .flatMap((part): readonly Said[] => {
      const call = objectAt(part, 'functionCall');
      if (call !== null) {
        const args = objectAt(call, 'args') ?? {};
        const signature = stringAt(part, 'thoughtSignature');
        return [{ kind: 'call', id: stringAt(call, 'id'), name: stringAt(call, 'name') ?? '', args, signature }];
      }
      const text = stringAt(part, 'text') ?? '';
      return text === '' ? [] : [{ kind: part['thought'] === true ? 'thought' : 'text', text }];
    });
}

export function candidatesIn(body: JsonObject): readonly JsonObject[] {
  return arrayAt(body, 'candidates').filter(isObject);
}

export function indexOf(candidate: JsonObject): number {
  return typeof candidate['index'] === 'number' ? candidate['index'] : 0;
}

export type Ending = 'whole' | 'too_long' | 'filtered';

export function endingOf(finishReason: string | null): Ending {
  switch (finishReason ?? '') {
    case 'MAX_TOKENS':
      return 'too_long';
    case 'SAFETY':
    case 'RECITATION':
    case 'LANGUAGE':
    case 'BLOCKLIST':
    case 'PROHIBITED_CONTENT':
    case 'SPII':
    case 'MODEL_ARMOR':
      return 'filtered';
    default:
      return 'whole';
  }
}

/** Why the prompt was not answered at all; null where it was. */
export function blockReasonIn(body: JsonObject): string | null {
  return stringAt(objectAt(body, 'promptFeedback'), 'blockReason');
}

export interface ReplyUsage {
  /** Tokens of every kind of input, of which `cached` is a part. */
  readonly prompt: number;
  readonly cached: number;
  /** Thoughts included. */
  readonly output: number;
  readonly thoughts: number;
}

/** Null where the body counts nothing, as the early chunks of Vertex. */
export function usageIn(body: JsonObject): ReplyUsage | null {
  const usage = objectAt(body, 'usageMetadata');
  if (usage === null || typeof usage['promptTokenCount'] !== 'number') return null;
  const prompt = countOf(usage['promptTokenCount']);
  const toolUse = countOf(usage['toolUsePromptTokenCount']);
  const thoughts = countOf(usage['thoughtsTokenCount']);
  const sum = prompt + toolUse + countOf(usage['candidatesTokenCount']) + thoughts;
  return {
    prompt: prompt + toolUse,
    cached: Math.min(prompt, countOf(usage['cachedContentTokenCount'])),
    // Where the total is more than its parts, the rest is output.
    output: Math.max(sum, countOf(usage['totalTokenCount'])) - prompt - toolUse,
    thoughts,
  };
}

/** What went wrong inside a stream. */
export interface StreamError {
  readonly message: string;
  readonly code: number | null;
  readonly status: string | null;
}

export function errorIn(body: JsonObject): StreamError | null {
  const error = objectAt(body, 'error');
  if (error === null) return null;
  return {
    message: stringAt(error, 'message') ?? 'The provider failed.',
    code: typeof error['code'] === 'number' ? error['code'] : null,
    status: stringAt(error, 'status'),
  };
}

function countOf(value: JsonValue | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
