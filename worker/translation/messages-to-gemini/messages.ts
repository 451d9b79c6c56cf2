// Anthropic messages as Gemini's contents. Of the thoughts of earlier turns only the signature is carried over, to the call
// that they led to. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { Contents } from '../gemini/contents.ts';
import { blocksIn, partOf, partsOf, type Problem } from './content.ts';
import { ownSignature } from './signature.ts';

/** What another provider did or thought in earlier turns; the conversation is whole without it. */
const LEFT_OUT = /^(?:redacted_thinking|server_tool_use|mcp_tool_use|compaction|.+_tool_result)$/;

type Taken = Result<null, Problem>;

export function contentsOf(body: JsonObject): Result<readonly JsonObject[], BadRequest> {
  const contents = new Contents();
  const messages = arrayAt(body, 'messages');
  for (const [index, message] of messages.entries()) {
    const taken = isObject(message) ? takeMessage(message, contents) : fail({ at: '', text: 'must be an object' });
    if (!taken.ok) return badField(`messages[${index}]${taken.failure.at}`, taken.failure.text);
  }
  if (contents.lastRole === 'user') return succeed(contents.contents);
  return contents.lastRole === null
    ? badField('messages', 'must contain a message of the user with some text for this model')
    : badField(
        `messages[${messages.length - 1}]`,
        'begins the answer, which this model cannot go on with. End with a message of the user',
      );
}

/** `system`, which is a text or a list of them. */
export function systemOf(body: JsonObject): Result<readonly JsonObject[], BadRequest> {
  const { system } = body;
  if (typeof system === 'string') return succeed(system === '' ? [] : [{ text: system }]);
  const parts: JsonObject[] = [];
  for (const [index, block] of arrayAt(body, 'system').entries()) {
    const text = isObject(block) ? stringAt(block, 'text') : null;
    if (text === null) return badField(`system[${index}]`, 'must be text');
    if (text !== '') parts.push({ text });
  }
  return succeed(parts);
}

function takeMessage(message: JsonObject, contents: Contents): Taken {
  const blocks = blocksIn(message['content']);
  if (!blocks.ok) return blocks;
  switch (stringAt(message, 'role') ?? '') {
    case 'user':
      return takeUser(blocks.value, contents);
    case 'assistant':
      return takeAssistant(blocks.value, contents);
    case 'system':
      return takeSystem(blocks.value, contents);
    default:
      return fail({ at: '.role', text: 'must be user or assistant' });
  }
}

/** Gemini takes it in its place only from the user, so it is marked. */
function takeSystem(blocks: readonly JsonObject[], contents: Contents): Taken {
  const text = blocks.flatMap((block) => stringAt(block, 'text') ?? []).join('\n\n');
  if (text !== '') contents.say('user', [{ text: `<system>\n${text}\n</system>` }]);
  return succeed(null);
}

function takeUser(blocks: readonly JsonObject[], contents: Contents): Taken {
  for (const [index, block] of blocks.entries()) {
    const at = `.content[${index}]`;
    const taken = block['type'] === 'tool_result' ? takeResult(block, contents) : takePart(block, contents);
    if (!taken.ok) return fail({ at: at + taken.failure.at, text: taken.failure.text });
  }
  return succeed(null);
}

function takePart(block: JsonObject, contents: Contents): Taken {
  const part = partOf(block);
  if (!part.ok) return part;
  if (part.value['text'] !== '') contents.say('user', [part.value]);
  return succeed(null);
}

/** Pictures that a tool shows go with what the user says: not every model takes them inside of a result. */
function takeResult(block: JsonObject, contents: Contents): Taken {
  const blocks = blocksIn(block['content']);
  if (!blocks.ok) return blocks;
  const parts = partsOf(blocks.value);
  if (!parts.ok) return parts;
  const text = parts.value.flatMap((part) => stringAt(part, 'text') ?? []).join('\n');
  const response = block['is_error'] === true ? { error: text } : { output: text };
  if (!contents.answer(stringAt(block, 'tool_use_id') ?? '', response)) {
    return fail({ at: '.tool_use_id', text: 'must be the id of an earlier call' });
  }
  contents.say(
    'user',
    parts.value.filter((part) => stringAt(part, 'text') === null),
  );
  return succeed(null);
}

function takeAssistant(blocks: readonly JsonObject[], contents: Contents): Taken {
  let signature: string | null = null;
  for (const [index, block] of blocks.entries()) {
    const type = stringAt(block, 'type') ?? '';
    if (type === 'thinking') {
      signature = ownSignature(stringAt(block, 'signature')) ?? signature;
    } else if (type === 'tool_use') {
      contents.call({ ...callOf(block), signature });
      signature = null;
    } else if (type === 'text') {
      const text = stringAt(block, 'text') ?? '';
      if (text !== '') contents.say('model', [{ text }]);
    } else if (!LEFT_OUT.test(type)) {
      return fail({ at: `.content[${index}]`, text: `"${type}" cannot be carried over to this model` });
    }
  }
  return succeed(null);
}

function callOf(block: JsonObject) {
  return { id: textAt(block['id']), name: textAt(block['name']), args: objectAt(block, 'input') ?? {} };
}

function textAt(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
