// Functions of a chat completion as Gemini's declarations, and which of them it may or must call. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import { functionDeclaration, toolMembers, type ToolMode } from '../gemini/request-words.ts';

const MODES: ReadonlyMap<string, ToolMode['mode']> = new Map([
  ['auto', 'AUTO'],
  ['required', 'ANY'],
  ['none', 'NONE'],
]);

/** `tools` and `toolConfig`, as far as there are any. */
export function toolsOf(body: JsonObject): Result<JsonObject, BadRequest> {
  const declarations: JsonObject[] = [];
  for (const [index, tool] of arrayAt(body, 'tools').entries()) {
    const written = isObject(tool) && tool['type'] === 'function' ? objectAt(tool, 'function') : null;
    if (written === null)
      return badField(`tools[${index}]`, 'must be a function: this model is offered no other tools');
    declarations.push(functionDeclaration(written['name'], written['description'], written['parameters']));
  }
  const choice = body['tool_choice'] ?? null;
  if (choice === null) return succeed(toolMembers(declarations, null));
  const wish = typeof choice === 'string' ? modeOf(choice) : isObject(choice) ? wishOf(choice) : null;
  if (wish === null) {
    return badField('tool_choice', 'must be auto, none, required, a function or a list of allowed tools');
  }
  const { mode, names } = wish;
  // Gemini takes a list of names only where it must call; tools that are not allowed are not offered.
  const offered =
    names === null ? declarations : declarations.filter(({ name }) => typeof name === 'string' && names.includes(name));
  return succeed(toolMembers(offered, { mode, names: mode === 'ANY' ? names : null }));
}

function modeOf(written: string): ToolMode | null {
  const mode = MODES.get(written);
  return mode === undefined ? null : { mode, names: null };
}

function wishOf(choice: JsonObject): ToolMode | null {
  const name = stringAt(objectAt(choice, 'function'), 'name');
  if (choice['type'] === 'function') return name === null ? null : { mode: 'ANY', names: [name] };
  if (choice['type'] !== 'allowed_tools') return null;
  const allowed = objectAt(choice, 'allowed_tools');
  const wish = modeOf(stringAt(allowed, 'mode') ?? 'auto');
  const names = arrayAt(allowed, 'tools').flatMap((tool) =>
    isObject(tool) ? (stringAt(objectAt(tool, 'function'), 'name') ?? []) : [],
  );
  return wish === null ? null : { mode: wish.mode, names };
}
