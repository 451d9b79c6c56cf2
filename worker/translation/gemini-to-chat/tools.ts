// Gemini's function declarations as functions of a chat completion, and which of them the model may or must call. Pure.

import { badField } from '../../../schema/bad-field.ts';
import { inCamelCase } from '../../../schema/camel-case.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import { jsonSchemaOf } from './schema.ts';

/** `tools` and `tool_choice`, as far as there are any. `members` are those of the request in camelCase. */
export function toolsOf(members: JsonObject): Result<JsonObject, BadRequest> {
  const functions: JsonObject[] = [];
  const { tools } = members;
  for (const [index, tool] of (Array.isArray(tools) ? tools : [tools ?? {}]).entries()) {
    const { functionDeclarations = [], ...others } = isObject(tool) ? inCamelCase(tool) : {};
    const other = Object.keys(others).find((name) => (others[name] ?? null) !== null);
    if (other !== undefined) {
      return badField(`tools[${index}].${other}`, 'runs at Google; for this model, declare functions of your own');
    }
    for (const declaration of asList(functionDeclarations))
      if (isObject(declaration)) functions.push(functionOf(declaration));
  }
  return functions.length === 0 ? succeed({}) : chosen(functions, members);
}

function functionOf(written: JsonObject): JsonObject {
  const { name, description, parametersJsonSchema, parameters } = inCamelCase(written);
  const schema = isObject(parameters) ? jsonSchemaOf(parameters) : parametersJsonSchema;
  return {
    type: 'function',
    function: {
      name,
      ...((description ?? null) !== null && { description }),
      ...((schema ?? null) !== null && { parameters: schema }),
    },
  };
}

function chosen(functions: readonly JsonObject[], members: JsonObject): Result<JsonObject, BadRequest> {
  const toolConfig = inCamelCase(objectAt(members, 'toolConfig') ?? {});
  const config = inCamelCase(objectAt(toolConfig, 'functionCallingConfig') ?? {});
  const names = arrayAt(config, 'allowedFunctionNames');
  // Tools that are not allowed are not offered.
  const offered = names.length === 0 ? functions : functions.filter((tool) => names.includes(nameOf(tool)));
  switch ((stringAt(config, 'mode') ?? 'AUTO').toUpperCase()) {
    case 'AUTO':
    case 'VALIDATED':
    case 'MODE_UNSPECIFIED':
      return succeed({ tools: offered });
    case 'ANY':
      return succeed({ tools: offered, tool_choice: 'required' });
    case 'NONE':
      return succeed({ tools: functions, tool_choice: 'none' });
    default:
      return badField('toolConfig.functionCallingConfig.mode', 'must be AUTO, ANY, NONE or VALIDATED');
  }
}

function nameOf(tool: JsonObject): JsonValue {
  return stringAt(objectAt(tool, 'function'), 'name');
}

/** Google takes one where it wants a list. */
function asList(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? value : [value];
}
