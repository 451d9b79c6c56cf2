// Frames are cut where events end, whatever the chunks, and carry every byte they were made of.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_FRAME_BYTES, type SseFrame, SseSplitter } from '../../../worker/metering/sse.ts';

function split(bytes: Uint8Array, sizes: Iterable<number>): SseFrame[] {
  const splitter = new SseSplitter();
  const frames: SseFrame[] = [];
  let at = 0;
  for (const size of sizes) {
    frames.push(...splitter.push(bytes.slice(at, at + size)));
    at += size;
  }
  frames.push(...splitter.push(bytes.slice(at)));
  const rest = splitter.end();
  return rest === null ? frames : [...frames, rest];
}

const encode = (text: string) => new TextEncoder().encode(text);
const meaning = (frames: readonly SseFrame[]) =>
  frames.filter(({ data }) => data !== null).map(({ event, data }) => [event, data]);

test.each([
  ['data: a\n\n', [[null, 'a']]],
  [
    'data:a\n\ndata: b\n\n',
    [
      [null, 'a'],
      [null, 'b'],
    ],
  ],
  ['event: x\ndata: a\n\n', [['x', 'a']]],
  ['data: a\ndata: b\n\n', [[null, 'a\nb']]],
  ['data:  two spaces\n\n', [[null, ' two spaces']]],
  [': comment\n\ndata: a\n\n', [[null, 'a']]],
  ['id: 7\nretry: 10\ndata: a\n\n', [[null, 'a']]],
  [
    'data: a\r\n\r\ndata: b\r\r',
    [
      [null, 'a'],
      [null, 'b'],
    ],
  ],
  ['data: without its end', [[null, 'without its end']]],
  ['\n\n\ndata: a\n\n', [[null, 'a']]],
  ['data\n\n', []],
  ['', []],
])('%j', (text, expected) => {
  expect(meaning(split(encode(text), []))).toEqual(expected);
});

test('a chunk may end at any byte, within a character or a line end', () => {
  const lines = fc.array(fc.constantFrom('data: grüße 🎉', 'event: e', ': ping', '', 'data: x', 'id: 1'), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(
      lines,
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.integer({ min: 1, max: 9 })),
      (text, end, sizes) => {
        const bytes = encode(text.map((line) => line + end).join(''));
        const whole = split(bytes, []);
        const pieces = split(bytes, sizes);
        expect(meaning(pieces)).toEqual(meaning(whole));
        expect(Buffer.concat(pieces.map((frame) => frame.bytes))).toEqual(Buffer.from(bytes));
      },
    ),
    { numRuns: 2_000 },
  );
});

test.each(['\n', '\r\n', '\r'])('an event is whole with its blank line, whatever follows, with %j', (end) => {
  const splitter = new SseSplitter();
  expect(meaning(splitter.push(encode(`data: a${end}${end}`)))).toEqual([[null, 'a']]);
  expect(meaning(splitter.push(encode(`data: b${end}`)))).toEqual([]);
  expect(meaning(splitter.push(encode(end)))).toEqual([[null, 'b']]);
});

test('an event without end is handed on rather than kept', () => {
  const splitter = new SseSplitter();
  const chunk = new Uint8Array(1024 * 1024).fill(97);
  let out = 0;
  for (let sent = 0; sent <= MAX_FRAME_BYTES; sent += chunk.length) {
    for (const frame of splitter.push(chunk)) out += frame.bytes.length;
  }
  expect(out).toBeGreaterThan(MAX_FRAME_BYTES);
});
