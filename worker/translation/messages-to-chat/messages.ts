// Anthropic messages as chat messages: what tools gave is a message of its own each, before what the user says; thoughts of
// earlier turns are left out, because no other model can read them. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';

/** What the provider did or thought in earlier turns; the conversation is whole without it. */
const LEFT_OUT = /^(?:thinking|redacted_thinking|server_tool_use|mcp_tool_use|compaction|.+_tool_result)$/;
const NO_TEXT = '(no text)';

interface Problem {
  readonly at: string;
  readonly text: string;
}

const CANNOT = 'cannot be carried over to this model';

export function messagesOf(body: JsonObject): Result<readonly JsonObject[], BadRequest> {
  const said: JsonObject[] = [];
  const system = systemOf(body['system']);
  if (!system.ok) return badField(`system${system.failure.at}`, system.failure.text);
  if (system.value !== '') said.push({ role: 'system', content: system.value });
  const messages = Array.isArray(body['messages']) ? body['messages'] : [];
  for (const [index, message] of messages.entries()) {
    const taken = isObject(message) ? takeMessage(message) : fail({ at: '', text: 'must be an object' });
    if (!taken.ok) return badField(`messages[${index}]${taken.failure.at}`, taken.failure.text);
    said.push(...taken.value);
  }
  if (said.at(-1)?.['role'] === 'assistant') {
    return badField(
      `messages[${messages.length - 1}]`,
      'begins the answer, which this model cannot go on with. End with a message of the user',
    );
  }
  return succeed(said);
}

function systemOf(system: JsonValue | undefined): Result<string, Problem> {
  if ((system ?? null) === null) return succeed('');
  if (typeof system === 'string') return succeed(system);
  const texts: string[] = [];
  for (const [index, block] of (Array.isArray(system) ? system : [system]).entries()) {
    const text = isObject(block) ? stringAt(block, 'text') : null;
    if (text === null) return fail({ at: `[${index}]`, text: 'must be text' });
    texts.push(text);
  }
  return succeed(texts.join('\n\n'));
}

function takeMessage(message: JsonObject): Result<readonly JsonObject[], Problem> {
  const { content } = message;
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  if (!Array.isArray(blocks)) return fail({ at: '.content', text: 'must be text or a list of blocks' });
  switch (stringAt(message, 'role') ?? '') {
    case 'user':
      return userMessages(blocks);
    case 'assistant':
      return assistantMessages(blocks);
    case 'system':
      return systemMessages(blocks);
    default:
      return fail({ at: '.role', text: 'must be user or assistant' });
  }
}

function systemMessages(blocks: readonly JsonValue[]): Result<readonly JsonObject[], Problem> {
  const system = systemOf(blocks);
  return system.ok ? succeed([{ role: 'system', content: system.value }]) : system;
}

function userMessages(blocks: readonly JsonValue[]): Result<readonly JsonObject[], Problem> {
  const results: JsonObject[] = [];
  const parts: JsonObject[] = [];
  for (const [index, block] of blocks.entries()) {
    const taken = isObject(block) ? takeUserBlock(block) : fail({ at: '', text: 'must be an object' });
    if (!taken.ok) return fail({ at: `.content[${index}]${taken.failure.at}`, text: taken.failure.text });
    if (taken.value.result !== null) results.push(taken.value.result);
    parts.push(...taken.value.parts);
  }
  return succeed(parts.length === 0 ? results : [...results, { role: 'user', content: contentOf(parts) }]);
}

interface UserBlock {
  /** The message of a tool's result. */
  readonly result: JsonObject | null;
  /** What the user says or shows; the pictures of a result as well, since a tool's message has text only. */
  readonly parts: readonly JsonObject[];
}

function takeUserBlock(block: JsonObject): Result<UserBlock, Problem> {
  if (block['type'] !== 'tool_result') {
    const part = partOf(block);
    return part === null ? fail({ at: '', text: problemOf(block) }) : succeed({ result: null, parts: [part] });
  }
  const content = block['content'] ?? '';
  const blocks =
    typeof content === 'string' ? [{ type: 'text', text: content }] : Array.isArray(content) ? content : [];
  const parts: JsonObject[] = [];
  for (const [index, each] of blocks.entries()) {
    const part = isObject(each) ? partOf(each) : null;
    if (part === null) return fail({ at: `.content[${index}]`, text: isObject(each) ? problemOf(each) : CANNOT });
    parts.push(part);
  }
  const texts = parts.flatMap((part) => stringAt(part, 'text') ?? []);
  const text = texts.join('\n') || NO_TEXT;
  return succeed({
    result: {
      role: 'tool',
      tool_call_id: stringAt(block, 'tool_use_id') ?? '',
      content: block['is_error'] === true ? `Error: ${text}` : text,
    },
    parts: parts.filter((part) => part['type'] !== 'text'),
  });
}

function assistantMessages(blocks: readonly JsonValue[]): Result<readonly JsonObject[], Problem> {
  const texts: string[] = [];
  const calls: JsonObject[] = [];
  for (const [index, block] of blocks.entries()) {
    const type = isObject(block) ? (stringAt(block, 'type') ?? '') : '';
    if (!isObject(block)) return fail({ at: `.content[${index}]`, text: 'must be an object' });
    if (type === 'text') texts.push(stringAt(block, 'text') ?? '');
    else if (type === 'tool_use') calls.push(callOf(block));
    else if (!LEFT_OUT.test(type)) return fail({ at: `.content[${index}]`, text: problemOf(block) });
  }
  if (texts.length === 0 && calls.length === 0) return succeed([]);
  const content = texts.length === 0 ? null : texts.join('\n\n');
  return succeed([{ role: 'assistant', content, ...(calls.length > 0 && { tool_calls: calls }) }]);
}

function callOf(block: JsonObject): JsonObject {
  const written = JSON.stringify(block['input'] ?? {});
  return { id: block['id'], type: 'function', function: { name: block['name'], arguments: written } };
}

/** Text alone stays text, which every server takes. */
function contentOf(parts: readonly JsonObject[]): JsonValue {
  const texts = parts.flatMap((part) => stringAt(part, 'text') ?? []);
  return texts.length === parts.length ? texts.join('\n\n') : parts;
}

/** Null for what a chat completion has no part for. */
function partOf(block: JsonObject): JsonObject | null {
  const source = objectAt(block, 'source');
  const kind = stringAt(source, 'type');
  switch (stringAt(block, 'type') ?? '') {
    case 'text':
      return { type: 'text', text: stringAt(block, 'text') ?? '' };
    case 'image': {
      const url =
        kind === 'base64'
          ? `data:${stringAt(source, 'media_type')};base64,${stringAt(source, 'data')}`
          : stringAt(source, 'url');
      return url === null ? null : { type: 'image_url', image_url: { url } };
    }
    case 'document':
      return kind === 'text' && objectAt(block, 'citations')?.['enabled'] !== true
        ? { type: 'text', text: stringAt(source, 'data') ?? '' }
        : null;
    default:
      return null;
  }
}

function problemOf(block: JsonObject): string {
  return `"${stringAt(block, 'type') ?? ''}" ${CANNOT}: only text and images can`;
}
