// A request of Anthropic's messages as Converse takes it. What Converse has no place for is refused by name. Pure.

import type { BadRequest } from '../../../schema/failure.ts';
import { isObject, type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import type { TranslatedRequest } from '../../../schema/translation.ts';
import {
  Conversation,
  notCarried,
  objectsAt,
  present,
  refuseOthers,
  schemaConfig,
  toolConfig,
  toolSpec,
  type ToolWishes,
} from '../converse/conversation.ts';
import { cachePoint, contentBlocks } from './content.ts';

/** Translated here, or without meaning to Converse: who asks, and at which of the usual tiers. */
const KNOWN = new Set([
  'model',
  'messages',
  'system',
  'stream',
  'tools',
  'tool_choice',
  'thinking',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'output_config',
  'stop_sequences',
  'metadata',
  'service_tier',
  'speed',
  'inference_geo',
]);

export function converseFromMessages(body: JsonObject): Result<TranslatedRequest, BadRequest> {
  const others = refuseOthers(body, KNOWN);
  if (!others.ok) return others;
  if (body['max_tokens'] === 0) return notCarried('max_tokens', 'must be at least 1 for this model');
  const system = readSystem(body);
  if (!system.ok) return system;
  const conversation = readMessages(body);
  if (!conversation.ok) return conversation;
  const wishes = readTools(body);
  if (!wishes.ok) return wishes;
  const tools = toolConfig(wishes.value, conversation.value);
  if (!tools.ok) return tools;
  const outputConfig = readOutput(body);
  if (!outputConfig.ok) return outputConfig;
  const modelFields = present({ thinking: thinkingIn(body), top_k: body['top_k'] });
  const inferenceConfig = present({
    maxTokens: body['max_tokens'],
    temperature: body['temperature'],
    topP: body['top_p'],
    stopSequences: body['stop_sequences'],
  });
  return succeed({
    body: {
      messages: conversation.value.messages,
      ...(system.value.length > 0 && { system: system.value }),
      ...(inferenceConfig !== null && { inferenceConfig }),
      ...(tools.value !== null && { toolConfig: tools.value }),
      ...(outputConfig.value !== null && { outputConfig: outputConfig.value }),
      ...(modelFields !== null && { additionalModelRequestFields: modelFields }),
    },
    address: {
      operation: body['stream'] === true ? 'converse-stream' : 'converse',
      model: stringAt(body, 'model'),
      search: '',
    },
  });
}

/** Claude's own members, which Bedrock hands on to it. Other models refuse them in their own words. */
function thinkingIn(body: JsonObject): JsonObject | null {
  const thinking = objectAt(body, 'thinking');
  return thinking?.['type'] === 'disabled' ? null : thinking;
}

/** How hard to try only steers, and Converse has no word for it. */
function readOutput(body: JsonObject): Result<JsonObject | null, BadRequest> {
  const { format = null, effort: _, ...others } = objectAt(body, 'output_config') ?? {};
  const [other] = Object.keys(others);
  if (other !== undefined) return notCarried(`output_config.${other}`);
  if (format === null) return succeed(null);
  const schema = isObject(format) && format['type'] === 'json_schema' ? objectAt(format, 'schema') : null;
  return schema === null
    ? notCarried('output_config.format', 'must be a json_schema for this model')
    : succeed(schemaConfig(schema, null, null));
}

function readSystem(body: JsonObject): Result<readonly JsonObject[], BadRequest> {
  const { system } = body;
  if (typeof system === 'string') return succeed(system === '' ? [] : [{ text: system }]);
  return contentBlocks(body, 'system', 'system');
}

function readMessages(body: JsonObject): Result<Conversation, BadRequest> {
  const conversation = new Conversation();
  const messages = objectsAt(body, 'messages', 'messages');
  if (!messages.ok) return messages;
  for (const [index, message] of messages.value.entries()) {
    const { role, content } = message;
    const path = `messages[${index}]`;
    if (role !== 'user' && role !== 'assistant') return notCarried(`${path}.role`);
    if (typeof content === 'string') {
      conversation.say(role, content === '' ? [] : [{ text: content }]);
      continue;
    }
    const blocks = contentBlocks(message, 'content', `${path}.content`);
    if (!blocks.ok) return blocks;
    conversation.say(role, blocks.value);
  }
  return succeed(conversation);
}

function readTools(body: JsonObject): Result<ToolWishes, BadRequest> {
  const offered = objectsAt(body, 'tools', 'tools');
  if (!offered.ok) return offered;
  const tools: JsonObject[] = [];
  for (const [index, tool] of offered.value.entries()) {
    const name = stringAt(tool, 'name');
    const schema = objectAt(tool, 'input_schema');
    if ((tool['type'] ?? 'custom') !== 'custom' || name === null || schema === null) {
      return notCarried(`tools[${index}]`);
    }
    tools.push(toolSpec(name, stringAt(tool, 'description'), schema), ...cachePoint(tool));
  }
  const wanted = objectAt(body, 'tool_choice') ?? { type: 'auto' };
  if (wanted['disable_parallel_tool_use'] === true) return notCarried('tool_choice.disable_parallel_tool_use');
  switch (stringAt(wanted, 'type') ?? '') {
    case 'auto':
      return succeed({ tools, choice: null });
    case 'any':
      return succeed({ tools, choice: { any: {} } });
    case 'none':
      return succeed({ tools, choice: 'none' });
    case 'tool': {
      const name = stringAt(wanted, 'name');
      return name === null ? notCarried('tool_choice.name') : succeed({ tools, choice: { tool: { name } } });
    }
    default:
      return notCarried('tool_choice.type');
  }
}
