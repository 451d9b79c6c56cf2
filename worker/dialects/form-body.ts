// A multipart request body as both its meaning and its bytes, so that one field can be changed and all else sent on exactly
// as the client wrote it. The platform's FormData cannot do that: it forgets the parts' own headers, their order and the
// boundary. What two readers might understand differently is refused.

import type { BodyEdit } from '../../schema/body-edit.ts';
import type { BadRequest } from '../../schema/failure.ts';
import type { JsonObject, JsonValue } from '../../schema/json.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import { readPartHeaders } from './part-headers.ts';

const MAX_PARTS = 128;
const MAX_HEADER_BYTES = 8_192;
const MAX_FIELD_BYTES = 1_048_576;
const CARRIAGE_RETURN = 13;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LINE = encoder.encode('\r\n');
const BLANK_LINE = encoder.encode('\r\n\r\n');

interface Span {
  readonly start: number;
  readonly end: number;
}

export interface FormFile {
  readonly field: string;
  readonly name: string;
  readonly content: Uint8Array;
}

export interface FormBody {
  /** Fields as strings, those with names in "[]" as lists; of a file, its name and length. */
  readonly json: JsonObject;
  readonly files: readonly FormFile[];
  readonly bytes: Uint8Array;
  readonly boundary: string;
  /** Where the value of each field that stands once is in `bytes`. */
  readonly fields: ReadonlyMap<string, Span>;
}

interface Part {
  readonly name: string;
  readonly filename: string | null;
  readonly span: Span;
}

export function parseForm(bytes: Uint8Array, boundary: string): Result<FormBody, BadRequest> {
  const parts = splitParts(bytes, boundary);
  if (!parts.ok) return parts;
  const json = new Map<string, JsonValue>();
  const fields = new Map<string, Span>();
  const files: FormFile[] = [];
  for (const { name, filename, span } of parts.value) {
    const content = bytes.subarray(span.start, span.end);
    let value: JsonValue;
    if (filename === null) {
      if (content.length > MAX_FIELD_BYTES) return refuse(`${name} must be at most ${MAX_FIELD_BYTES} bytes.`, name);
      const text = textOf(content);
      if (text === null) return refuse(`${name} is not valid UTF-8.`, name);
      value = text;
    } else {
      value = { filename, bytes: content.length };
      files.push({ field: name, name: filename, content });
    }
    if (name.endsWith('[]')) {
      const before = json.get(name);
      json.set(name, Array.isArray(before) ? [...before, value] : [value]);
      continue;
    }
    if (json.has(name)) return refuse(`The request body has the field "${name}" twice.`, name);
    json.set(name, value);
    fields.set(name, span);
  }
  return succeed({ json: Object.fromEntries(json), files, bytes, boundary, fields });
}

/** The bytes with the edits applied. Fields that exist are replaced in place, others are put first. */
export function applyFormEdits({ bytes, boundary, fields }: FormBody, edits: readonly BodyEdit[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  const replaced: { readonly span: Span; readonly text: string }[] = [];
  for (const { member, value } of edits) {
    if (value === undefined) throw new Error('a field of a form is never taken out');
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const span = fields.get(member);
    if (span === undefined) {
      pieces.push(
        encoder.encode(`--${boundary}\r\nContent-Disposition: form-data; name="${member}"\r\n\r\n${text}\r\n`),
      );
    } else {
      replaced.push({ span, text });
    }
  }
  let from = 0;
  for (const { span, text } of replaced.toSorted((left, right) => left.span.start - right.span.start)) {
    pieces.push(bytes.subarray(from, span.start), encoder.encode(text));
    from = span.end;
  }
  pieces.push(bytes.subarray(from));
  return joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function splitParts(bytes: Uint8Array, boundary: string): Result<Part[], BadRequest> {
  const delimiter = encoder.encode(`\r\n--${boundary}`);
  const opening = delimiter.subarray(LINE.length);
  if (!standsAt(bytes, opening, 0)) return refuse('The multipart body does not begin with its boundary.');
  const parts: Part[] = [];
  let at = opening.length;
  for (;;) {
    if (standsAt(bytes, encoder.encode('--'), at)) {
      const rest = at + LINE.length;
      const isOver = rest === bytes.length || (standsAt(bytes, LINE, rest) && rest + LINE.length === bytes.length);
      return isOver ? succeed(parts) : refuse('The multipart body goes on after its last boundary.');
    }
    if (!standsAt(bytes, LINE, at)) return refuse('A boundary of the multipart body does not end its line.');
    if (parts.length === MAX_PARTS) return refuse(`The multipart body has more than ${MAX_PARTS} parts.`);
    const headerStart = at + LINE.length;
    const headerEnd = find(bytes, BLANK_LINE, headerStart, headerStart + MAX_HEADER_BYTES);
    if (headerEnd === -1) return refuse(`The headers of part ${parts.length + 1} do not end within their bound.`);
    const headers = readPartHeaders(textOf(bytes.subarray(headerStart, headerEnd)), parts.length + 1);
    if (!headers.ok) return headers;
    const start = headerEnd + BLANK_LINE.length;
    const end = find(bytes, delimiter, start, bytes.length);
    if (end === -1) return refuse(`Part "${headers.value.name}" is not ended by the boundary.`, headers.value.name);
    parts.push({ ...headers.value, span: { start, end } });
    at = end + delimiter.length;
  }
}

/** The first place from `from` on, and before `limit`, at which the wanted bytes stand; -1 for none. They begin a line. */
function find(bytes: Uint8Array, wanted: Uint8Array, from: number, limit: number): number {
  let at = bytes.indexOf(CARRIAGE_RETURN, from);
  while (at !== -1 && at < limit) {
    if (standsAt(bytes, wanted, at)) return at;
    at = bytes.indexOf(CARRIAGE_RETURN, at + 1);
  }
  return -1;
}

function standsAt(bytes: Uint8Array, wanted: Uint8Array, at: number): boolean {
  return at + wanted.length <= bytes.length && wanted.every((byte, place) => bytes[at + place] === byte);
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function refuse(message: string, field: string | null = null): Result<never, BadRequest> {
  return fail({ reason: 'bad_request', message, field });
}
