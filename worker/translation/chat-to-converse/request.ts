// A chat completion request as Converse takes it. What Converse has no place for is refused by name. Pure.

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
import { reasoningBlock } from '../converse/thoughts.ts';
import { adaptiveThinking, signedThoughtsIn } from '../signed-thoughts.ts';
import { textOf, userBlocks } from './content.ts';
import { toolUses } from './tool-uses.ts';

/** Translated here, or without meaning to Converse: who asks, where it is kept, how it is cached, how hard to try. */
const KNOWN = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'n',
  'logprobs',
  'logit_bias',
  'presence_penalty',
  'frequency_penalty',
  'response_format',
  'reasoning_effort',
  'thinking',
  'modalities',
  'user',
  'metadata',
  'store',
  'seed',
  'safety_identifier',
  'prompt_cache_key',
  'prediction',
  'service_tier',
]);

export function converseFromChat(body: JsonObject): Result<TranslatedRequest, BadRequest> {
  const others = refuseOthers(body, KNOWN);
  if (!others.ok) return others;
  const neutral = refuseUnlessNeutral(body);
  if (!neutral.ok) return neutral;
  const said = readMessages(body);
  if (!said.ok) return said;
  const { conversation, system } = said.value;
  const wishes = readTools(body);
  if (!wishes.ok) return wishes;
  const tools = toolConfig(wishes.value, conversation);
  if (!tools.ok) return tools;
  const outputConfig = readFormat(body);
  if (!outputConfig.ok) return outputConfig;
  const thinking = adaptiveThinking(body);
  const stop = body['stop'];
  const inferenceConfig = present({
    maxTokens: body['max_completion_tokens'] ?? body['max_tokens'],
    temperature: body['temperature'],
    topP: body['top_p'],
    stopSequences: typeof stop === 'string' ? [stop] : stop,
  });
  return succeed({
    body: {
      messages: conversation.messages,
      ...(system.length > 0 && { system }),
      ...(inferenceConfig !== null && { inferenceConfig }),
      ...(tools.value !== null && { toolConfig: tools.value }),
      ...(outputConfig.value !== null && { outputConfig: outputConfig.value }),
      ...(thinking !== null && { additionalModelRequestFields: { thinking } }),
    },
    address: {
      operation: body['stream'] === true ? 'converse-stream' : 'converse',
      model: stringAt(body, 'model'),
      search: '',
    },
  });
}

/** Members that Converse lacks, which change nothing as long as they have their usual value. */
function refuseUnlessNeutral(body: JsonObject): Result<null, BadRequest> {
  const modalities = body['modalities'] ?? ['text'];
  const neutral: Readonly<Record<string, boolean>> = {
    n: (body['n'] ?? 1) === 1,
    logprobs: (body['logprobs'] ?? false) === false,
    logit_bias: Object.keys(objectAt(body, 'logit_bias') ?? {}).length === 0,
    presence_penalty: (body['presence_penalty'] ?? 0) === 0,
    frequency_penalty: (body['frequency_penalty'] ?? 0) === 0,
    parallel_tool_calls: (body['parallel_tool_calls'] ?? true) === true,
    modalities: Array.isArray(modalities) && modalities.every((each) => each === 'text'),
  };
  for (const [field, isNeutral] of Object.entries(neutral)) if (!isNeutral) return notCarried(field);
  return succeed(null);
}

function readFormat(body: JsonObject): Result<JsonObject | null, BadRequest> {
  const format = objectAt(body, 'response_format');
  if ((stringAt(format, 'type') ?? 'text') === 'text') return succeed(null);
  if (format?.['type'] !== 'json_schema') {
    return notCarried('response_format', 'must be text or a json_schema for this model');
  }
  const asked = objectAt(format, 'json_schema');
  const schema = objectAt(asked, 'schema');
  return schema === null
    ? notCarried('response_format.json_schema.schema', 'is required for this model')
    : succeed(schemaConfig(schema, stringAt(asked, 'name'), stringAt(asked, 'description')));
}

interface Said {
  readonly conversation: Conversation;
  readonly system: readonly JsonObject[];
}

function readMessages(body: JsonObject): Result<Said, BadRequest> {
  const conversation = new Conversation();
  const system: JsonObject[] = [];
  const messages = objectsAt(body, 'messages', 'messages');
  if (!messages.ok) return messages;
  for (const [index, message] of messages.value.entries()) {
    const path = `messages[${index}]`;
    switch (stringAt(message, 'role') ?? '') {
      case 'system':
      case 'developer': {
        const text = textOf(message, path);
        if (!text.ok) return text;
        if (text.value !== '') system.push({ text: text.value });
        break;
      }
      case 'user': {
        const blocks = userBlocks(message, path);
        if (!blocks.ok) return blocks;
        conversation.say('user', blocks.value);
        break;
      }
      case 'assistant': {
        const text = textOf(message, path);
        if (!text.ok) return text;
        const uses = toolUses(message, path);
        if (!uses.ok) return uses;
        const thoughts = signedThoughtsIn(message).map(reasoningBlock);
        conversation.say('assistant', [
          ...thoughts,
          ...(text.value === '' ? [] : [{ text: text.value }]),
          ...uses.value,
        ]);
        break;
      }
      case 'tool': {
        const content = userBlocks(message, path);
        if (!content.ok) return content;
        const toolUseId = stringAt(message, 'tool_call_id');
        if (toolUseId === null) return notCarried(`${path}.tool_call_id`, 'is required');
        conversation.say('user', [{ toolResult: { toolUseId, content: content.value } }]);
        break;
      }
      default:
        return notCarried(`${path}.role`);
    }
  }
  return succeed({ conversation, system });
}

function readTools(body: JsonObject): Result<ToolWishes, BadRequest> {
  const offered = objectsAt(body, 'tools', 'tools');
  if (!offered.ok) return offered;
  const tools: JsonObject[] = [];
  for (const [index, tool] of offered.value.entries()) {
    const description = objectAt(tool, 'function');
    const name = stringAt(description, 'name');
    if (tool['type'] !== 'function' || description === null || name === null) return notCarried(`tools[${index}]`);
    const schema = description['parameters'] ?? { type: 'object', properties: {} };
    tools.push(toolSpec(name, stringAt(description, 'description'), schema));
  }
  const wanted = body['tool_choice'] ?? 'auto';
  if (wanted === 'none') return succeed({ tools, choice: 'none' });
  if (wanted === 'auto') return succeed({ tools, choice: null });
  if (wanted === 'required') return succeed({ tools, choice: { any: {} } });
  const name = isObject(wanted) ? stringAt(objectAt(wanted, 'function'), 'name') : null;
  return name === null ? notCarried('tool_choice') : succeed({ tools, choice: { tool: { name } } });
}
