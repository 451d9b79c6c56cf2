// The content of a chat message as Anthropic's blocks. Pure.

import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';

/** What cannot be carried over, and where in its message that stands. */
export interface Problem {
  readonly at: string;
  readonly text: string;
}

const INLINE_IMAGE = /^data:(image\/(?:jpeg|png|gif|webp));base64,/;
const INLINE_PDF = /^data:(application\/pdf);base64,/;
const CANNOT = 'cannot be carried over to this model';

/** Text, images and PDFs. Claude refuses text that is empty, so it is left out. */
export function blocksOf(content: JsonValue | undefined): Result<readonly JsonObject[], Problem> {
  if ((content ?? null) === null) return succeed([]);
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  if (!Array.isArray(parts)) return fail({ at: '.content', text: 'must be text or a list of parts' });
  const blocks: JsonObject[] = [];
  for (const [index, part] of parts.entries()) {
    const block = isObject(part) ? blockOf(part) : fail({ at: '', text: 'must be an object' });
    if (!block.ok) return fail({ at: `.content[${index}]${block.failure.at}`, text: block.failure.text });
    if (block.value['type'] === 'text' && isBlank(block.value)) continue;
    blocks.push({ ...block.value, ...cacheMark(part) });
  }
  return succeed(blocks);
}

/** The same where only text may stand. */
export function textBlocksOf(content: JsonValue | undefined): Result<readonly JsonObject[], Problem> {
  const blocks = blocksOf(content);
  if (!blocks.ok) return blocks;
  const other = blocks.value.find((block) => block['type'] !== 'text');
  return other === undefined ? blocks : fail({ at: '.content', text: 'must be text' });
}

/** Ids of other models' calls may hold what Claude refuses in one; they only have to agree with each other. */
export function toolUseId(id: JsonValue | undefined): string {
  return typeof id === 'string' ? id.replaceAll(/[^\w-]/g, '_') : '';
}

function isBlank(block: JsonObject): boolean {
  return (stringAt(block, 'text') ?? '').trim() === '';
}

/** Claude caches what its client marks; clients of chat completions that know this mark the part. */
function cacheMark(part: JsonValue): JsonObject {
  const mark = isObject(part) ? objectAt(part, 'cache_control') : null;
  return mark === null ? {} : { cache_control: mark };
}

function blockOf(part: JsonObject): Result<JsonObject, Problem> {
  const type = stringAt(part, 'type') ?? '';
  switch (type) {
    case 'text':
      return succeed({ type: 'text', text: stringAt(part, 'text') ?? '' });
    case 'refusal':
      return succeed({ type: 'text', text: stringAt(part, 'refusal') ?? '' });
    case 'image_url':
      return imageOf(stringAt(objectAt(part, 'image_url'), 'url') ?? stringAt(part, 'image_url') ?? '');
    case 'file':
      return documentOf(objectAt(part, 'file'));
    default:
      return fail({ at: '', text: `"${type}" ${CANNOT}: only text, images and inline PDFs can` });
  }
}

function imageOf(url: string): Result<JsonObject, Problem> {
  if (url.startsWith('https://')) return succeed({ type: 'image', source: { type: 'url', url } });
  const source = inlineSource(url, INLINE_IMAGE);
  return source === null
    ? fail({ at: '.image_url', text: 'must be an https link, or a JPEG, PNG, GIF or WebP in base64, for this model' })
    : succeed({ type: 'image', source });
}

function documentOf(file: JsonObject | null): Result<JsonObject, Problem> {
  const source = inlineSource(stringAt(file, 'file_data') ?? '', INLINE_PDF);
  const title = stringAt(file, 'filename');
  return source === null
    ? fail({ at: '.file', text: 'must be a PDF in base64, given as file_data, for this model' })
    : succeed({ type: 'document', source, ...(title !== null && { title }) });
}

function inlineSource(url: string, form: RegExp): JsonObject | null {
  const [head, mediaType] = form.exec(url) ?? [];
  return head === undefined ? null : { type: 'base64', media_type: mediaType, data: url.slice(head.length) };
}
