// Tools of a Responses request as functions of a chat completion. A custom tool, which takes free text, becomes a function
// with that text as its one argument, and is turned back in the answer. Pure.

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
import { chatNameOf, type ClientTool } from './client-tools.ts';

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

export function chatToolsOf(tools: readonly ClientTool[]): readonly JsonObject[] {
  return tools.map((tool) => ({
    type: 'function',
    function: tool.isCustom ? customAsFunction(tool) : functionOf(tool),
  }));
}

function functionOf({ chatName, definition: { description, parameters, strict } }: ClientTool): JsonObject {
  return {
    name: chatName,
    ...((description ?? null) !== null && { description }),
    ...((parameters ?? null) !== null && { parameters }),
    ...((strict ?? null) !== null && { strict }),
  };
}

function customAsFunction({ chatName, definition }: ClientTool): JsonObject {
  const format = objectAt(definition, 'format');
  const grammar = stringAt(format, 'definition');
  const syntax = stringAt(format, 'syntax') ?? 'a';
  const rule = grammar === null ? '' : `\n\nThe text must follow this ${syntax} grammar:\n${grammar}`;
  return {
    name: chatName,
    description: `${stringAt(definition, 'description') ?? ''}${rule}`,
    parameters: {
      type: 'object',
      properties: { [FREE_TEXT]: { type: 'string' } },
      required: [FREE_TEXT],
      additionalProperties: false,
    },
  };
}

export interface ToolChoice {
  /** The tools to offer. */
  readonly tools: readonly ClientTool[];
  /** Null leaves it to the server. */
  readonly choice: JsonValue | null;
}

export function toolChoiceOf(body: JsonObject, tools: readonly ClientTool[]): Result<ToolChoice, BadRequest> {
  const choice = body['tool_choice'] ?? null;
  // Without tools there is nothing to choose, and some servers refuse the mention of it.
  if (choice === null || tools.length === 0) return succeed({ tools, choice: null });
  if (typeof choice === 'string') return succeed({ tools, choice });
  const chosen = isObject(choice) ? choice : {};
  switch (stringAt(chosen, 'type') ?? '') {
    case 'function':
    case 'custom':
      return succeed({ tools, choice: { type: 'function', function: { name: chatNameOf(tools, chosen) } } });
    case 'allowed_tools':
      return succeed(allowed(chosen, tools));
    default:
      return fail({
        reason: 'bad_request',
        message: 'tool_choice must be auto, none, required, a function or a list of allowed tools.',
        field: 'tool_choice',
      });
  }
}

/** Tools that are not allowed are not offered: the same, said in a way that every server understands. */
function allowed(choice: JsonObject, tools: readonly ClientTool[]): ToolChoice {
  const names = new Set(arrayAt(choice, 'tools').map((tool) => (isObject(tool) ? chatNameOf(tools, tool) : '')));
  return { tools: tools.filter(({ chatName }) => names.has(chatName)), choice: stringAt(choice, 'mode') ?? 'auto' };
}
