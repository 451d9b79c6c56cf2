// An Anthropic messages request as a chat completion request. What only Anthropic's own servers could do is refused by name;
// what merely steers (caches, the length of thoughts) is left out. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { Address } from '../../../schema/address.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { TranslatedRequest } from '../../../schema/translation.ts';
import { messagesOf } from './messages.ts';
import { chatToolsOf, toolChoiceOf } from './tools.ts';

/** What runs or is kept at Anthropic. */
const REFUSED: Readonly<Record<string, string>> = {
  mcp_servers: 'run at Anthropic; for this model, offer tools of your own',
  container: 'runs at Anthropic; for this model, offer tools of your own',
};
/** Members that mean the same in both, by their name in a chat completion. */
const CARRIED: readonly (readonly [from: string, to: string])[] = [
  ['temperature', 'temperature'],
  ['top_p', 'top_p'],
  ['stop_sequences', 'stop'],
];
const EFFORTS: Readonly<Record<string, string>> = { low: 'low', medium: 'medium', high: 'high', max: 'high' };

export function chatRequestOf(
  body: JsonObject,
  _address: Address,
  capMember: string,
): Result<TranslatedRequest, BadRequest> {
  for (const [field, problem] of Object.entries(REFUSED)) {
    if ((body[field] ?? null) !== null) return badField(field, problem);
  }
  if (body['max_tokens'] === 0) return badField('max_tokens', 'must be at least 1: this model has no cache to warm');
  const messages = messagesOf(body);
  if (!messages.ok) return messages;
  const tools = chatToolsOf(body);
  if (!tools.ok) return tools;
  const format = responseFormatOf(body);
  if (!format.ok) return format;

  const effort = EFFORTS[stringAt(objectAt(body, 'output_config'), 'effort') ?? ''];
  const request: JsonObject = {
    model: body['model'],
    messages: messages.value,
    [capMember]: body['max_tokens'],
    ...carried(body),
    ...(tools.value.length > 0 && { tools: tools.value, ...toolChoiceOf(body) }),
    ...(format.value !== null && { response_format: format.value }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(body['stream'] === true && { stream: true, stream_options: { include_usage: true } }),
  };
  // Betas and the like are between the client and Anthropic.
  return succeed({ body: request, address: { operation: 'chat/completions', model: null, search: '' } });
}

function carried(body: JsonObject): JsonObject {
  const members = CARRIED.flatMap(([from, to]) => ((body[from] ?? null) === null ? [] : [[to, body[from]] as const]));
  return Object.fromEntries<JsonValue | undefined>(members);
}

/** A schema for the whole answer; null where the client asked for none. */
function responseFormatOf(body: JsonObject): Result<JsonObject | null, BadRequest> {
  const format = objectAt(objectAt(body, 'output_config'), 'format') ?? objectAt(body, 'output_format');
  if (format === null) return succeed(null);
  if (format['type'] !== 'json_schema') return badField('output_config.format', 'must be a json_schema for this model');
  const schema = { name: 'answer', schema: format['schema'], strict: true };
  return succeed({ type: 'json_schema', json_schema: schema });
}
