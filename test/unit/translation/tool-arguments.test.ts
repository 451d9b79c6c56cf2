// The arguments of a tool's call, read from a text and written to one.

import { expect, test } from 'vitest';
import { parseJson } from '../../../schema/json.ts';
import { readArguments, writeArguments } from '../../../worker/translation/tool-arguments.ts';

function nested(levels: number): string {
  return `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
}

test.each(['', ' ', '{}'])('%j are none', (text) => {
  expect(readArguments(text)).toEqual({});
});

test.each(['[]', '7', 'null', '"x"', '{"a":', nested(49), nested(200_000)])(
  '%.20j are no object to work with',
  (text) => {
    expect(readArguments(text)).toBeNull();
  },
);

test('what is nested as deeply as may be is read and written', () => {
  const input = readArguments(nested(48));
  expect(writeArguments(input ?? undefined)).toBe(nested(48));
});

test('what is nested more deeply is not written, and says so', () => {
  expect(parseJson(writeArguments(parseJson(nested(200_000))))).toEqual({
    invalid_arguments: 'nested deeper than 48 levels',
  });
});
