// Functions of a chat completion as Claude's tools, and which of them it may or must call. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';

/** `tools` and `tool_choice`, as far as there are any. */
export function toolsOf(body: JsonObject): Result<JsonObject, BadRequest> {
  const tools: JsonObject[] = [];
  for (const [index, tool] of arrayAt(body, 'tools').entries()) {
    const written = isObject(tool) && tool['type'] === 'function' ? objectAt(tool, 'function') : null;
    if (!isObject(tool) || written === null) {
      return badField(`tools[${index}]`, 'must be a function: this model has no other tools');
    }
    tools.push(toolOf(written, tool['cache_control']));
  }
  // Without tools there is nothing to choose.
  if (tools.length === 0) return succeed({});
  const choice = choiceOf(body, tools);
  if (!choice.ok) return choice;
  const { offered, tool_choice } = choice.value;
  if (offered.length === 0) return succeed({});
  return succeed({ tools: offered, ...(tool_choice !== null && { tool_choice: aloneIfAsked(body, tool_choice) }) });
}

function toolOf(written: JsonObject, cacheControl: JsonValue | undefined): JsonObject {
  const { name, description, parameters, strict } = written;
  return {
    name,
    ...((description ?? null) !== null && { description }),
    input_schema: isObject(parameters) ? { type: 'object', ...parameters } : { type: 'object', properties: {} },
    ...(strict === true && { strict }),
    ...(isObject(cacheControl) && { cache_control: cacheControl }),
  };
}

interface Choice {
  readonly offered: readonly JsonObject[];
  /** Null leaves it to the model. */
  readonly tool_choice: JsonObject | null;
}

function choiceOf(body: JsonObject, tools: readonly JsonObject[]): Result<Choice, BadRequest> {
  const choice = body['tool_choice'] ?? null;
  if (choice === null) {
    return succeed({ offered: tools, tool_choice: body['parallel_tool_calls'] === false ? { type: 'auto' } : null });
  }
  if (typeof choice === 'string') return modeOf(choice, tools);
  if (!isObject(choice)) return refuseChoice();
  if (choice['type'] === 'function') {
    const name = stringAt(objectAt(choice, 'function'), 'name');
    return succeed({ offered: tools, tool_choice: { type: 'tool', name } });
  }
  if (choice['type'] === 'allowed_tools') {
    // Tools that are not allowed are not offered.
    const allowed = objectAt(choice, 'allowed_tools');
    const names = new Set(
      arrayAt(allowed, 'tools').flatMap((tool) =>
        isObject(tool) ? (stringAt(objectAt(tool, 'function'), 'name') ?? []) : [],
      ),
    );
    const offered = tools.filter((tool) => names.has(stringAt(tool, 'name') ?? ''));
    return modeOf(stringAt(allowed, 'mode') ?? 'auto', offered);
  }
  return refuseChoice();
}

function modeOf(mode: string, offered: readonly JsonObject[]): Result<Choice, BadRequest> {
  switch (mode) {
    case 'auto':
      return succeed({ offered, tool_choice: { type: 'auto' } });
    case 'required':
      return succeed({ offered, tool_choice: { type: 'any' } });
    case 'none':
      return succeed({ offered, tool_choice: { type: 'none' } });
    default:
      return refuseChoice();
  }
}

function aloneIfAsked(body: JsonObject, choice: JsonObject): JsonObject {
  return body['parallel_tool_calls'] === false && choice['type'] !== 'none'
    ? { ...choice, disable_parallel_tool_use: true }
    : choice;
}

function refuseChoice(): Result<never, BadRequest> {
  return badField('tool_choice', 'must be auto, none, required, a function or a list of allowed tools');
}
