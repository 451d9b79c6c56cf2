// A Responses request as a chat completion request. What only OpenAI's own servers could do is refused by name; what means
// nothing elsewhere is left out. Pure.

import type { Address } from '../../../schema/address.ts';
import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { TranslatedRequest } from '../../../schema/translation.ts';
import { clientToolsOf } from './client-tools.ts';
import { messagesOf } from './messages.ts';
import { chatToolsOf, toolChoiceOf } from './tools.ts';

/** State that the provider would have to keep, or figures that another server does not give. */
const REFUSED: Readonly<Record<string, string>> = {
  previous_response_id: 'refers to an answer that this model never gave. Send the whole conversation as input',
  conversation: 'is kept at OpenAI. Send the whole conversation as input',
  prompt: 'is kept at OpenAI. Send its text as instructions',
  top_logprobs: 'is not offered for this model',
  context_management: 'is not offered for this model',
};
/** Members that mean the same in both. */
const CARRIED = ['temperature', 'top_p', 'parallel_tool_calls', 'user'];
/** How hard to think, in the words that most servers know. */
const EFFORTS: Readonly<Record<string, string>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
};

type RequestOf = (body: JsonObject, address: Address, capMember: string) => Result<TranslatedRequest, BadRequest>;

export const chatRequestOf: RequestOf = (body, _address, capMember) => requestOf(body, capMember, false);

/** The same for a model that signs its thoughts and wants them back. */
export const thinkingRequestOf: RequestOf = (body, _address, capMember) => {
  const request = requestOf(body, capMember, true);
  if (!request.ok || !wantsThoughts(body)) return request;
  const thinking = { type: 'adaptive', display: 'summarized' };
  return succeed({ ...request.value, body: { ...request.value.body, thinking } });
};

/** Whoever asks for a summary of the thoughts asks for thoughts. They go with neither a forced call nor a temperature. */
function wantsThoughts(body: JsonObject): boolean {
  const isForced = !['auto', 'none'].includes(
    stringAt(body, 'tool_choice') ?? (isObject(body['tool_choice']) ? '' : 'auto'),
  );
  const isSteered = ['temperature', 'top_p'].some((name) => (body[name] ?? 1) !== 1);
  return stringAt(objectAt(body, 'reasoning'), 'summary') !== null && !isForced && !isSteered;
}

function requestOf(body: JsonObject, capMember: string, keepsThoughts: boolean): Result<TranslatedRequest, BadRequest> {
  for (const [field, problem] of Object.entries(REFUSED)) {
    if ((body[field] ?? null) !== null) return badField(field, problem);
  }
  const tools = clientToolsOf(body);
  if (!tools.ok) return tools;
  const messages = messagesOf(body, tools.value, keepsThoughts);
  if (!messages.ok) return messages;
  const choice = toolChoiceOf(body, tools.value);
  if (!choice.ok) return choice;
  const format = responseFormatOf(body);
  if (!format.ok) return format;

  const stream = body['stream'] === true;
  const effort = EFFORTS[stringAt(objectAt(body, 'reasoning'), 'effort') ?? ''];
  const request: Record<string, JsonValue | undefined> = {
    model: body['model'],
    messages: messages.value,
    ...carried(body),
    ...((body['max_output_tokens'] ?? null) !== null && { [capMember]: body['max_output_tokens'] }),
    ...(choice.value.tools.length > 0 && { tools: chatToolsOf(choice.value.tools) }),
    ...(choice.value.choice !== null && { tool_choice: choice.value.choice }),
    ...(format.value !== null && { response_format: format.value }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
  };
  return succeed({ body: request, address: { operation: 'chat/completions', model: null, search: '' } });
}

function carried(body: JsonObject): JsonObject {
  return Object.fromEntries(CARRIED.flatMap((name) => ((body[name] ?? null) === null ? [] : [[name, body[name]]])));
}

/** `text.format`; null for plain text. */
function responseFormatOf(body: JsonObject): Result<JsonObject | null, BadRequest> {
  const format = objectAt(objectAt(body, 'text'), 'format');
  switch (stringAt(format, 'type') ?? 'text') {
    case 'text':
      return succeed(null);
    case 'json_object':
      return succeed({ type: 'json_object' });
    case 'json_schema': {
      const { type: _, ...schema } = format ?? {};
      return succeed({ type: 'json_schema', json_schema: schema });
    }
    default:
      return badField('text.format', 'is not offered for this model. Use text, json_object or json_schema');
  }
}
