// The tools of a Responses call: which the provider runs itself, and which have fees that no price here covers. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';

/** Run by the caller, and free. */
const CALLERS_OWN = new Set(['function', 'custom', 'namespace', 'apply_patch', 'local_shell', 'shell']);
/** Run by the provider: they cost the tokens that they add, web searches a fee as well. */
const PROVIDERS_OWN = new Set([
  'web_search',
  'web_search_2025_08_26',
  'web_search_preview',
  'web_search_preview_2025_03_11',
  'mcp',
  'tool_search',
  'computer',
  'computer_use',
  'computer_use_preview',
]);
/** Items of the input that bring tools along. */
const TOOL_BRINGERS = new Set(['additional_tools', 'tool_search_output']);
/** Uses of the provider's tools that a call without `max_tool_calls` may make, for the bound. */
const USUAL_MAX_USES = 10;
const MAX_SHOWN_LENGTH = 40;

export interface ToolSurvey {
  readonly any: boolean;
  /** Some are run by the provider, and feed it input that nobody can foretell. */
  readonly providersOwn: boolean;
  readonly webSearch: boolean;
  /** Web searches are all that is run by the provider: they bring nothing in unless they are used. */
  readonly onlySearches: boolean;
}

export function surveyTools(body: JsonObject): Result<ToolSurvey, BadRequest> {
  const types: string[] = [];
  for (const [field, tools] of toolLists(body)) {
    for (const tool of tools) {
      const type = typeOf(tool);
      if (!CALLERS_OWN.has(type) && !PROVIDERS_OWN.has(type)) {
        return badField(field, `must not bring the tool "${type.slice(0, MAX_SHOWN_LENGTH)}": it has no price here`);
      }
      types.push(type);
    }
  }
  const providersOwn = types.filter((type) => PROVIDERS_OWN.has(type));
  const searches = providersOwn.filter((type) => type.startsWith('web_search'));
  return succeed({
    any: types.length > 0,
    providersOwn: providersOwn.length > 0,
    webSearch: searches.length > 0,
    onlySearches: searches.length === providersOwn.length,
  });
}

/** Most uses of the provider's tools, where a call may use any. */
export function mostUses(maxToolCalls: number | null): number {
  return maxToolCalls ?? USUAL_MAX_USES;
}

function toolLists(body: JsonObject): (readonly [field: string, tools: readonly JsonValue[]])[] {
  const brought = arrayAt(body, 'input')
    .filter(isObject)
    .filter((item) => TOOL_BRINGERS.has(stringAt(item, 'type') ?? ''))
    .map((item) => ['input', withMembers(arrayAt(item, 'tools'))] as const);
  return [['tools', withMembers(arrayAt(body, 'tools'))], ...brought];
}

/** A namespace is a list of tools under one name. */
function withMembers(tools: readonly JsonValue[]): readonly JsonValue[] {
  return tools.flatMap((tool) => (isObject(tool) ? [tool, ...withMembers(arrayAt(tool, 'tools'))] : [tool]));
}

/** A shell runs at the caller's, unless its environment is a container of the provider's. */
function typeOf(tool: JsonValue): string {
  if (!isObject(tool)) return 'nameless';
  const type = stringAt(tool, 'type') ?? 'nameless';
  if (type !== 'shell') return type;
  const environment = stringAt(objectAt(tool, 'environment'), 'type') ?? 'local';
  return environment === 'local' ? type : `shell in ${environment}`;
}
