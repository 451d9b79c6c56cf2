// What is left of a large answer to be parsed: all of it but what the named members hold, and never less.

import { expect, test } from 'vitest';
import { neededText } from '../../../worker/metering/needed-text.ts';

const encoder = new TextEncoder();
const VECTORS = new Set(['data']);
const needed = (text: string) => neededText(encoder.encode(text), VECTORS);

test.each([
  [
    '{"data":[{"embedding":[0.1,-2e9]},[]],"usage":{"total_tokens":5}}',
    { data: [null, null], usage: { total_tokens: 5 } },
  ],
  ['{"usage":{"total_tokens":5},"data":"c2VjcmV0"}', { usage: { total_tokens: 5 }, data: '' }],
  [
    '{"data":{"a":"}]"},"error":{"message":"a \\"quoted\\" }, word"}}',
    { data: {}, error: { message: 'a "quoted" }, word' } },
  ],
  [' {\n "data" : 17 ,\t"model" : "\\\\" } \n', { data: null, model: '\\' }],
  ['{"data":[],"data":[1],"n":-1.5e3,"b":true,"z":null}', { data: [null], n: -1500, b: true, z: null }],
  ['{"model":"é世界","data":["é世界"]}', { model: 'é世界', data: [null] }],
  ['{"other":{"data":[1,2]}}', { other: { data: [1, 2] } }],
  ['{"d\\u0061ta":[1]}', { data: [1] }],
  ['{"data":[ ],"n":1}', { data: [], n: 1 }],
  ['{"data":[ {"b64_json":"iVBOR]w0,"} , {"b64_json":"x"} ]}', { data: [null, null] }],
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

test('of forty megabytes of vectors is a line that still says how many there were', () => {
  const vector = `{"object":"embedding","index":0,"embedding":"${'A'.repeat(16_384)}"}`;
  const text = `{"data":[${Array.from({ length: 2_400 }, () => vector).join(',')}],"usage":{"prompt_tokens":9}}`;
  const nulls = Array.from({ length: 2_400 }, () => 'null').join(',');
  expect(needed(text)).toBe(`{"data":[${nulls}],"usage":{"prompt_tokens":9}}`);
});
