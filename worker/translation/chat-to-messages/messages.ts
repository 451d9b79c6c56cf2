// Chat messages as Anthropic messages: system messages before the conversation apart, and turns that alternate, so that the
// results of tools and what the user says after them are one message. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { readArguments } from '../tool-arguments.ts';
import { signedThoughtsIn } from '../signed-thoughts.ts';
import { type Problem, textBlocksOf, toolUseId, blocksOf } from './content.ts';

export interface Conversation {
  readonly system: readonly JsonObject[];
  readonly messages: readonly JsonObject[];
}

type Role = 'user' | 'assistant';

interface Turn {
  readonly role: Role;
  readonly content: readonly JsonObject[];
}

export function messagesOf(body: JsonObject): Result<Conversation, BadRequest> {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  const messages = arrayAt(body, 'messages');
  for (const [index, message] of messages.entries()) {
    const begun = turns.length > 0;
    const taken = isObject(message) ? takeMessage(message, begun) : fail({ at: '', text: 'must be an object' });
    if (!taken.ok) return badField(`messages[${index}]${taken.failure.at}`, taken.failure.text);
    if (taken.value.role === 'system') system.push(...taken.value.content);
    else addTurn(turns, { role: taken.value.role, content: taken.value.content });
  }
  const last = turns.at(-1);
  if (last === undefined)
    return badField('messages', 'must contain a message of the user with some text for this model');
  if (last.role === 'assistant') {
    return badField(
      `messages[${messages.length - 1}]`,
      'would be gone on with by this model, not answered. End with a message of the user',
    );
  }
  return succeed({ system, messages: turns.map(({ role, content }) => ({ role, content: resultsFirst(content) })) });
}

/** Consecutive messages of one side are one turn; one that says nothing is none. */
function addTurn(turns: Turn[], { role, content }: Turn): void {
  if (content.length === 0) return;
  const last = turns.at(-1);
  if (last?.role === role) turns[turns.length - 1] = { role, content: [...last.content, ...content] };
  else turns.push({ role, content });
}

/** Claude wants the results of its tools before anything else that the user says. */
function resultsFirst(content: readonly JsonObject[]): readonly JsonObject[] {
  const results = content.filter((block) => block['type'] === 'tool_result');
  return [...results, ...content.filter((block) => block['type'] !== 'tool_result')];
}

interface Taken {
  readonly role: Role | 'system';
  readonly content: readonly JsonObject[];
}

function takeMessage(message: JsonObject, begun: boolean): Result<Taken, Problem> {
  switch (stringAt(message, 'role') ?? '') {
    case 'system':
    case 'developer':
      return systemMessage(message, begun);
    case 'user':
      return as('user', blocksOf(message['content']));
    case 'assistant':
      return as('assistant', assistantBlocks(message));
    case 'tool':
      return as('user', resultBlocks(message));
    default:
      return fail({ at: '.role', text: 'must be system, developer, user, assistant or tool for this model' });
  }
}

/** What is said later holds from there on: most of Claude's models take it only from the user, so it is marked. */
function systemMessage(message: JsonObject, begun: boolean): Result<Taken, Problem> {
  const blocks = textBlocksOf(message['content']);
  if (!blocks.ok) return blocks;
  if (!begun) return succeed({ role: 'system', content: blocks.value });
  return succeed({ role: 'user', content: blocks.value.map(asSystem) });
}

function asSystem(block: JsonObject): JsonObject {
  return { ...block, text: `<system>\n${stringAt(block, 'text')}\n</system>` };
}

function as(role: Role, content: Result<readonly JsonObject[], Problem>): Result<Taken, Problem> {
  return content.ok ? succeed({ role, content: content.value }) : content;
}

/** Of the thoughts of earlier turns, Claude takes those that it has signed. */
function assistantBlocks(message: JsonObject): Result<readonly JsonObject[], Problem> {
  if ((message['function_call'] ?? null) !== null) {
    return fail({ at: '.function_call', text: 'is the former name of tool_calls. Use tool_calls' });
  }
  if ((message['audio'] ?? null) !== null) return fail({ at: '.audio', text: 'cannot be carried over to this model' });
  const said = textBlocksOf(message['content']);
  if (!said.ok) return said;
  const refusal = textBlocksOf(message['refusal']);
  if (!refusal.ok) return fail({ at: '.refusal', text: 'must be text' });
  const uses: JsonObject[] = [];
  for (const [index, call] of arrayAt(message, 'tool_calls').entries()) {
    const use = toolUseOf(call);
    if (!use.ok) return fail({ at: `.tool_calls[${index}]${use.failure.at}`, text: use.failure.text });
    uses.push(use.value);
  }
  return succeed([...signedThoughtsIn(message), ...said.value, ...refusal.value, ...uses]);
}

function toolUseOf(call: JsonValue): Result<JsonObject, Problem> {
  const written = isObject(call) ? objectAt(call, 'function') : null;
  if (!isObject(call) || written === null)
    return fail({ at: '', text: 'must be the call of a function for this model' });
  // A conversation in which a model once wrote no JSON can go on all the same: it was told what was wrong with it.
  const text = stringAt(written, 'arguments') ?? '';
  const input = readArguments(text) ?? { invalid_arguments: text };
  return succeed({ type: 'tool_use', id: toolUseId(call['id']), name: written['name'], input });
}

function resultBlocks(message: JsonObject): Result<readonly JsonObject[], Problem> {
  const content = blocksOf(message['content']);
  if (!content.ok) return content;
  return succeed([
    {
      type: 'tool_result',
      tool_use_id: toolUseId(message['tool_call_id']),
      ...(content.value.length > 0 && { content: content.value }),
    },
  ]);
}
