// The parts of a Responses answer, as its clients expect them. Pure.

import type { JsonObject } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { chatUsageOf } from '../chat-usage.ts';
import type { ToolIdentity } from './client-tools.ts';
import { textOfCustom } from './tools.ts';

/** How an answer ended, and why it is incomplete where it is. */
export interface Outcome {
  readonly status: 'completed' | 'incomplete';
  readonly reason: 'max_output_tokens' | 'content_filter' | null;
}

export function outcomeOf(finishReason: string | null): Outcome {
  switch (finishReason ?? '') {
    case 'length':
      return { status: 'incomplete', reason: 'max_output_tokens' };
    case 'content_filter':
      return { status: 'incomplete', reason: 'content_filter' };
    default:
      return { status: 'completed', reason: null };
  }
}

/** The response around its output; what the request said of itself is said again, as OpenAI does. */
export function responseOf(
  id: string,
  { model, body, nowS }: Asked,
  rest: {
    readonly status: 'in_progress' | 'failed' | Outcome['status'];
    readonly reason?: Outcome['reason'];
    readonly error?: JsonObject | null;
    readonly output: readonly JsonObject[];
    readonly usage: JsonObject | null;
  },
): JsonObject {
  const { status, reason = null, error = null, output, usage } = rest;
  return {
    id,
    object: 'response',
    created_at: nowS,
    status,
    background: false,
    error,
    incomplete_details: reason === null ? null : { reason },
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: body['max_tool_calls'] ?? null,
    model,
    output,
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: body['reasoning'] ?? { effort: null, summary: null },
    safety_identifier: body['safety_identifier'] ?? null,
    service_tier: 'default',
    store: false,
    temperature: body['temperature'] ?? null,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_logprobs: 0,
    top_p: body['top_p'] ?? null,
    truncation: body['truncation'] ?? 'disabled',
    usage,
    user: body['user'] ?? null,
    metadata: body['metadata'] ?? {},
  };
}

export type ItemStatus = 'in_progress' | Outcome['status'];

export function messageItem(id: string, status: ItemStatus, content: readonly JsonObject[]): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content };
}

export function textPart(text: string): JsonObject {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

export function refusalPart(refusal: string): JsonObject {
  return { type: 'refusal', refusal };
}

export function thoughtPart(text: string): JsonObject {
  return { type: 'reasoning_text', text };
}

/** `sealed` is what the client keeps of it, unread, for its next request. */
export function reasoningItem(id: string, status: ItemStatus, text: string, sealed: string | null): JsonObject {
  const content = text === '' ? [] : [thoughtPart(text)];
  return { id, type: 'reasoning', summary: [], content, encrypted_content: sealed, status };
}

/** A call of one of the client's tools. `written` is what the model wrote as arguments. */
export interface WrittenCall {
  readonly id: string;
  readonly callId: string;
  readonly tool: ToolIdentity;
  readonly written: string;
}

export function callItem({ id, callId, tool, written }: WrittenCall, status: ItemStatus): JsonObject {
  const { name, namespace, isCustom } = tool;
  const call = { call_id: callId, name, ...(namespace !== null && { namespace }) };
  return isCustom
    ? { id, type: 'custom_tool_call', status, ...call, input: textOfCustom(written) }
    : { id, type: 'function_call', status, ...call, arguments: written };
}

/** Where the ids of calls begin. */
export function idPrefixOf({ isCustom }: ToolIdentity): string {
  return isCustom ? 'ctc_' : 'fc_';
}

/** Usage in the client's shape; null where the server gave none. */
export function usageOf(chat: JsonObject | null): JsonObject | null {
  if (chat === null) return null;
  const { prompt, cacheRead, output, reasoning } = chatUsageOf(chat);
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cacheRead },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: prompt + output,
  };
}
