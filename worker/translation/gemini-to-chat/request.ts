// A Gemini request as a chat completion request. What only Google's own servers could do is refused by name; what means nothing
// elsewhere is left out. Pure.

import type { Address } from '../../../schema/address.ts';
import { badField } from '../../../schema/bad-field.ts';
import { inCamelCase } from '../../../schema/camel-case.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import type { TranslatedRequest } from '../../../schema/translation.ts';
import { configIn } from './candidate.ts';
import { messagesOf } from './messages.ts';
import { jsonSchemaOf } from './schema.ts';
import { toolsOf } from './tools.ts';

const STREAMING = 'streamGenerateContent';
const OPERATIONS = new Set(['generateContent', STREAMING]);
const CANNOT = 'cannot be carried over to this model';

/** Translated here, or without meaning to another model. */
const KNOWN = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'safetySettings',
  'labels',
  'serviceTier',
]);
/** Members of `generationConfig` that mean the same in both. */
const CARRIED: readonly (readonly [from: string, to: string])[] = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['candidateCount', 'n'],
  ['stopSequences', 'stop'],
  ['seed', 'seed'],
  ['presencePenalty', 'presence_penalty'],
  ['frequencyPenalty', 'frequency_penalty'],
];
const KNOWN_CONFIG = new Set([
  ...CARRIED.map(([from]) => from),
  'maxOutputTokens',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseModalities',
  'thinkingConfig',
  // These only steer.
  'topK',
  'mediaResolution',
  'audioTimestamp',
  'enableEnhancedCivicAnswers',
]);
/** How hard to think, in the words that most servers know. */
const EFFORTS: Readonly<Record<string, string>> = { MINIMAL: 'low', LOW: 'low', MEDIUM: 'medium', HIGH: 'high' };

export function chatFromGemini(
  body: JsonObject,
  { operation, model }: Address,
  capMember: string,
): Result<TranslatedRequest, BadRequest> {
  if (!OPERATIONS.has(operation)) {
    return fail({ reason: 'bad_request', message: `${operation} is not offered for this model.`, field: null });
  }
  const members = inCamelCase(body);
  const config = configIn(body);
  const unknown = unknownIn(members, KNOWN, '') ?? unknownIn(config, KNOWN_CONFIG, 'generationConfig.');
  if (unknown !== null) return badField(unknown, CANNOT);
  const messages = messagesOf(members);
  if (!messages.ok) return messages;
  const tools = toolsOf(members);
  if (!tools.ok) return tools;
  const format = formatOf(config);
  if (!format.ok) return format;

  const stream = operation === STREAMING;
  const effort = EFFORTS[stringAt(inCamelCase(objectAt(config, 'thinkingConfig') ?? {}), 'thinkingLevel') ?? ''];
  const request: JsonObject = {
    model,
    messages: messages.value,
    ...tools.value,
    ...((config['maxOutputTokens'] ?? null) !== null && { [capMember]: config['maxOutputTokens'] }),
    ...carried(config),
    ...(format.value !== null && { response_format: format.value }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(stream && { stream: true, stream_options: { include_usage: true } }),
  };
  return succeed({ body: request, address: { operation: 'chat/completions', model: null, search: '' } });
}

/** The name of a member that is neither translated nor without meaning to the other side. False asks for nothing. */
function unknownIn(members: JsonObject, known: ReadonlySet<string>, path: string): string | null {
  const found = Object.entries(members).find(
    ([name, value]) => (value ?? null) !== null && value !== false && !known.has(name),
  );
  return found === undefined ? null : path + found[0];
}

function carried(config: JsonObject): JsonObject {
  const members = CARRIED.flatMap(([from, to]) => {
    const value = config[from] ?? null;
    const isEmpty = Array.isArray(value) && value.length === 0;
    return value === null || isEmpty || (to === 'n' && value === 1) ? [] : [[to, value] as const];
  });
  return Object.fromEntries<JsonValue | undefined>(members);
}

/** Null for plain text. */
function formatOf(config: JsonObject): Result<JsonObject | null, BadRequest> {
  const { responseSchema, responseJsonSchema } = config;
  switch (stringAt(config, 'responseMimeType') ?? '') {
    case '':
    case 'text/plain':
      return succeed(null);
    case 'application/json': {
      const schema = isObject(responseSchema) ? jsonSchemaOf(responseSchema) : (responseJsonSchema ?? null);
      return succeed(
        schema === null ? { type: 'json_object' } : { type: 'json_schema', json_schema: { name: 'answer', schema } },
      );
    }
    default:
      return badField('generationConfig.responseMimeType', 'must be text/plain or application/json for this model');
  }
}
