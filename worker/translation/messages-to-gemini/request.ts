// An Anthropic messages request as a Gemini request. What cannot be carried over is refused by name; what only steers, or only
// Anthropic's own servers understand, is left out. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { TranslatedRequest } from '../../../schema/translation.ts';
import { carried, geminiAddress, jsonAnswer, thinkingBudgetOf, thinkingConfig } from '../gemini/request-words.ts';
import { contentsOf, systemOf } from './messages.ts';
import { toolsOf } from './tools.ts';

/** What runs or is kept at Anthropic. */
const REFUSED = ['mcp_servers', 'container'];

/** Members that mean the same in both, by their name at Anthropic. */
const CARRIED = [
  ['max_tokens', 'maxOutputTokens'],
  ['temperature', 'temperature'],
  ['top_p', 'topP'],
  ['top_k', 'topK'],
  ['stop_sequences', 'stopSequences'],
] as const;

export function geminiFromMessages(body: JsonObject): Result<TranslatedRequest, BadRequest> {
  for (const field of REFUSED) {
    if ((body[field] ?? null) !== null) {
      return badField(field, 'runs at Anthropic; for this model, offer tools of your own');
    }
  }
  if (body['max_tokens'] === 0) return badField('max_tokens', 'must be at least 1: this model has no cache to warm');
  const system = systemOf(body);
  if (!system.ok) return system;
  const contents = contentsOf(body);
  if (!contents.ok) return contents;
  const tools = toolsOf(body);
  if (!tools.ok) return tools;
  const format = formatOf(body);
  if (!format.ok) return format;

  return succeed({
    body: {
      contents: contents.value,
      ...(system.value.length > 0 && { systemInstruction: { parts: system.value } }),
      ...tools.value,
      generationConfig: { ...carried(body, CARRIED), ...format.value, ...thinkingOf(body) },
    },
    address: geminiAddress(stringAt(body, 'model'), body['stream'] === true),
  });
}

/** A schema for the whole answer, where the client asked for one. */
function formatOf(body: JsonObject): Result<JsonObject, BadRequest> {
  const format = objectAt(objectAt(body, 'output_config'), 'format') ?? objectAt(body, 'output_format');
  if (format === null) return succeed({});
  return format['type'] === 'json_schema'
    ? succeed(jsonAnswer(format['schema']))
    : badField('output_config.format', 'must be a json_schema for this model');
}

/** Thoughts are shown where the client asked for them; models that do not think refuse to be told of it. */
function thinkingOf(body: JsonObject): JsonObject {
  const thinking = objectAt(body, 'thinking');
  const budget = thinking?.['budget_tokens'];
  const effort = thinkingBudgetOf(stringAt(objectAt(body, 'output_config'), 'effort'));
  switch (stringAt(thinking, 'type') ?? '') {
    case 'enabled':
      return { thinkingConfig: thinkingConfig(typeof budget === 'number' ? budget : effort) };
    case 'adaptive':
      return { thinkingConfig: thinkingConfig(effort) };
    default:
      return effort === null ? {} : { thinkingConfig: { thinkingBudget: effort } };
  }
}
