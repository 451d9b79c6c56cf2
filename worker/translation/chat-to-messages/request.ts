// A chat completion request as an Anthropic messages request. What Claude cannot do is refused by name; what merely steers is
// left out. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { TranslatedRequest } from '../../../schema/translation.ts';
import { adaptiveThinking } from '../signed-thoughts.ts';
import { messagesOf } from './messages.ts';
import { toolsOf } from './tools.ts';

const NOT_OFFERED = 'is not offered for this model';

interface Unoffered {
  /** Values that ask for nothing. */
  readonly harmless: (value: JsonValue) => boolean;
  readonly problem: string;
}

const REFUSED: Readonly<Record<string, Unoffered>> = {
  n: { harmless: (value) => value === 1, problem: 'must be 1: this model gives one answer' },
  logprobs: { harmless: (value) => value === false, problem: NOT_OFFERED },
  top_logprobs: { harmless: (value) => value === 0, problem: NOT_OFFERED },
  logit_bias: { harmless: (value) => isObject(value) && Object.keys(value).length === 0, problem: NOT_OFFERED },
  audio: { harmless: () => false, problem: NOT_OFFERED },
  prediction: { harmless: () => false, problem: NOT_OFFERED },
  modalities: { harmless: isTextOnly, problem: 'must be text alone for this model' },
  web_search_options: { harmless: () => false, problem: NOT_OFFERED },
  functions: { harmless: isEmptyList, problem: 'is the former name of tools. Use tools' },
  function_call: { harmless: () => false, problem: 'is the former name of tool_choice. Use tool_choice' },
  temperature: {
    harmless: (value) => typeof value === 'number' && value <= 1,
    problem: 'must be at most 1 for this model',
  },
};

/** How hard to try, in Claude's words. To think not at all, or as is usual, needs none. */
const EFFORTS: Readonly<Record<string, string>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
  max: 'max',
};

export function messagesRequestOf(body: JsonObject): Result<TranslatedRequest, BadRequest> {
  for (const [field, { harmless, problem }] of Object.entries(REFUSED)) {
    const value = body[field] ?? null;
    if (value !== null && !harmless(value)) return badField(field, problem);
  }
  const conversation = messagesOf(body);
  if (!conversation.ok) return conversation;
  const tools = toolsOf(body);
  if (!tools.ok) return tools;
  const format = formatOf(body);
  if (!format.ok) return format;

  const { system, messages } = conversation.value;
  // Absent stays absent: the line writes in the cap that Claude demands.
  const cap = body['max_completion_tokens'] ?? body['max_tokens'] ?? null;
  const stops = stopsOf(body['stop']);
  const thinking = adaptiveThinking(body);
  const effort = EFFORTS[stringAt(body, 'reasoning_effort') ?? ''];
  const request: JsonObject = {
    model: body['model'],
    ...(cap !== null && { max_tokens: cap }),
    ...(system.length > 0 && { system }),
    messages,
    ...tools.value,
    ...carried(body),
    ...(thinking !== null && { thinking }),
    ...(stops.length > 0 && { stop_sequences: stops }),
    ...((format.value !== null || effort !== undefined) && {
      output_config: {
        ...(format.value !== null && { format: format.value }),
        ...(effort !== undefined && { effort }),
      },
    }),
    ...(body['stream'] === true && { stream: true }),
  };
  return succeed({ body: request, address: { operation: 'messages', model: null, search: '' } });
}

/** At 1 they ask for what is usual, and most of Claude's models refuse to be told both. */
function carried(body: JsonObject): JsonObject {
  const members = ['temperature', 'top_p'].filter((name) => (body[name] ?? 1) !== 1);
  return Object.fromEntries(members.map((name) => [name, body[name]]));
}

/** A schema for the whole answer; null for plain text. */
function formatOf(body: JsonObject): Result<JsonObject | null, BadRequest> {
  const format = objectAt(body, 'response_format');
  switch (stringAt(format, 'type') ?? 'text') {
    case 'text':
      return succeed(null);
    case 'json_schema': {
      const schema = objectAt(objectAt(format, 'json_schema'), 'schema');
      return schema === null
        ? badField('response_format.json_schema.schema', 'is required for this model')
        : succeed({ type: 'json_schema', schema });
    }
    default:
      return badField('response_format', 'must be text or a json_schema for this model');
  }
}

function stopsOf(stop: JsonValue | undefined): readonly JsonValue[] {
  return typeof stop === 'string' ? [stop] : arrayAt({ stop }, 'stop');
}

function isTextOnly(value: JsonValue): boolean {
  return Array.isArray(value) && value.every((modality) => modality === 'text');
}

function isEmptyList(value: JsonValue): boolean {
  return Array.isArray(value) && value.length === 0;
}
