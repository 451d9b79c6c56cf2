// An Anthropic client's tools as functions of a chat completion. Tools that Anthropic runs, or whose form only its models
// know, are refused. Pure.

import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';

export function chatToolsOf(body: JsonObject): Result<readonly JsonObject[], BadRequest> {
  const tools: JsonObject[] = [];
  for (const [index, tool] of arrayAt(body, 'tools').entries()) {
    const type = isObject(tool) ? (stringAt(tool, 'type') ?? 'custom') : '';
    if (!isObject(tool) || type !== 'custom') {
      const field = `tools[${index}]`;
      const message = `${field} is "${type}", which only Anthropic's models have; for this model, offer tools with an input_schema.`;
      return fail({ reason: 'bad_request', message, field });
    }
    const { name, description, input_schema: parameters, strict } = tool;
    const described = (description ?? null) !== null && { description };
    tools.push({ type: 'function', function: { name, ...described, parameters, ...(strict === true && { strict }) } });
  }
  return succeed(tools);
}

export function toolChoiceOf(body: JsonObject): JsonObject {
  const choice = objectAt(body, 'tool_choice');
  const alone = choice?.['disable_parallel_tool_use'] === true && { parallel_tool_calls: false };
  switch (stringAt(choice, 'type') ?? '') {
    case 'any':
      return { tool_choice: 'required', ...alone };
    case 'tool':
      return { tool_choice: { type: 'function', function: { name: choice?.['name'] } }, ...alone };
    case 'none':
      return { tool_choice: 'none' };
    default:
      return { ...alone };
  }
}
