// A form is read as its provider will read it, or refused by name; what is changed in it leaves every other byte as it was.

import { describe, expect, test } from 'vitest';
import { applyFormEdits, parseForm } from '../../../worker/dialects/form-body.ts';
import { formBoundary } from '../../../worker/dialects/part-headers.ts';

const encoder = new TextEncoder();
const BOUNDARY = '----b0undary';
const FILE = 'Content-Disposition: form-data; name="file"; filename="said.mp3"\r\nContent-Type: audio/mpeg';

/** Parts as [headers, content]. */
function form(...parts: readonly (readonly [string, string])[]): string {
  const all = parts.map(([headers, content]) => `--${BOUNDARY}\r\n${headers}\r\n\r\n${content}\r\n`).join('');
  return `${all}--${BOUNDARY}--\r\n`;
}

function field(name: string, value: string): readonly [string, string] {
  return [`Content-Disposition: form-data; name="${name}"`, value];
}

function parse(text: string) {
  return parseForm(encoder.encode(text), BOUNDARY);
}

function parsed(text: string) {
  const body = parse(text);
  if (!body.ok) throw new Error(body.failure.message);
  return body.value;
}

function edited(text: string, value: string): string {
  return new TextDecoder().decode(applyFormEdits(parsed(text), [{ member: 'model', value }]));
}

/** One of a list of files; the name is written as it stands. */
function picture(name: string): readonly [string, string] {
  return [`content-disposition: form-data; name="image[]"; filename=${name}`, 'x'];
}

/** A file in which the boundary begins again and again, and never stands. */
const TRICKY = `\r\n--${BOUNDARY.slice(0, -1)}\r\r\n--\r\n\n--${BOUNDARY}x\u0000`;

describe('a form', () => {
  test('has its fields as text and its files by name and length', () => {
    const { json, files } = parsed(form(field('model', 'whisper-1'), [FILE, TRICKY], field('prompt', '')));
    expect(json).toEqual({ model: 'whisper-1', file: { filename: 'said.mp3', bytes: TRICKY.length }, prompt: '' });
    expect(new TextDecoder().decode(files[0]?.content)).toBe(TRICKY);
  });

  test.each([
    ['whisper-1', 'gpt-4o-transcribe'],
    ['a-name-that-is-longer', 'x'],
    ['', 'whisper-1'],
  ])('gets another model in the place of "%s", and nothing else', (old, next) => {
    const text = form(field('prompt', `model=${old}`), [FILE, TRICKY], field('model', old));
    expect(edited(text, next)).toBe(text.replace(`"model"\r\n\r\n${old}`, `"model"\r\n\r\n${next}`));
  });

  test('gets a field that it has not in front of all others', () => {
    const text = form([FILE, TRICKY]);
    expect(edited(text, 'm')).toBe(form(field('model', 'm'), [FILE, TRICKY]));
    expect(parsed(edited(text, 'm')).json).toMatchObject({ model: 'm' });
  });

  test('takes lists, and quotes in the names of files', () => {
    const { json, files } = parsed(form(picture('"a\\"b;c.png"'), picture('"a%22.png"'), picture('plain.png')));
    expect(files.map(({ name }) => name)).toEqual(['a"b;c.png', 'a".png', 'plain.png']);
    expect(json['image[]']).toHaveLength(3);
  });

  test('may end without a line end', () => {
    expect(parsed(form(field('model', 'm')).trimEnd()).json).toEqual({ model: 'm' });
  });

  test('of 25 MB is read in moments', () => {
    const content = '\r'.repeat(25 * 1024 * 1024);
    const startedAt = performance.now();
    expect(parsed(form([FILE, content], field('model', 'm'))).files[0]?.content).toHaveLength(content.length);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe('a form is refused', () => {
  const good = form(field('model', 'm'));

  test.each<[string, string, string, string | null]>([
    ['a field stands twice', form(field('model', 'a'), field('model', 'b')), 'has the field "model" twice', 'model'],
    ['a file is called like a field', form(field('model', 'a'), [FILE.replace('file', 'model'), '']), 'twice', 'model'],
    ['something stands before it', `x\r\n${good}`, 'does not begin with its boundary', null],
    ['something stands behind it', `${good}x`, 'goes on after its last boundary', null],
    ['it breaks off', good.slice(0, -4), 'does not end its line', null],
    ['a part breaks off', good.slice(0, good.indexOf('--\r\n') - 3), 'is not ended by the boundary', 'model'],
    ['a part has no name', form(['Content-Disposition: form-data', 'x']), 'with a name', null],
    ['a part has no headers', form(['', 'x']), 'are not understood', null],
    ['a name is empty', form(field('', 'x')), 'with a name', null],
    ['a part has two names', form(['Content-Disposition: form-data; name="a"; name="b"', 'x']), 'with a name', null],
    ['a name is encoded', form(["Content-Disposition: form-data; name*=utf-8''m", 'x']), 'with a name', null],
    ['a header stands twice', form([`${FILE}\r\n${FILE}`, 'x']), 'are not understood', null],
    ['headers have no end', `--${BOUNDARY}\r\n${'x'.repeat(20_000)}`, 'do not end within their bound', null],
    [
      'a part is packed',
      form([`${FILE}\r\nContent-Transfer-Encoding: base64`, 'x']),
      'content-transfer-encoding',
      'file',
    ],
    ['a field is too long', form(field('prompt', 'x'.repeat(1_048_577))), 'must be at most 1048576 bytes', 'prompt'],
    ['it has too many parts', form(...Array.from({ length: 129 }, (_, at) => field(`f${at}`, ''))), '128 parts', null],
  ])('where %s', (_, text, message, name) => {
    const body = parse(text);
    expect(body).toMatchObject({ ok: false, failure: { message: expect.stringContaining(message), field: name } });
  });

  test('where a field is no text', () => {
    const bytes = encoder.encode(form(field('prompt', '??')));
    bytes[bytes.indexOf(63)] = 0xff;
    expect(parseForm(bytes, BOUNDARY)).toMatchObject({ ok: false, failure: { field: 'prompt' } });
  });
});

describe('the boundary', () => {
  test.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data; charset=utf-8; Boundary="a b:c"', 'a b:c'],
  ])('of %s is %s', (type, boundary) => {
    expect(formBoundary(type)).toEqual({ ok: true, value: boundary });
  });

  test.each(['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=a; boundary=b'])(
    'must be there: %s',
    (type) => expect(formBoundary(type)).toMatchObject({ ok: false }),
  );

  test.each([null, 'application/json', 'multipart/form-data-x; boundary=a'])('is not looked for in %s', (type) => {
    expect(formBoundary(type)).toBeNull();
  });
});
