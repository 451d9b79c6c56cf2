// Calls of the Responses API as Headgate understands them: a valid one with a few members changed.

import type { JsonObject, JsonValue } from '../../schema/json.ts';
import type { ParsedCall } from '../../worker/dialects/dialect.ts';
import { openaiResponses } from '../../worker/dialects/openai-responses/openai-responses.ts';

export const BODY_BYTES = 10_000;
export const address = { operation: 'responses', model: null, search: '' };
export const valid: JsonObject = { model: 'gpt-5-mini', input: 'Hello', max_output_tokens: 100 };

export function parsed(change: JsonObject): ParsedCall {
  const call = openaiResponses.parse({ ...valid, ...change }, BODY_BYTES, address);
  if (!call.ok) throw new Error(call.failure.message);
  return call.value;
}

export function refusal(change: JsonObject): { readonly field: string | null; readonly message: string } {
  const call = openaiResponses.parse({ ...valid, ...change }, BODY_BYTES, address);
  return call.ok ? { field: 'taken', message: '' } : call.failure;
}

export const tools = (...list: JsonValue[]): JsonObject => ({ tools: list });
