// What the bound of a call must not overlook: each of these was once a way to be billed for less.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { anthropicMessages } from '../../../worker/dialects/anthropic-messages/anthropic-messages.ts';
import { parseBody } from '../../../worker/dialects/body.ts';
import type { Dialect, ParsedCall } from '../../../worker/dialects/dialect.ts';
import { openaiChat } from '../../../worker/dialects/openai-chat/openai-chat.ts';

const address = { operation: 'any', model: null, search: '' };

function parsed(dialect: Dialect, change: JsonObject): ParsedCall {
  const call = dialect.parse({ model: 'm', max_tokens: 10, messages: [], ...change }, 10_000, address);
  if (!call.ok) throw new Error(call.failure.message);
  return call.value;
}

function refusal(dialect: Dialect, change: JsonObject): string | null {
  const call = dialect.parse({ model: 'm', max_tokens: 10, messages: [], ...change }, 10_000, address);
  return call.ok ? 'taken' : call.failure.field;
}

const block = (cache_control: JsonObject) => ({ type: 'text', text: '', cache_control });
const picture = (url: string) => ({
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
});
const image = { type: 'image', source: { type: 'base64', data: 'x'.repeat(5_000) } };

describe('messages', () => {
  test('count an image as one where the protocol has images', () => {
    for (const content of [[image], [{ type: 'tool_result', content: [image] }]]) {
      const { input } = parsed(anthropicMessages, { messages: [{ role: 'user', content }] });
      expect(input).toMatchObject({ images: 1, textBytes: 5_000, unbounded: false });
    }
  });

  test('count text as text, whatever it looks like', () => {
    const content = [{ type: 'tool_use', name: 't', input: image }];
    const { input } = parsed(anthropicMessages, { messages: [{ role: 'assistant', content }] });
    expect(input).toMatchObject({ images: 0, textBytes: 10_000 });
  });

  test.each(['url', 'file', 'base64'])('are bounded by the window alone with a document by %s', (type) => {
    const content = [{ type: 'document', source: { type } }];
    expect(parsed(anthropicMessages, { messages: [{ role: 'user', content }] }).input.unbounded).toBe(true);
  });

  test('may write the longest cache that any block asks for', () => {
    expect(parsed(anthropicMessages, {}).cacheWrite).toBe('none');
    expect(parsed(anthropicMessages, { system: [block({ type: 'ephemeral' })] }).cacheWrite).toBe('5m');
    const both = [block({ type: 'ephemeral', ttl: '1h' }), block({ type: 'ephemeral' })];
    expect(parsed(anthropicMessages, { system: both }).cacheWrite).toBe('1h');
  });

  test('count the searches of a server tool', () => {
    const tools = [{ type: 'web_search_20250305', max_uses: 3 }, { type: 'web_search_20260209' }];
    expect(parsed(anthropicMessages, { tools })).toMatchObject({ webSearches: 13, input: { unbounded: true } });
  });

  test.each([
    [{ fallbacks: [{ model: 'claude-opus-4-1' }] }, 'fallbacks'],
    [{ billing_policy: { type: 'user_profile' } }, 'billing_policy'],
    [{ tools: [{ type: 'advisor_20260301', model: 'claude-opus-4-7' }] }, 'tools'],
    [{ speed: 'fast' }, 'speed'],
    [{ inference_geo: 'us' }, 'inference_geo'],
  ])('are refused with %j', (change, field) => {
    expect(refusal(anthropicMessages, change)).toBe(field);
  });
});

describe('chat', () => {
  test('counts an image as one, and a document in its place as unbounded', () => {
    expect(parsed(openaiChat, picture(`data:image/png;base64,${'x'.repeat(4_978)}`)).input).toMatchObject({
      images: 1,
      textBytes: 5_000,
    });
    expect(parsed(openaiChat, picture('data:application/pdf;base64,xxxx')).input.unbounded).toBe(true);
    expect(parsed(openaiChat, { messages: [{ role: 'assistant', audio: { id: 'a' } }] }).input.unbounded).toBe(true);
  });

  test('caps a server under the name it knows', () => {
    const call = parsed(openaiChat, { max_tokens: null, max_completion_tokens: 7 });
    const terms = { upstreamModel: 'm', injectedCap: null };
    expect(openaiChat.edits(call, { ...terms, capMember: 'max_tokens' })).toEqual([{ member: 'max_tokens', value: 7 }]);
    expect(openaiChat.edits(call, { ...terms, capMember: 'max_completion_tokens' })).toEqual([]);
    const former = parsed(openaiChat, { max_tokens: 9 });
    expect(openaiChat.edits(former, { ...terms, capMember: 'max_tokens' })).toEqual([]);
  });

  test('is refused where it may bill what nothing counts', () => {
    expect(refusal(openaiChat, { search_parameters: { mode: 'on' } })).toBe('search_parameters');
  });

  test('that the provider moved to a dearer tier is marked', () => {
    const meter = openaiChat.meter({ wantsUsage: true, cacheWrite: 'none', webSearches: 0 });
    meter.read({ usage: { prompt_tokens: 1, completion_tokens: 1 }, service_tier: 'priority' });
    expect(meter.report().reading?.inexact).toBe(true);
  });
});

test.each(['MAX_TOKENS', 'Model', 'N'])(
  'a member spelled %s is refused, which a server might read as ours',
  (member) => {
    const body = parseBody(JSON.stringify({ model: 'm', [member]: 1 }));
    expect(body.ok ? 'taken' : body.failure.field).toBe(member);
  },
);

test('content nested beyond reason is no content, and no crash', () => {
  const meter = anthropicMessages.meter({ wantsUsage: true, cacheWrite: 'none', webSearches: 0 });
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  expect(meter.observe({ event: null, data: `{"type":"content_block_delta","delta":${deep}}` })).toBe('pass');
  expect(meter.contentBytes()).toBe(0);
});
