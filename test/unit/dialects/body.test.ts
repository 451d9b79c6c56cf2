// A body is changed member by member and otherwise sent on to the byte.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits, type Body, parseBody } from '../../../worker/dialects/body.ts';

function bodyOf(text: string): Body {
  const parsed = parseBody(text);
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value;
}

function refusalOf(text: string): { readonly message: string; readonly field: string | null } {
  const parsed = parseBody(text);
  if (parsed.ok) throw new Error('was taken');
  return parsed.failure;
}

/** Other spellings of what policy reads are refused; see below. */
const lowerCase = fc.string().map((text) => text.toLowerCase());

describe('edits', () => {
  test.each([
    ['{"model":"a","x":1}', '{"model":"b","x":1}'],
    ['{ "x" : 1 , "model" :  "a"  }', '{ "x" : 1 , "model" :  "b"  }'],
    ['{"a":"\\"model\\":\\"z\\"","model":"a"}', '{"a":"\\"model\\":\\"z\\"","model":"b"}'],
    ['{"nested":{"model":"z"},"model":"a"}', '{"nested":{"model":"z"},"model":"b"}'],
    ['{"mo\\u0064el":"a"}', '{"mo\\u0064el":"b"}'],
    ['{"model":null,"big":12345678901234567890.10}', '{"model":"b","big":12345678901234567890.10}'],
    ['{}', '{"model":"b"}'],
    [' {"x":[{"y":"}"}]}', ' {"model":"b","x":[{"y":"}"}]}'],
    ['{"x":"ends in a backslash \\\\"}', '{"model":"b","x":"ends in a backslash \\\\"}'],
  ])('of %s', (text, expected) => {
    expect(applyEdits(bodyOf(text), [{ member: 'model', value: 'b' }])).toBe(expected);
  });

  test('change what they name and nothing else, in any body', () => {
    fc.assert(
      fc.property(fc.dictionary(lowerCase, fc.jsonValue()), lowerCase, fc.jsonValue(), (json, member, value) => {
        const text = JSON.stringify(json, null, 1);
        const changed: unknown = JSON.parse(
          applyEdits(bodyOf(text), [{ member, value: JSON.parse(JSON.stringify(value)) }]),
        );
        const expected: unknown = JSON.parse(
          JSON.stringify(Object.fromEntries([...Object.entries(json), [member, value]])),
        );
        expect(changed).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe('refuses', () => {
  test.each(['', '{', 'null', '[]', '"text"', '{"a":1,}', "{'a':1}"])('%j', (text) => {
    expect(refusalOf(text).message).toMatch(/valid JSON|JSON object/);
  });

  test('a member given twice, however it is spelled, and names it', () => {
    expect(refusalOf('{"max_tokens":1,"model":"a","max_tokens":100000}').field).toBe('max_tokens');
    expect(refusalOf('{"max_tokens":1,"max\\u005ftokens":100000}').field).toBe('max_tokens');
  });

  test('a cap given twice inside the configuration that holds it', () => {
    for (const name of ['generationConfig', 'generation_config']) {
      const text = `{"contents":[],"${name}":{"maxOutputTokens":70000,"maxOutputTokens":1}}`;
      expect(refusalOf(text).field).toBe('maxOutputTokens');
      expect(parseBody(`{"contents":[],"${name}":{"a":{"b":1},"b":2}}`).ok).toBe(true);
    }
    expect(parseBody('{"other":{"a":1,"a":2},"generationConfig":7}').ok).toBe(true);
  });

  test('a body nested too deep', () => {
    expect(refusalOf(`{"a":${'['.repeat(64)}${']'.repeat(64)}}`).message).toMatch(/nested deeper/);
    expect(parseBody(`{"a":${'['.repeat(63)}${']'.repeat(63)}}`).ok).toBe(true);
  });
});
