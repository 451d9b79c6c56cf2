// The input items of a Responses request as chat messages: calls of tools belong to the assistant's message, their outputs
// are messages of their own, and reasoning is left out, but for what this model signed: no other model can read it. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { unsealThoughts } from '../signed-thoughts.ts';
import { chatNameOf, type ClientTool } from './client-tools.ts';
import { argumentsOfCustom } from './tools.ts';

/** What the provider did or thought in earlier turns; the conversation is whole without it. */
const LEFT_OUT = new Set(['reasoning', 'web_search_call', 'file_search_call', 'code_interpreter_call']);
const ROLES: ReadonlyMap<string, string> = new Map([
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['system', 'system'],
  ['developer', 'system'],
]);

interface AssistantMessage {
  readonly role: 'assistant';
  readonly content: JsonValue;
  readonly tool_calls: readonly JsonObject[];
  /** Signed by the model that wrote them. */
  readonly thinking_blocks?: readonly JsonObject[];
}

export function messagesOf(
  body: JsonObject,
  tools: readonly ClientTool[],
  keepsThoughts: boolean,
): Result<readonly JsonObject[], BadRequest> {
  const collected = new Messages();
  const instructions = stringAt(body, 'instructions');
  if (instructions !== null) collected.say({ role: 'system', content: instructions });
  const { input } = body;
  if (typeof input === 'string') collected.say({ role: 'user', content: input });
  const items = Array.isArray(input) ? input : [];
  for (const [index, item] of items.entries()) {
    if (keepsThoughts && isObject(item)) collected.think(unsealThoughts(stringAt(body, 'model') ?? '', item));
    const problem = take(collected, item, tools);
    if (problem !== null) return badField(`input[${index}]${problem.at}`, problem.text);
  }
  return succeed(collected.all());
}

/** Consecutive calls of one turn are one message of the assistant. */
class Messages {
  readonly #said: JsonObject[] = [];
  #assistant: AssistantMessage | null = null;

  say(message: JsonObject): void {
    this.#close();
    if (message['role'] === 'assistant') {
      this.#assistant = { role: 'assistant', content: message['content'] ?? '', tool_calls: [] };
    } else {
      this.#said.push(message);
    }
  }

  /** Thoughts stand at the beginning of a message: what was said before them is another one. */
  think(blocks: readonly JsonObject[]): void {
    if (blocks.length === 0) return;
    this.#close();
    this.#assistant = { role: 'assistant', content: null, tool_calls: [], thinking_blocks: blocks };
  }

  call(call: JsonObject): void {
    const open = this.#assistant ?? { role: 'assistant', content: null, tool_calls: [] };
    this.#assistant = { ...open, tool_calls: [...open.tool_calls, call] };
  }

  all(): readonly JsonObject[] {
    this.#close();
    return this.#said;
  }

  #close(): void {
    const open = this.#assistant;
    this.#assistant = null;
    if (open === null) return;
    const { tool_calls, ...message } = open;
    this.#said.push(tool_calls.length === 0 ? message : { ...message, tool_calls });
  }
}

interface Problem {
  readonly at: string;
  readonly text: string;
}

function take(messages: Messages, item: JsonValue, tools: readonly ClientTool[]): Problem | null {
  if (!isObject(item)) return { at: '', text: 'must be an object' };
  const type = stringAt(item, 'type') ?? 'message';
  if (LEFT_OUT.has(type)) return null;
  switch (type) {
    case 'message':
      return takeMessage(messages, item);
    case 'function_call':
      messages.call(toolCall(item, chatNameOf(tools, item), stringAt(item, 'arguments') ?? ''));
      return null;
    case 'custom_tool_call':
      messages.call(toolCall(item, chatNameOf(tools, item), argumentsOfCustom(stringAt(item, 'input') ?? '')));
      return null;
    case 'function_call_output':
    case 'custom_tool_call_output':
      return takeOutput(messages, item);
    default:
      return { at: '.type', text: `"${type}" cannot be carried over to this model` };
  }
}

function takeMessage(messages: Messages, item: JsonObject): Problem | null {
  const role = ROLES.get(stringAt(item, 'role') ?? '');
  if (role === undefined) return { at: '.role', text: 'must be user, assistant, system or developer' };
  const content = contentOf(item['content']);
  if (!content.ok) return content.failure;
  messages.say({ role, content: content.value });
  return null;
}

function toolCall(item: JsonObject, name: string, text: string): JsonObject {
  return {
    id: stringAt(item, 'call_id') ?? stringAt(item, 'id') ?? '',
    type: 'function',
    function: { name, arguments: text },
  };
}

function takeOutput(messages: Messages, item: JsonObject): Problem | null {
  const output = contentOf(item['output']);
  if (!output.ok) return output.failure;
  messages.say({ role: 'tool', tool_call_id: stringAt(item, 'call_id') ?? '', content: output.value });
  return null;
}

/** Text alone stays text, which every server takes; parts are needed for images only. */
function contentOf(value: JsonValue | undefined): Result<JsonValue, Problem> {
  if (typeof value === 'string') return succeed(value);
  if (!Array.isArray(value)) return fail({ at: '.content', text: 'must be text or a list of parts' });
  const parts: JsonObject[] = [];
  for (const [index, part] of value.entries()) {
    const taken = isObject(part) ? partOf(part) : null;
    if (taken === null) {
      return fail({ at: `.content[${index}]`, text: 'cannot be carried over to this model: only text and images can' });
    }
    parts.push(taken);
  }
  const texts = parts.flatMap((part) => stringAt(part, 'text') ?? []);
  return succeed(texts.length === parts.length ? texts.join('\n') : parts);
}

function partOf(part: JsonObject): JsonObject | null {
  switch (stringAt(part, 'type') ?? '') {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: stringAt(part, 'text') ?? '' };
    case 'refusal':
      return { type: 'text', text: stringAt(part, 'refusal') ?? '' };
    case 'input_image': {
      const url = stringAt(part, 'image_url') ?? stringAt(objectAt(part, 'image_url'), 'url');
      const detail = stringAt(part, 'detail');
      return url === null ? null : { type: 'image_url', image_url: { url, ...(detail !== null && { detail }) } };
    }
    default:
      return null;
  }
}
