// Gemini's parts as those of a chat message. Pure.

import { inCamelCase } from '../../../schema/camel-case.ts';
import { isObject, type JsonObject, type JsonValue, objectAt, stringAt } from '../../../schema/json.ts';
import { fail, type Result, succeed } from '../../../schema/result.ts';

/** What cannot be carried over, and where in its content that stands. */
export interface Problem {
  readonly at: string;
  readonly text: string;
}

const IMAGE = /^image\//;
const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/mp3': 'mp3',
  'audio/mpeg': 'mp3',
};
/** Say how a part came about, or how it is to be read: the conversation is whole without them. */
const LEFT_OUT = new Set(['thoughtSignature', 'partMetadata', 'mediaResolution', 'videoMetadata', 'thought']);

/** The parts of a content, their members in camelCase. Google takes one where it wants a list. */
export function partsIn(content: JsonObject): Result<readonly JsonObject[], Problem> {
  const { parts = [] } = inCamelCase(content);
  const read: JsonObject[] = [];
  for (const [index, part] of (Array.isArray(parts) ? parts : [parts]).entries()) {
    if (!isObject(part)) return fail({ at: `.parts[${index}]`, text: 'must be an object' });
    read.push(inCamelCase(part));
  }
  return succeed(read);
}

/** Null for a part that says nothing. */
export function chatPartOf(part: JsonObject): Result<JsonObject | null, Problem> {
  const text = stringAt(part, 'text');
  if (text !== null) return succeed(text === '' || part['thought'] === true ? null : { type: 'text', text });
  const inline = objectAt(part, 'inlineData');
  if (inline !== null) return inlineOf(inCamelCase(inline));
  const file = objectAt(part, 'fileData');
  if (file !== null) return linkOf(inCamelCase(file));
  const other = Object.keys(part).find((name) => !LEFT_OUT.has(name));
  return other === undefined ? succeed(null) : fail({ at: `.${other}`, text: 'cannot be carried over to this model' });
}

export function joined(parts: readonly JsonObject[]): JsonValue {
  const texts = parts.flatMap((part) => stringAt(part, 'text') ?? []);
  // Text alone stays text, which every server takes.
  return texts.length === parts.length ? texts.join('\n\n') : parts;
}

function inlineOf(inline: JsonObject): Result<JsonObject, Problem> {
  const mimeType = stringAt(inline, 'mimeType') ?? '';
  const data = stringAt(inline, 'data') ?? '';
  if (IMAGE.test(mimeType)) {
    return succeed({ type: 'image_url', image_url: { url: `data:${mimeType};base64,${data}` } });
  }
  const format = AUDIO_FORMATS[mimeType];
  return format === undefined
    ? fail({ at: '.inlineData.mimeType', text: 'must be that of a picture, or of sound as WAV or MP3, for this model' })
    : succeed({ type: 'input_audio', input_audio: { data, format } });
}

function linkOf(file: JsonObject): Result<JsonObject, Problem> {
  const url = stringAt(file, 'fileUri') ?? '';
  return IMAGE.test(stringAt(file, 'mimeType') ?? '') && url.startsWith('https://')
    ? succeed({ type: 'image_url', image_url: { url } })
    : fail({ at: '.fileData', text: 'must be an https link to a picture for this model' });
}
