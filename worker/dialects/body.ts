// A JSON request body as both its meaning and its text, so that single members can be changed and all else sent on
// exactly as the client wrote it. A member given twice is refused: we and the provider might each read another one.

import type { BodyEdit } from '../../schema/body-edit.ts';
import { isObject, type JsonObject, parseJson } from '../../schema/json.ts';
import { endOfString } from '../../schema/json-text.ts';
import type { BadRequest } from '../../schema/failure.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';

const MAX_DEPTH = 64;
/** Members that policy and metering read. A server that ignores case would read another spelling as well. */
const READ_MEMBERS = new Set([
  'model',
  'stream',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'max_tool_calls',
  'n',
  'best_of',
  'service_tier',
  'speed',
  'inference_geo',
  'fallbacks',
  'input',
  'tools',
  'background',
  'conversation',
  'previous_response_id',
  'prompt',
  'prompt_cache_options',
  'context_management',
]);

/** Members whose own members are read as well, so that none of those may be given twice either. */
const READ_OBJECTS = ['generationConfig', 'generation_config'];

interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Body {
  readonly json: JsonObject;
  readonly text: string;
  /** Where the value of each top-level member stands in `text`. */
  readonly members: ReadonlyMap<string, Span>;
}

export function parseBody(text: string): Result<Body, BadRequest> {
  const json = parseJson(text);
  if (json === undefined) return refuse('The request body is not valid JSON.');
  if (!isObject(json)) return refuse('The request body must be a JSON object.');
  const members = scanMembers(text);
  if (!members.ok) return members;
  for (const name of READ_OBJECTS) {
    const span = isObject(json[name]) ? members.value.get(name) : undefined;
    const inner = span === undefined ? members : scanMembers(text.slice(span.start, span.end));
    if (!inner.ok) return inner;
  }
  return succeed({ json, text, members: members.value });
}

/** The text with the edits applied. Members that exist are replaced in place, others are put first. */
export function applyEdits(body: Body, edits: readonly BodyEdit[]): string {
  if (edits.some(({ value }) => value === undefined)) return rebuilt(body, edits);
  const { text, members } = body;
  let inserted = '';
  const replaced: { readonly span: Span; readonly json: string }[] = [];
  for (const { member, value } of edits) {
    const span = members.get(member);
    const json = JSON.stringify(value);
    if (span === undefined) inserted += `${JSON.stringify(member)}:${json},`;
    else replaced.push({ span, json });
  }
  let result = '';
  let from = 0;
  for (const { span, json } of replaced.toSorted((left, right) => left.span.start - right.span.start)) {
    result += text.slice(from, span.start) + json;
    from = span.end;
  }
  result += text.slice(from);
  const opening = result.indexOf('{') + 1;
  // An empty object has no member for the comma to separate from.
  if (members.size === 0) inserted = inserted.slice(0, -1);
  return result.slice(0, opening) + inserted + result.slice(opening);
}

/** The members that are left, each value to the byte as it was unless an edit sets it. */
function rebuilt({ text, members }: Body, edits: readonly BodyEdit[]): string {
  const values = new Map([...members].map(([name, { start, end }]) => [name, text.slice(start, end)]));
  for (const { member, value } of edits) {
    if (value === undefined) values.delete(member);
    else values.set(member, JSON.stringify(value));
  }
  return `{${[...values].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

/** Finds the top-level members of a text that is known to be a valid JSON object. */
function scanMembers(text: string): Result<Map<string, Span>, BadRequest> {
  const members = new Map<string, Span>();
  let depth = 0;
  let name: string | null = null;
  let valueStart = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && name === null) {
        name = memberName(text.slice(at, end));
        valueStart = text.indexOf(':', end) + 1;
        at = valueStart - 1;
      } else {
        at = end - 1;
      }
    } else if (character === '{' || character === '[') {
      depth += 1;
      if (depth > MAX_DEPTH) return refuse(`The request body is nested deeper than ${MAX_DEPTH} levels.`);
    } else if (character === ',' || character === '}' || character === ']') {
      if (depth === 1 && name !== null) {
        if (members.has(name)) return refuse(`The request body has the member "${name}" twice.`, name);
        if (READ_MEMBERS.has(name.toLowerCase()) && name !== name.toLowerCase()) {
          return refuse(`The request body has a member "${name}"; write it in lower case.`, name);
        }
        members.set(name, trimmed(text, valueStart, at));
        name = null;
      }
      if (character !== ',') depth -= 1;
    }
  }
  return succeed(members);
}

function memberName(literal: string): string {
  const name = parseJson(literal);
  if (typeof name !== 'string') throw new TypeError('a member name must be a string in valid JSON');
  return name;
}

function trimmed(text: string, start: number, end: number): Span {
  const value = text.slice(start, end);
  return {
    start: start + value.length - value.trimStart().length,
    end: end - (value.length - value.trimEnd().length),
  };
}

function refuse(message: string, field: string | null = null): Result<never, BadRequest> {
  return fail({ reason: 'bad_request', message, field });
}
