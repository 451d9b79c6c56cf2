// Anthropic's blocks of content as Gemini's parts. Pure.

import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { IMAGE, IMAGE_KINDS, inlinePart, PDF } from '../gemini/request-words.ts';

/** What cannot be carried over, and where in its message that stands. */
export interface Problem {
  readonly at: string;
  readonly text: string;
}

/** The blocks of a content, which may be a text alone. */
export function blocksIn(content: JsonValue | undefined): Result<readonly JsonObject[], Problem> {
  if ((content ?? null) === null) return succeed([]);
  const written = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  if (!Array.isArray(written)) return fail({ at: '.content', text: 'must be text or a list of blocks' });
  const blocks: JsonObject[] = [];
  for (const [index, block] of written.entries()) {
    if (!isObject(block)) return fail({ at: `.content[${index}]`, text: 'must be an object' });
    blocks.push(block);
  }
  return succeed(blocks);
}

/** Text, pictures and PDFs, of a user or a tool. Gemini refuses text that is empty, so it is left out. */
export function partsOf(blocks: readonly JsonObject[]): Result<readonly JsonObject[], Problem> {
  const parts: JsonObject[] = [];
  for (const [index, block] of blocks.entries()) {
    const part = partOf(block);
    if (!part.ok) return fail({ at: `.content[${index}]${part.failure.at}`, text: part.failure.text });
    if (part.value['text'] !== '') parts.push(part.value);
  }
  return succeed(parts);
}

export function partOf(block: JsonObject): Result<JsonObject, Problem> {
  const type = stringAt(block, 'type') ?? '';
  const source = objectAt(block, 'source');
  switch (type) {
    case 'text':
      return succeed({ text: stringAt(block, 'text') ?? '' });
    case 'image':
      return inlineOf(source, IMAGE) ?? fail({ at: '.source', text: `must be ${IMAGE_KINDS} for this model` });
    case 'document':
      if (objectAt(block, 'citations')?.['enabled'] === true) {
        return fail({ at: '.citations', text: 'are not offered for this model' });
      }
      if (source?.['type'] === 'text') return succeed({ text: stringAt(source, 'data') ?? '' });
      return inlineOf(source, PDF) ?? fail({ at: '.source', text: 'must be text, or a PDF in base64, for this model' });
    default:
      return fail({
        at: '',
        text: `"${type}" cannot be carried over to this model: only text, pictures and PDFs can`,
      });
  }
}

function inlineOf(source: JsonObject | null, kind: RegExp): Result<JsonObject, Problem> | null {
  const mimeType = stringAt(source, 'media_type') ?? '';
  if (source?.['type'] !== 'base64' || !kind.test(mimeType)) return null;
  return succeed(inlinePart(mimeType, stringAt(source, 'data') ?? ''));
}
