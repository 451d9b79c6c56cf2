// Calls of one conversation look alike, whichever client makes them; those of others do not.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { conversationOf } from '../../../worker/routing/conversation.ts';

const of = (body: JsonObject, headers: Record<string, string> = {}) => conversationOf(new Headers(headers), body);
const user = (content: unknown) => ({ role: 'user', content: JSON.parse(JSON.stringify(content)) });
const assistant = { role: 'assistant', content: 'Hello' };

describe('what a client calls its session', () => {
  test.each([
    ['Claude Code', {}, { 'x-claude-code-session-id': 'abc' }],
    ['Codex', {}, { 'session-id': 'abc' }],
    ['OpenAI', { prompt_cache_key: 'abc' }, {}],
    ['Anthropic', { metadata: { user_id: 'abc' } }, {}],
  ])('by %s outweighs the text', (_, hint, headers) => {
    const first = of({ ...hint, messages: [user('one')] }, headers);
    expect(of({ ...hint, messages: [user('two')] }, headers)).toBe(first);
    expect(first).toBe('abc');
  });

  test('is not an empty header', () => {
    const headers = { 'session-id': '' };
    expect(of({ messages: [user('one')] }, headers)).not.toBe(of({ messages: [user('two')] }, headers));
  });
});

describe.each<[string, (...turns: object[]) => object]>([
  ['chat', (...turns) => ({ messages: [{ role: 'system', content: 'Be brief.' }, ...turns] })],
  ['messages', (...turns) => ({ system: [{ type: 'text', text: 'Be brief.' }], messages: turns })],
  ['responses', (...turns) => ({ instructions: 'Be brief.', input: turns })],
])('without one, in %s', (_, bodyOf) => {
  const body = (...turns: object[]): JsonObject => JSON.parse(JSON.stringify(bodyOf(...turns)));

  test('later turns belong to their first', () => {
    expect(of(body(user('Hi'), assistant, user('And now?')))).toBe(of(body(user('Hi'))));
  });

  test('another first turn is another conversation', () => {
    expect(of(body(user('Hi')))).not.toBe(of(body(user('Ho'))));
    expect(of(body(user([{ type: 'text', text: 'Hi' }])))).not.toBe(of(body(user([{ type: 'text', text: 'Ho' }]))));
  });

  test('another model setting is not', () => {
    expect(of({ ...body(user('Hi')), temperature: 1 })).toBe(of(body(user('Hi'))));
  });
});

const contents = (text: string) => ({ contents: [{ role: 'user', parts: [{ text }] }] });

test('text alone is read as well', () => {
  expect(of({ input: 'one' })).not.toBe(of({ input: 'two' }));
});

test('Gemini contents too', () => {
  expect(of(contents('one'))).not.toBe(of(contents('two')));
});

test('a long prompt costs no more than its beginning, and a body without any text is one conversation', () => {
  const long = of({ messages: [user('x'.repeat(5_000_000))] });
  expect(long.length).toBeLessThan(3_000);
  expect(of({})).toBe(of({ messages: [] }));
});
