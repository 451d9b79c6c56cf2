// The content of chat messages as blocks of Converse. Pure.

import type { BadRequest } from '../../../schema/failure.ts';
import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import { imageBlock, notCarried, objectsAt } from '../converse/conversation.ts';

const INLINE = /^data:(?<mediaType>[\w.+/-]+);base64,(?<data>.*)$/s;

/** Texts and pictures, which is what users and tools may say. */
export function userBlocks(message: JsonObject, path: string): Result<readonly JsonObject[], BadRequest> {
  const { content } = message;
  if (typeof content === 'string') return succeed(content === '' ? [] : [{ text: content }]);
  const parts = objectsAt(message, 'content', `${path}.content`);
  if (!parts.ok) return parts;
  const blocks: JsonObject[] = [];
  for (const [index, part] of parts.value.entries()) {
    const block = blockOf(part, `${path}.content[${index}]`);
    if (!block.ok) return block;
    blocks.push(block.value);
  }
  return succeed(blocks);
}

/** Of messages that are text only; empty where there is none. */
export function textOf(message: JsonObject, path: string): Result<string, BadRequest> {
  const { content } = message;
  if (typeof content === 'string') return succeed(content);
  const parts = objectsAt(message, 'content', `${path}.content`);
  if (!parts.ok) return parts;
  let whole = '';
  for (const [index, part] of parts.value.entries()) {
    const text = stringAt(part, 'text') ?? stringAt(part, 'refusal');
    if (text === null) return notCarried(`${path}.content[${index}]`);
    whole += text;
  }
  return succeed(whole);
}

function blockOf(part: JsonObject, path: string): Result<JsonObject, BadRequest> {
  const text = stringAt(part, 'text');
  if (part['type'] === 'text' && text !== null) return succeed({ text });
  if (part['type'] !== 'image_url') return notCarried(path);
  const groups = INLINE.exec(stringAt(objectAt(part, 'image_url'), 'url') ?? '')?.groups;
  const { mediaType, data } = groups ?? {};
  if (mediaType === undefined || data === undefined) {
    return notCarried(path, 'must have its image inline, as a data: URL in base64');
  }
  return imageBlock(mediaType, data, path);
}
