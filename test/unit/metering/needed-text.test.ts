// What is left of a large answer to be parsed: all of it but what the named members hold, and never less.

import { expect, test } from 'vitest';
import { neededText } from '../../../worker/metering/needed-text.ts';

const encoder = new TextEncoder();
const VECTORS = new Set(['data']);
const needed = (text: string) => neededText(encoder.encode(text), VECTORS);

test.each([
  ['{"data":[{"embedding":[0.1,-2e9]},[]],"usage":{"total_tokens":5}}', { data: [], usage: { total_tokens: 5 } }],
  ['{"usage":{"total_tokens":5},"data":"c2VjcmV0"}', { usage: { total_tokens: 5 }, data: '' }],
  [
    '{"data":{"a":"}]"},"error":{"message":"a \\"quoted\\" }, word"}}',
    { data: {}, error: { message: 'a "quoted" }, word' } },
  ],
  [' {\n "data" : 17 ,\t"model" : "\\\\" } \n', { data: null, model: '\\' }],
  ['{"data":[],"data":[1],"n":-1.5e3,"b":true,"z":null}', { data: [], n: -1500, b: true, z: null }],
  ['{"model":"é世界","data":["é世界"]}', { model: 'é世界', data: [] }],
  ['{"other":{"data":[1,2]}}', { other: { data: [1, 2] } }],
  ['{"d\\u0061ta":[1]}', { data: [1] }],
])('of %j is the rest', (text, rest) => {
  expect(JSON.parse(needed(text) ?? 'null')).toEqual(rest);
});

test.each([
  '',
  '[]',
  '"data"',
  '{}',
  '{"data":[1,2}',
  '{"data":"unended',
  '{"data":[1]',
  '{"data":[1]} {}',
  '{"data" [1]}',
  '{data:[1]}',
  '{"data":[1],}',
])('of %j is nothing less than all, or is refused when it is parsed', (text) => {
  const rest = needed(text);
  if (rest !== null) expect(() => JSON.parse(rest)).toThrow(SyntaxError);
});

test('of forty megabytes of vectors is a line', () => {
  const vector = `{"object":"embedding","index":0,"embedding":"${'A'.repeat(16_384)}"}`;
  const text = `{"data":[${Array.from({ length: 2_400 }, () => vector).join(',')}],"usage":{"prompt_tokens":9}}`;
  expect(needed(text)).toBe('{"data":[],"usage":{"prompt_tokens":9}}');
});
