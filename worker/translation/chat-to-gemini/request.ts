// A chat completion request as a Gemini request. What Gemini cannot do is refused by name; what merely steers is left out. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { TranslatedRequest } from '../../../schema/translation.ts';
import { carried, geminiAddress, jsonAnswer, thinkingBudgetOf, thinkingConfig } from '../gemini/request-words.ts';
import { contentsOf } from './messages.ts';
import { toolsOf } from './tools.ts';

const NOT_OFFERED = 'is not offered for this model';
/** Google's own limit. */
const MAX_CANDIDATES = 8;

interface Unoffered {
  /** Values that ask for nothing. */
  readonly harmless: (value: JsonValue) => boolean;
  readonly problem: string;
}

const REFUSED: Readonly<Record<string, Unoffered>> = {
  n: {
    harmless: (value) => typeof value === 'number' && value <= MAX_CANDIDATES,
    problem: `must be at most ${MAX_CANDIDATES} for this model`,
  },
  logprobs: { harmless: (value) => value === false, problem: NOT_OFFERED },
  top_logprobs: { harmless: (value) => value === 0, problem: NOT_OFFERED },
  logit_bias: { harmless: (value) => isObject(value) && Object.keys(value).length === 0, problem: NOT_OFFERED },
  parallel_tool_calls: { harmless: (value) => value === true, problem: 'cannot be turned off for this model' },
  audio: { harmless: () => false, problem: NOT_OFFERED },
  prediction: { harmless: () => false, problem: NOT_OFFERED },
  modalities: {
    harmless: (value) => Array.isArray(value) && value.every((modality) => modality === 'text'),
    problem: 'must be text alone for this model',
  },
  web_search_options: { harmless: () => false, problem: NOT_OFFERED },
  extra_body: { harmless: () => false, problem: 'is not read here. Use reasoning_effort for thoughts' },
  functions: {
    harmless: (value) => Array.isArray(value) && value.length === 0,
    problem: 'is the former name of tools. Use tools',
  },
  function_call: { harmless: () => false, problem: 'is the former name of tool_choice. Use tool_choice' },
};

/** Members that mean the same in both, by their name in a chat completion. */
const CARRIED = [
  ['n', 'candidateCount'],
  ['temperature', 'temperature'],
  ['top_p', 'topP'],
  ['seed', 'seed'],
  ['presence_penalty', 'presencePenalty'],
  ['frequency_penalty', 'frequencyPenalty'],
] as const;
/** Not every model takes these, so they are not told what is usual. */
const USUAL: Readonly<Record<string, number>> = { n: 1, presence_penalty: 0, frequency_penalty: 0 };

export function geminiFromChat(body: JsonObject): Result<TranslatedRequest, BadRequest> {
  for (const [field, { harmless, problem }] of Object.entries(REFUSED)) {
    const value = body[field] ?? null;
    if (value !== null && !harmless(value)) return badField(field, problem);
  }
  const conversation = contentsOf(body);
  if (!conversation.ok) return conversation;
  const tools = toolsOf(body);
  if (!tools.ok) return tools;
  const format = formatOf(body);
  if (!format.ok) return format;

  const { system, contents } = conversation.value;
  const generationConfig = { ...configOf(body), ...format.value };
  return succeed({
    body: {
      contents,
      ...(system.length > 0 && { systemInstruction: { parts: system.map((text) => ({ text })) } }),
      ...tools.value,
      ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
    },
    address: geminiAddress(stringAt(body, 'model'), body['stream'] === true),
  });
}

function configOf(body: JsonObject): JsonObject {
  const cap = body['max_completion_tokens'] ?? body['max_tokens'] ?? null;
  const { stop } = body;
  const stopSequences = typeof stop === 'string' ? [stop] : arrayAt(body, 'stop');
  const budget = thinkingBudgetOf(stringAt(body, 'reasoning_effort'));
  return {
    ...(cap !== null && { maxOutputTokens: cap }),
    ...carried(
      body,
      CARRIED.filter(([name]) => body[name] !== USUAL[name]),
    ),
    ...(stopSequences.length > 0 && { stopSequences }),
    ...(budget !== null && { thinkingConfig: thinkingConfig(budget) }),
  };
}

function formatOf(body: JsonObject): Result<JsonObject, BadRequest> {
  const format = objectAt(body, 'response_format');
  switch (stringAt(format, 'type') ?? 'text') {
    case 'text':
      return succeed({});
    case 'json_object':
      return succeed(jsonAnswer(null));
    case 'json_schema': {
      const schema = objectAt(objectAt(format, 'json_schema'), 'schema');
      return schema === null
        ? badField('response_format.json_schema.schema', 'is required for this model')
        : succeed(jsonAnswer(schema));
    }
    default:
      return badField('response_format', 'must be text, json_object or a json_schema');
  }
}
