// The content of a chat message as Gemini's parts. Pure.

import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';
import { IMAGE, IMAGE_KINDS, inlinePart, PDF } from '../gemini/request-words.ts';

/** What cannot be carried over, and where in its message that stands. */
export interface Problem {
  readonly at: string;
  readonly text: string;
}

const INLINE = /^data:([\w.+/-]+);base64,/;
const AUDIO_TYPES: Readonly<Record<string, string>> = { wav: 'audio/wav', mp3: 'audio/mp3' };

/** Text, pictures, sound and PDFs. Gemini refuses text that is empty, so it is left out. */
export function partsOf(content: JsonValue | undefined): Result<readonly JsonObject[], Problem> {
  if ((content ?? null) === null) return succeed([]);
  const written = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  if (!Array.isArray(written)) return fail({ at: '.content', text: 'must be text or a list of parts' });
  const parts: JsonObject[] = [];
  for (const [index, each] of written.entries()) {
    const part = isObject(each) ? partOf(each) : fail({ at: '', text: 'must be an object' });
    if (!part.ok) return fail({ at: `.content[${index}]${part.failure.at}`, text: part.failure.text });
    if (part.value['text'] !== '') parts.push(part.value);
  }
  return succeed(parts);
}

/** The same where only text may stand, joined. */
export function textOf(content: JsonValue | undefined): Result<string, Problem> {
  const parts = partsOf(content);
  if (!parts.ok) return parts;
  const texts = parts.value.flatMap((part) => stringAt(part, 'text') ?? []);
  return texts.length === parts.value.length ? succeed(texts.join('')) : fail({ at: '.content', text: 'must be text' });
}

function partOf(part: JsonObject): Result<JsonObject, Problem> {
  const type = stringAt(part, 'type') ?? '';
  switch (type) {
    case 'text':
      return succeed({ text: stringAt(part, 'text') ?? '' });
    case 'refusal':
      return succeed({ text: stringAt(part, 'refusal') ?? '' });
    case 'image_url': {
      const url = stringAt(objectAt(part, 'image_url'), 'url') ?? stringAt(part, 'image_url') ?? '';
      return inlineOf(url, IMAGE) ?? fail({ at: '.image_url', text: `must be ${IMAGE_KINDS} for this model` });
    }
    case 'file': {
      const data = stringAt(objectAt(part, 'file'), 'file_data') ?? '';
      const problem = 'must be a PDF in base64, given as file_data, for this model';
      return inlineOf(data, PDF) ?? fail({ at: '.file', text: problem });
    }
    case 'input_audio': {
      const sound = objectAt(part, 'input_audio');
      const mimeType = AUDIO_TYPES[stringAt(sound, 'format') ?? ''];
      return mimeType === undefined
        ? fail({ at: '.input_audio.format', text: 'must be wav or mp3' })
        : succeed(inlinePart(mimeType, stringAt(sound, 'data') ?? ''));
    }
    default:
      return fail({
        at: '',
        text: `"${type}" cannot be carried over to this model: only text, pictures, sound and inline PDFs can`,
      });
  }
}

function inlineOf(url: string, kind: RegExp): Result<JsonObject, Problem> | null {
  const [head, mimeType] = INLINE.exec(url) ?? [];
  if (head === undefined || mimeType === undefined || !kind.test(mimeType)) return null;
  return succeed(inlinePart(mimeType, url.slice(head.length)));
}
