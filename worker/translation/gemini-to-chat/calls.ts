// The calls of a conversation and what came of them. Gemini's clients may leave ids out, which chat completions demand: then
// calls are counted, and results are taken for the first open call of their name. Pure.

import { inCamelCase } from '../../../schema/camel-case.ts';
import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { writeArguments } from '../tool-arguments.ts';

interface OpenCall {
  readonly id: string;
  readonly name: string;
}

export class Calls {
  readonly #open: OpenCall[] = [];
  #count = 0;

  /** The call of a chat message. */
  call(written: JsonObject): JsonObject {
    this.#count += 1;
    const id = stringAt(written, 'id') || `call_${this.#count}`;
    const name = stringAt(written, 'name') ?? '';
    this.#open.push({ id, name });
    return { id, type: 'function', function: { name, arguments: writeArguments(written['args']) } };
  }

  /** The message of a tool; null where no open call asked for it. */
  answer(written: JsonObject): JsonObject | null {
    const { id, name } = written;
    const byId = typeof id === 'string' && id !== '' ? this.#open.findIndex((call) => call.id === id) : -1;
    const index = byId === -1 ? this.#open.findIndex((call) => call.name === name) : byId;
    const [call] = index === -1 ? [] : this.#open.splice(index, 1);
    return call === undefined
      ? null
      : { role: 'tool', tool_call_id: call.id, content: outcomeOf(objectAt(inCamelCase(written), 'response') ?? {}) };
  }
}

/** An outcome in Google's usual form is its text; any other is told as it is. */
function outcomeOf(response: JsonObject): string {
  const { output, ...others } = response;
  return typeof output === 'string' && Object.keys(others).length === 0 ? output : writeArguments(response);
}
