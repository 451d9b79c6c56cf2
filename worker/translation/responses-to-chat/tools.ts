// Tools of a Responses request as functions of a chat completion. A custom tool, which takes free text, becomes a function
// with that text as its one argument, and is turned back in the answer. Tools that the provider runs are refused, but for the
// web search that Codex offers with every call: a model that has none answers without it. Pure.

import type { BadRequest } from '../../../schema/failure.ts';
import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  parseJson,
  stringAt,
} from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';

/** Offered, and not missed by an answer that was not made to use it. */
const LEFT_OUT = /^web_search(?:_|$)/;
/** The one argument of what was a custom tool. */
const FREE_TEXT = 'input';

export function argumentsOfCustom(text: string): string {
  return JSON.stringify({ [FREE_TEXT]: text });
}

/** The free text that a model wrote for a custom tool; all that it wrote, where it kept to no form. */
export function textOfCustom(written: string): string {
  const parsed = parseJson(written);
  return (isObject(parsed) ? stringAt(parsed, FREE_TEXT) : null) ?? written;
}

/** Names of the tools that take free text. */
export function customToolsOf(body: JsonObject): ReadonlySet<string> {
  const named = arrayAt(body, 'tools').filter((tool) => isObject(tool) && tool['type'] === 'custom');
  return new Set(named.flatMap((tool) => (isObject(tool) ? (stringAt(tool, 'name') ?? []) : [])));
}

export function chatToolsOf(body: JsonObject): Result<readonly JsonObject[], BadRequest> {
  const tools: JsonObject[] = [];
  for (const [index, tool] of arrayAt(body, 'tools').entries()) {
    const type = isObject(tool) ? (stringAt(tool, 'type') ?? '') : '';
    if (LEFT_OUT.test(type)) continue;
    if (!isObject(tool) || (type !== 'function' && type !== 'custom')) {
      return refuse(
        `tools[${index}]`,
        `is "${type}", which runs at the provider; for this model, offer functions only`,
      );
    }
    tools.push({ type: 'function', function: type === 'function' ? functionOf(tool) : customAsFunction(tool) });
  }
  return succeed(tools);
}

function functionOf({ name, description, parameters, strict }: JsonObject): JsonObject {
  return {
    name,
    ...((description ?? null) !== null && { description }),
    ...((parameters ?? null) !== null && { parameters }),
    ...((strict ?? null) !== null && { strict }),
  };
}

function customAsFunction(tool: JsonObject): JsonObject {
  const format = objectAt(tool, 'format');
  const definition = stringAt(format, 'definition');
  const syntax = stringAt(format, 'syntax') ?? 'a';
  const grammar = definition === null ? '' : `\n\nThe text must follow this ${syntax} grammar:\n${definition}`;
  return {
    name: tool['name'],
    description: `${stringAt(tool, 'description') ?? ''}${grammar}`,
    parameters: {
      type: 'object',
      properties: { [FREE_TEXT]: { type: 'string' } },
      required: [FREE_TEXT],
      additionalProperties: false,
    },
  };
}

export interface ToolChoice {
  readonly tools: readonly JsonObject[];
  /** Null leaves it to the server. */
  readonly choice: JsonValue | null;
}

export function toolChoiceOf(body: JsonObject, tools: readonly JsonObject[]): Result<ToolChoice, BadRequest> {
  const choice = body['tool_choice'] ?? null;
  // Without tools there is nothing to choose, and some servers refuse the mention of it.
  if (choice === null || tools.length === 0) return succeed({ tools, choice: null });
  if (typeof choice === 'string') return succeed({ tools, choice });
  const named = isObject(choice) ? stringAt(choice, 'name') : null;
  switch ((isObject(choice) ? stringAt(choice, 'type') : null) ?? '') {
    case 'function':
    case 'custom':
      return succeed({ tools, choice: { type: 'function', function: { name: named } } });
    case 'allowed_tools':
      return succeed(allowed(isObject(choice) ? choice : {}, tools));
    default:
      return refuse('tool_choice', 'must be auto, none, required, a function or a list of allowed tools');
  }
}

/** Tools that are not allowed are not offered: the same, said in a way that every server understands. */
function allowed(choice: JsonObject, tools: readonly JsonObject[]): ToolChoice {
  const names = new Set(
    arrayAt(choice, 'tools').flatMap((tool) => (isObject(tool) ? (stringAt(tool, 'name') ?? []) : [])),
  );
  const offered = tools.filter((tool) => names.has(stringAt(objectAt(tool, 'function'), 'name') ?? ''));
  return { tools: offered, choice: stringAt(choice, 'mode') ?? 'auto' };
}

function refuse(field: string, problem: string): Result<never, BadRequest> {
  return fail({ reason: 'bad_request', message: `${field} ${problem}.`, field });
}
