// The tools that a client of Responses answers itself, by the names that a chat completion calls them by. Those of a
// namespace carry its name in front, since functions of a chat completion have none. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';

/** What an answer must say of a tool it calls. */
export interface ToolIdentity {
  readonly name: string;
  readonly namespace: string | null;
  /** It takes free text. */
  readonly isCustom: boolean;
}

export interface ClientTool extends ToolIdentity {
  readonly chatName: string;
  readonly definition: JsonObject;
}

/** Offered, and not missed by an answer that was not made to use it. */
const LEFT_OUT = /^web_search(?:_|$)/;
/** The longest name of a function that servers take. */
const MAX_NAME_LENGTH = 64;
const SEPARATOR = '__';

/** Refuses tools that run at the provider, but for the web search that Codex offers with every call. */
export function clientToolsOf(body: JsonObject): Result<readonly ClientTool[], BadRequest> {
  const tools: ClientTool[] = [];
  for (const [index, tool] of arrayAt(body, 'tools').entries()) {
    const type = isObject(tool) ? (stringAt(tool, 'type') ?? '') : '';
    if (LEFT_OUT.test(type)) continue;
    const inside = type === 'namespace' && isObject(tool) ? arrayAt(tool, 'tools') : [tool];
    const namespace = type === 'namespace' && isObject(tool) ? (stringAt(tool, 'name') ?? '') : null;
    for (const each of inside) {
      const taken = clientTool(each, namespace, tools.length);
      if (taken === null) return refuse(`tools[${index}]`, isObject(each) ? (stringAt(each, 'type') ?? '') : '');
      tools.push(taken);
    }
  }
  return succeed(tools);
}

/** Finds a tool of the request by the name that the model calls it by; a name that was never offered stands for itself. */
export function toolFinder(body: JsonObject): (chatName: string) => ToolIdentity {
  const tools = clientToolsOf(body);
  const byName = new Map(tools.ok ? tools.value.map((tool) => [tool.chatName, tool]) : []);
  return (chatName) => byName.get(chatName) ?? { name: chatName, namespace: null, isCustom: false };
}

/** What a call of an earlier turn was called by. */
export function chatNameOf(tools: readonly ClientTool[], call: JsonObject): string {
  const name = stringAt(call, 'name') ?? '';
  const namespace = stringAt(call, 'namespace');
  const known = tools.find((tool) => tool.name === name && tool.namespace === namespace);
  return known?.chatName ?? joined(namespace, name);
}

function clientTool(tool: unknown, namespace: string | null, place: number): ClientTool | null {
  if (!isObject(tool) || (tool['type'] !== 'function' && tool['type'] !== 'custom')) return null;
  const name = stringAt(tool, 'name') ?? '';
  const whole = joined(namespace, name);
  // The place keeps two long names apart that begin alike.
  const chatName = whole.length <= MAX_NAME_LENGTH ? whole : `${whole.slice(0, MAX_NAME_LENGTH - 6)}_${place}`;
  return { chatName, name, namespace, isCustom: tool['type'] === 'custom', definition: tool };
}

function joined(namespace: string | null, name: string): string {
  return namespace === null ? name : `${namespace}${SEPARATOR}${name}`;
}

function refuse(field: string, type: string): Result<never, BadRequest> {
  return badField(field, `is "${type}", which runs at the provider; for this model, offer functions only`);
}
