// Anthropic's blocks of content as those of Converse. A mark to cache becomes a point to cache behind its block. Pure.

import type { BadRequest } from '../../../schema/failure.ts';
import { type JsonObject, objectAt, stringAt } from '../../../schema/json.ts';
import { type Result, succeed } from '../../../schema/result.ts';
import { imageBlock, notCarried, objectsAt } from '../converse/conversation.ts';
import { reasoningBlock } from '../converse/thoughts.ts';

export function contentBlocks(
  holder: JsonObject,
  member: string,
  path: string,
): Result<readonly JsonObject[], BadRequest> {
  const given = objectsAt(holder, member, path);
  if (!given.ok) return given;
  const blocks: JsonObject[] = [];
  for (const [index, block] of given.value.entries()) {
    const translated = blockOf(block, `${path}[${index}]`);
    if (!translated.ok) return translated;
    blocks.push(translated.value, ...cachePoint(block));
  }
  return succeed(blocks);
}

export function cachePoint(holder: JsonObject): readonly JsonObject[] {
  const mark = objectAt(holder, 'cache_control');
  if (mark === null) return [];
  const ttl = stringAt(mark, 'ttl');
  return [{ cachePoint: { type: 'default', ...(ttl !== null && { ttl }) } }];
}

function blockOf(block: JsonObject, path: string): Result<JsonObject, BadRequest> {
  switch (stringAt(block, 'type') ?? '') {
    case 'text':
      return succeed({ text: stringAt(block, 'text') ?? '' });
    case 'image': {
      const source = objectAt(block, 'source');
      if (source?.['type'] !== 'base64') return notCarried(path, 'must have its image inline, in base64');
      return imageBlock(stringAt(source, 'media_type') ?? '', stringAt(source, 'data') ?? '', path);
    }
    case 'tool_use': {
      const toolUseId = stringAt(block, 'id');
      const name = stringAt(block, 'name');
      if (toolUseId === null || name === null) return notCarried(path, 'must have an id and a name');
      return succeed({ toolUse: { toolUseId, name, input: block['input'] ?? {} } });
    }
    case 'tool_result':
      return resultOf(block, path);
    case 'thinking':
    case 'redacted_thinking':
      return succeed(reasoningBlock(block));
    default:
      return notCarried(path);
  }
}

function resultOf(block: JsonObject, path: string): Result<JsonObject, BadRequest> {
  const toolUseId = stringAt(block, 'tool_use_id');
  if (toolUseId === null) return notCarried(`${path}.tool_use_id`, 'is required');
  const content = resultContent(block, path);
  if (!content.ok) return content;
  const failed = block['is_error'] === true;
  return succeed({ toolResult: { toolUseId, content: content.value, ...(failed && { status: 'error' }) } });
}

function resultContent(block: JsonObject, path: string): Result<readonly JsonObject[], BadRequest> {
  const { content } = block;
  return typeof content === 'string'
    ? succeed([{ text: content }])
    : contentBlocks(block, 'content', `${path}.content`);
}
