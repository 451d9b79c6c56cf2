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
    ['once without server tools', { tools: [{ name: 'weather', input_schema: {} }] }, 1],
    ['once for the question and once for each use', { tools: [{ type: 'web_search_20250305', max_uses: 3 }] }, 4],
    ['a whole time for a part of a use', { tools: [{ type: 'web_fetch_20250910', max_uses: 1.5 }] }, 3],
    ['once where no use is allowed', { tools: [{ type: 'web_search_20250305', max_uses: 0 }] }, 1],
    ['no more often than the provider asks its model in a turn', { tools: [{ type: 'code_execution_20250825' }] }, 10],
    ['no more often with many uses', { tools: [{ type: 'web_search_20250305', max_uses: 1e300 }] }, 10],
    ['as often for tools of another server', { mcp_servers: [{ url: 'https://tools.example' }] }, 10],
  ])('may fill the window %s', (_, change, rounds) => {
    expect(parsed(anthropicMessages, change).input.rounds).toBe(rounds);
  });

  test.each([
    ['text', {}, true],
    ['a document', { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'url' } }] }] }, true],
    ['a server tool', { tools: [{ type: 'web_search_20250305', max_uses: 1 }] }, false],
    ['a container', { container: 'c' }, false],
    ['an upload', { messages: [{ role: 'user', content: [{ type: 'container_upload', file_id: 'f' }] }] }, false],
  ])('with %s are bounded by a count: %j', (_, change, countable) => {
    expect(parsed(anthropicMessages, change).input.countable).toBe(countable);
  });

  test('name the terms that they ask for, and their answers those they got', () => {
    const asked = { speed: 'fast', inference_geo: 'us', service_tier: null };
    expect(parsed(anthropicMessages, asked).terms).toEqual({ speed: 'fast', inference_geo: 'us' });
    const meter = anthropicMessages.meter({ wantsUsage: true, cacheWrite: 'none', webSearches: 0 });
    const started = { input_tokens: 1, service_tier: 'standard', inference_geo: 'not_available', speed: null };
    meter.observe({ event: null, data: JSON.stringify({ type: 'message_start', message: { usage: started } }) });
    const ended = { type: 'message_delta', usage: { output_tokens: 1, speed: 'fast' } };
    meter.observe({ event: null, data: JSON.stringify(ended) });
    expect(meter.report().reading?.terms).toEqual({
      service_tier: 'standard',
      inference_geo: 'not_available',
      speed: 'fast',
    });
  });

  test.each([
    [{ fallbacks: [{ model: 'claude-opus-4-1' }] }, 'fallbacks'],
    [{ billing_policy: { type: 'user_profile' } }, 'billing_policy'],
    [{ tools: [{ type: 'advisor_20260301', model: 'claude-opus-4-7' }] }, 'tools'],
    [{ speed: 1 }, 'speed'],
    [{ inference_geo: ['us'] }, 'inference_geo'],
    [{ service_tier: 'x'.repeat(65) }, 'service_tier'],
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

  test('says on which terms it was served, as the last chunk that names them has it', () => {
    const meter = openaiChat.meter({ wantsUsage: true, cacheWrite: 'none', webSearches: 0 });
    for (const service_tier of ['auto', 'priority', null]) {
      const chunk = { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 }, service_tier };
      meter.observe({ event: null, data: JSON.stringify(chunk) });
    }
    expect(meter.report().reading).toMatchObject({ inexact: false, terms: { service_tier: 'priority' } });
  });

  test.each([
    ['only text', { messages: [{ role: 'user', content: 'Hi' }] }, false],
    ['a picture', picture('data:image/png;base64,xxxx'), true],
    ['sound', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'x' } }] }] }, true],
  ])('with %s may have other media: %j', (_, change, media) => {
    expect(parsed(openaiChat, change).input.media).toBe(media);
  });

  test.each([
    ['both sides', { audio_tokens: 7 }, { audio_tokens: 0 }, { audioInput: 7, audioOutput: 0 }],
    ['neither', { cached_tokens: 1 }, null, {}],
    ['nonsense, which counts as all', { audio_tokens: -1 }, {}, { audioInput: Number.MAX_SAFE_INTEGER }],
  ])('tells tokens of sound apart where the answer names %s', (_, prompt, completion, media) => {
    const meter = openaiChat.meter({ wantsUsage: true, cacheWrite: 'none', webSearches: 0 });
    const details = { prompt_tokens_details: prompt, completion_tokens_details: completion };
    meter.read({ usage: { prompt_tokens: 9, completion_tokens: 1, ...details } });
    expect(meter.report().reading?.lines[0]?.media).toEqual(media);
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
