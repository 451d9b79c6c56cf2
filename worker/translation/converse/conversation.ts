// Building Converse requests: what the translations into it have in common. Pure.

import { badField } from '../../../schema/bad-field.ts';
import type { BadRequest } from '../../../schema/failure.ts';
import { arrayAt, isObject, type JsonObject, type JsonValue } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';

/** The kinds of picture that Converse takes, by their media type. */
const IMAGE_FORMATS: ReadonlyMap<string, string> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/jpg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
]);

export function notCarried(field: string, why = 'cannot be carried over to this model'): Result<never, BadRequest> {
  return badField(field, why);
}

/** Refuses members that are neither translated nor without meaning to the other side. */
export function refuseOthers(body: JsonObject, known: ReadonlySet<string>): Result<null, BadRequest> {
  for (const [member, value] of Object.entries(body)) {
    if (value !== null && value !== undefined && !known.has(member)) return notCarried(member);
  }
  return succeed(null);
}

/** `data` is base64. */
export function imageBlock(mediaType: string, data: string, field: string): Result<JsonObject, BadRequest> {
  const format = IMAGE_FORMATS.get(mediaType);
  if (format === undefined) return notCarried(field, 'must be a PNG, JPEG, GIF or WebP image');
  return succeed({ image: { format, source: { bytes: data } } });
}

export function toolSpec(name: string, description: string | null, schema: JsonValue): JsonObject {
  return { toolSpec: { name, ...(description !== null && { description }), inputSchema: { json: schema } } };
}

/** Has the whole answer be JSON of this schema, which Converse wants as a text. */
export function schemaConfig(schema: JsonObject, name: string | null, description: string | null): JsonObject {
  const jsonSchema = {
    schema: JSON.stringify(schema),
    ...(name !== null && { name }),
    ...(description !== null && { description }),
  };
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } };
}

/** Messages in which roles alternate, as Converse demands: what one role says in a row becomes one message. */
export class Conversation {
  readonly #messages: { readonly role: string; readonly content: JsonObject[] }[] = [];

  say(role: 'user' | 'assistant', blocks: readonly JsonObject[]): void {
    if (blocks.length === 0) return;
    const last = this.#messages.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else this.#messages.push({ role, content: [...blocks] });
  }

  get messages(): readonly JsonObject[] {
    return this.#messages;
  }

  /** Converse wants the tools described wherever a conversation shows their use. */
  get usesTools(): boolean {
    return this.#messages.some(({ content }) =>
      content.some((block) => block['toolUse'] !== undefined || block['toolResult'] !== undefined),
    );
  }
}

/** What a client says of tools, in Converse's words. */
export interface ToolWishes {
  readonly tools: readonly JsonObject[];
  /** `none` leaves the tools out; null says nothing. */
  readonly choice: JsonObject | 'none' | null;
}

export function toolConfig(
  { tools, choice }: ToolWishes,
  conversation: Conversation,
): Result<JsonObject | null, BadRequest> {
  if (choice === 'none' && conversation.usesTools) {
    return notCarried('tool_choice', 'cannot be none for this model once the conversation has used a tool');
  }
  if (tools.length === 0 || choice === 'none') return succeed(null);
  return succeed({ tools, ...(choice !== null && { toolChoice: choice }) });
}

/** Without the members that are undefined; null where none is left. */
export function present(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject | null {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined && value !== null);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** Objects of a list; anything else in it is refused by its place. */
export function objectsAt(holder: JsonObject, member: string, path: string): Result<readonly JsonObject[], BadRequest> {
  const objects: JsonObject[] = [];
  for (const [index, item] of arrayAt(holder, member).entries()) {
    if (!isObject(item)) return notCarried(`${path}[${index}]`, 'must be an object');
    objects.push(item);
  }
  return succeed(objects);
}
