// Chat messages as Gemini's contents: system messages before the conversation apart, later ones in their place. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { Contents } from '../gemini/contents.ts';
import { readArguments } from '../tool-arguments.ts';
import { partsOf, type Problem, textOf } from './content.ts';

export interface Conversation {
  readonly system: readonly string[];
  readonly contents: readonly JsonObject[];
}

export function contentsOf(body: JsonObject): Result<Conversation, BadRequest> {
  const system: string[] = [];
  const contents = new Contents();
  const messages = arrayAt(body, 'messages');
  for (const [index, message] of messages.entries()) {
    const taken = isObject(message)
      ? takeMessage(message, contents, system)
      : fail({ at: '', text: 'must be an object' });
    if (!taken.ok) return badField(`messages[${index}]${taken.failure.at}`, taken.failure.text);
  }
  switch (contents.lastRole) {
    case 'user':
      return succeed({ system, contents: contents.contents });
    case 'model':
      return badField(
        `messages[${messages.length - 1}]`,
        'would be gone on with by this model, not answered. End with a message of the user',
      );
    case null:
      return badField('messages', 'must contain a message of the user with some text for this model');
  }
}

type Taken = Result<null, Problem>;

function takeMessage(message: JsonObject, contents: Contents, system: string[]): Taken {
  const { content } = message;
  switch (stringAt(message, 'role') ?? '') {
    case 'system':
    case 'developer': {
      const text = textOf(content);
      if (!text.ok) return text;
      // What is said later holds from there on; Gemini takes it only from the user, so it is marked.
      if (text.value === '') return succeed(null);
      if (contents.lastRole === null) system.push(text.value);
      else contents.say('user', [{ text: `<system>\n${text.value}\n</system>` }]);
      return succeed(null);
    }
    case 'user': {
      const parts = partsOf(content);
      if (!parts.ok) return parts;
      contents.say('user', parts.value);
      return succeed(null);
    }
    case 'assistant':
      return takeAssistant(message, contents);
    case 'tool':
      return takeResult(message, contents);
    default:
      return fail({ at: '.role', text: 'must be system, developer, user, assistant or tool for this model' });
  }
}

/** Thoughts of earlier turns (`reasoning_content`) are left out: the model needs only their signature, which is at the calls. */
function takeAssistant(message: JsonObject, contents: Contents): Taken {
  if ((message['function_call'] ?? null) !== null) {
    return fail({ at: '.function_call', text: 'is the former name of tool_calls. Use tool_calls' });
  }
  if ((message['audio'] ?? null) !== null) return fail({ at: '.audio', text: 'cannot be carried over to this model' });
  for (const said of [message['content'], message['refusal']]) {
    const text = textOf(said);
    if (!text.ok) return text;
    if (text.value !== '') contents.say('model', [{ text: text.value }]);
  }
  for (const [index, call] of arrayAt(message, 'tool_calls').entries()) {
    const written = isObject(call) ? objectAt(call, 'function') : null;
    if (!isObject(call) || written === null) {
      return fail({ at: `.tool_calls[${index}]`, text: 'must be the call of a function for this model' });
    }
    // A conversation in which a model once wrote no JSON can go on all the same: it was told what was wrong with it.
    const text = stringAt(written, 'arguments') ?? '';
    contents.call({
      id: stringAt(call, 'id') ?? '',
      name: stringAt(written, 'name') ?? '',
      args: readArguments(text) ?? { invalid_arguments: text },
      signature: signatureOf(call),
    });
  }
  return succeed(null);
}

function signatureOf(call: JsonObject): string | null {
  return stringAt(objectAt(objectAt(call, 'extra_content'), 'google'), 'thought_signature') || null;
}

/** Pictures that a tool shows go with what the user says: not every model takes them inside of a result. */
function takeResult(message: JsonObject, contents: Contents): Taken {
  const parts = partsOf(message['content']);
  if (!parts.ok) return parts;
  const output = parts.value.flatMap((part) => stringAt(part, 'text') ?? []).join('');
  if (!contents.answer(idOf(message['tool_call_id']), { output })) {
    return fail({ at: '.tool_call_id', text: 'must be the id of an earlier call' });
  }
  contents.say(
    'user',
    parts.value.filter((part) => stringAt(part, 'text') === null),
  );
  return succeed(null);
}

function idOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
