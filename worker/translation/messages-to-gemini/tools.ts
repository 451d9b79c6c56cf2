// An Anthropic client's tools as Gemini's declarations. Tools that Anthropic runs, or whose form only its models know, are
// refused. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import { functionDeclaration, toolMembers, type ToolMode } from '../gemini/request-words.ts';

/** `tools` and `toolConfig`, as far as there are any. */
export function toolsOf(body: JsonObject): Result<JsonObject, BadRequest> {
  const declarations: JsonObject[] = [];
  for (const [index, tool] of arrayAt(body, 'tools').entries()) {
    const type = isObject(tool) ? (stringAt(tool, 'type') ?? 'custom') : '';
    if (!isObject(tool) || type !== 'custom') {
      const problem = `is "${type}", which only Anthropic's models have; for this model, offer tools with an input_schema`;
      return badField(`tools[${index}]`, problem);
    }
    declarations.push(functionDeclaration(tool['name'], tool['description'], tool['input_schema']));
  }
  const choice = objectAt(body, 'tool_choice');
  if (choice?.['disable_parallel_tool_use'] === true) {
    return badField('tool_choice.disable_parallel_tool_use', 'cannot be true for this model');
  }
  return succeed(toolMembers(declarations, wishOf(choice)));
}

function wishOf(choice: JsonObject | null): ToolMode | null {
  switch (stringAt(choice, 'type') ?? '') {
    case 'any':
      return { mode: 'ANY', names: null };
    case 'tool':
      return { mode: 'ANY', names: [stringAt(choice, 'name') ?? ''] };
    case 'none':
      return { mode: 'NONE', names: null };
    default:
      return null;
  }
}
