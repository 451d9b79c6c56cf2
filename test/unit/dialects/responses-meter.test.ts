// What a response bills, whole or streamed, in hand-made bodies of the shapes that providers send.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { NO_USAGE, totalUsage } from '../../../schema/usage.ts';
import { openaiResponses } from '../../../worker/dialects/openai-responses/openai-responses.ts';
import { SseSplitter } from '../../../worker/metering/sse.ts';

const call = { wantsUsage: true, cacheWrite: '5m', webSearches: 3 } as const;
const usage: JsonObject = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 40, cache_write_tokens: 10 },
  output_tokens: 30,
  output_tokens_details: { reasoning_tokens: 20 },
  total_tokens: 130,
};
const response: JsonObject = { id: 'resp_1', object: 'response', status: 'completed', output: [], usage };

function metered(body: JsonObject) {
  const meter = openaiResponses.meter(call);
  meter.read(body);
  return meter.report();
}

function billed(change: JsonObject) {
  const { reading } = metered({ ...response, ...change });
  return { ...totalUsage(reading?.lines ?? []), inexact: reading?.inexact };
}

function streamed(...events: JsonObject[]) {
  const meter = openaiResponses.meter(call);
  for (const event of events) meter.observe({ event: null, data: JSON.stringify(event) });
  return { ...meter.report(), isOver: meter.isOver() };
}

const ending = (type: string, change: JsonObject = {}): JsonObject => ({
  type: `response.${type}`,
  response: { ...response, status: type, ...change },
});
const search = (status: string, action: string): JsonObject => ({
  type: 'web_search_call',
  status,
  action: { type: action },
});

describe('usage', () => {
  test('counts cached and written input once, and reasoning as a part of the output', () => {
    expect(billed({})).toEqual({
      ...NO_USAGE,
      input: 50,
      cacheRead: 40,
      cacheWrite5m: 10,
      output: 30,
      reasoning: 20,
      inexact: false,
    });
  });

  test('takes reasoning on top where the total says so', () => {
    expect(billed({ usage: { ...usage, total_tokens: 150 } })).toMatchObject({ output: 50, inexact: false });
  });

  test('may be all zeros', () => {
    const zeros = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
    expect(metered({ ...response, usage: zeros })).toMatchObject({
      final: true,
      reading: { inexact: false, lines: [{ usage: NO_USAGE }] },
    });
  });

  test.each([
    ['a total that fits neither way', { usage: { ...usage, total_tokens: 400 } }],
    ['more from the cache than came in', { usage: { ...usage, input_tokens_details: { cached_tokens: 101 } } }],
    ['tokens of another name', { usage: { ...usage, speculation_tokens: 7 } }],
    [
      'tokens of another name in the details',
      { usage: { ...usage, input_tokens_details: { orchestration_input_tokens: 5 } } },
    ],
    [
      'a cache write of a lifetime without a price',
      {
        usage: {
          ...usage,
          input_tokens_details: {
            cache_write_tokens: 10,
            cache_write_tokens_details: { ttl_30m_tokens: 4, ttl_12h_tokens: 6 },
          },
        },
      },
    ],
    [
      'images that were drawn',
      { tool_usage: { image_gen: { output_tokens: 4_160 }, web_search: { num_requests: 0 } } },
    ],
    ['a search in files', { output: [{ type: 'file_search_call', status: 'completed' }] }],
    [
      'a use without a price, as xAI counts it',
      { usage: { ...usage, server_side_tool_usage_details: { web_search_calls: 0, x_search_calls: 1 } } },
    ],
    [
      'searches of the preview tool',
      { output: [search('completed', 'search')], tools: [{ type: 'web_search_preview' }] },
    ],
    ['a search that did not complete', { output: [search('searching', 'search')] }],
  ])('is marked with %s', (_, change) => {
    expect(billed(change).inexact).toBe(true);
  });

  test('names the tier that it was served in, for its price', () => {
    const { reading } = metered({ ...response, service_tier: 'priority' });
    expect(reading).toMatchObject({ terms: { service_tier: 'priority' }, inexact: false });
    expect(metered(response).reading?.terms).toEqual({});
  });

  test.each([
    [{ usage: { ...usage, speculation_tokens: 0 } }],
    [{ tool_usage: { image_gen: { input_tokens: 0, input_tokens_details: { image_tokens: 0 } }, web_search: {} } }],
    [{ usage: { ...usage, context_details: { input_tokens: 80 } } }],
    [{ usage: { ...usage, server_side_tool_usage_details: { web_search_calls: 2, mcp_calls: 5 } } }],
    [{ output: [{ type: 'mcp_call' }, { type: 'function_call' }] }],
    [{ service_tier: 'default' }],
  ])('is exact with %j', (change) => {
    expect(billed(change).inexact).toBe(false);
  });

  test.each([
    { input_tokens: -1 },
    { input_tokens: 1.5 },
    { input_tokens: '100' },
    { output_tokens: -1 },
    { total_tokens: 'many' },
    { input_tokens_details: { cached_tokens: -1 } },
    { output_tokens_details: { reasoning_tokens: null, x: 1 }, input_tokens: null },
  ])('with %j is none', (change) => {
    expect(metered({ ...response, usage: { ...usage, ...change } })).toMatchObject({ reading: null, final: false });
  });
});

describe('searches', () => {
  test('are what the provider counts', () => {
    const output = [search('completed', 'search'), search('completed', 'search')];
    expect(billed({ output, tool_usage: { web_search: { num_requests: 5 } } })).toMatchObject({ webSearches: 5 });
    expect(
      billed({ output, usage: { ...usage, server_side_tool_usage_details: { web_search_calls: 1 } } }),
    ).toMatchObject({ webSearches: 1 });
  });

  test('are counted from the items of an answer that does not count them, without the pages that were only read', () => {
    const output = ['search', 'open_page', 'find_in_page', 'search', 'open_page'].map((action) =>
      search('completed', action),
    );
    expect(billed({ output })).toMatchObject({ webSearches: 2, inexact: false });
  });

  test('that were asked for and not made cost nothing', () => {
    expect(billed({})).toMatchObject({ webSearches: 0 });
  });
});

describe('a whole answer', () => {
  test.each([
    ['completed', 'complete'],
    ['incomplete', 'complete'],
    ['failed', 'failed'],
    ['cancelled', 'failed'],
    ['in_progress', 'open'],
    ['queued', 'open'],
    [undefined, 'complete'],
  ])('of status %s is %s', (status, state) => {
    expect(metered({ ...response, status })).toMatchObject({ state, final: state !== 'open' });
  });

  test('that is nothing but an error has failed', () => {
    expect(metered({ error: { message: 'no' } })).toMatchObject({ state: 'failed', reading: null, contentBytes: 0 });
  });
});

describe('a stream', () => {
  test.each(['completed', 'incomplete'])('is over with response.%s, and has its bill', (type) => {
    expect(streamed({ type: 'response.created', response: { ...response, usage: null } }, ending(type))).toMatchObject({
      state: 'complete',
      final: true,
      isOver: true,
      reading: { lines: [{ usage: { input: 50, output: 30 } }] },
    });
  });

  test('that failed may have a bill, or none', () => {
    expect(streamed(ending('failed'))).toMatchObject({ state: 'failed', final: true, isOver: true });
    expect(streamed(ending('failed', { usage: null }))).toMatchObject({ state: 'failed', final: false, reading: null });
  });

  test.each([
    { type: 'error', code: 'server_error', message: 'no' },
    { type: 'error', error: { type: 'insufficient_quota' } },
    { error: { message: 'no' } },
  ])('of %j has failed, and is over only with its last event', (event) => {
    expect(streamed(event)).toMatchObject({ state: 'failed', isOver: false, contentBytes: 0 });
    expect(streamed(event, ending('failed', { usage: null }))).toMatchObject({ state: 'failed', isOver: true });
  });

  test('that has not ended has no bill', () => {
    const delta = { type: 'response.output_text.delta', output_index: 0, delta: 'Hé' };
    expect(streamed(delta, delta)).toMatchObject({ state: 'open', reading: null, contentBytes: 6, isOver: false });
  });

  test('is read by the name of an event whose data leaves the type out', () => {
    const meter = openaiResponses.meter(call);
    meter.observe({ event: 'response.completed', data: JSON.stringify({ response }) });
    expect(meter.isOver()).toBe(true);
  });

  test.each(['[DONE]', 'nonsense', '[]', 'null', '{}', '{"type":7}'])('is not put out by %s', (data) => {
    const meter = openaiResponses.meter(call);
    expect(meter.observe({ event: null, data })).toBe('pass');
    meter.observe({ event: null, data: JSON.stringify(ending('completed')) });
    expect(meter.report()).toMatchObject({ state: 'complete', final: true });
  });
});

const doneWith = (item: JsonObject): JsonObject => ({ type: 'response.output_item.done', output_index: 1, item });

describe('what an answer that is cut off generated', () => {
  const text = { type: 'response.output_text.delta', output_index: 0, delta: 'twelve bytes' };

  test.each([
    ['text', text],
    ['a refusal', { ...text, type: 'response.refusal.delta' }],
    ['arguments', { ...text, type: 'response.function_call_arguments.delta' }],
    ['the input of a tool', { ...text, type: 'response.custom_tool_call_input.delta' }],
    ['reasoning', { ...text, type: 'response.reasoning_text.delta' }],
    ['a summary of it', { ...text, type: 'response.reasoning_summary_text.delta' }],
    ['what no one knows yet', { ...text, type: 'response.hologram.delta' }],
  ])('counts %s', (_, delta) => {
    expect(streamed(delta).contentBytes).toBe(12);
  });

  test('counts no text twice, neither in its own event nor in its item', () => {
    const item = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'twelve bytes' }] };
    const done = { type: 'response.output_text.done', output_index: 0, text: 'twelve bytes' };
    const whole = { type: 'response.output_item.done', output_index: 0, item };
    expect(streamed(text, done, whole).contentBytes).toBe(12);
    expect(streamed(whole).contentBytes).toBe(12);
  });

  test('counts secret reasoning once it is there, and nothing of what tools gave it to read', () => {
    expect(streamed(doneWith({ type: 'reasoning', id: 'rs_1', encrypted_content: 'x'.repeat(400) })).contentBytes).toBe(
      400,
    );
    expect(streamed(doneWith({ type: 'mcp_call', output: 'x'.repeat(400) })).contentBytes).toBe(0);
  });
});

describe('a stream cut at any byte, in any framing', () => {
  const events = [
    { type: 'response.created', sequence_number: 0, response: { ...response, status: 'in_progress', usage: null } },
    { type: 'response.output_text.delta', sequence_number: 1, output_index: 0, delta: 'Grüße 👩‍🚀 "data: x"' },
    { type: 'response.unheard_of', sequence_number: 2 },
    { ...ending('completed'), sequence_number: 3 },
  ];
  const plain = `: hello\n\n${events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(': keep-alive\n\n')}`;

  test.each(['\n', '\r\n', '\r'])('reads the same usage and gives the same bytes (%j)', (lineEnd) => {
    const bytes = new TextEncoder().encode(plain.replaceAll('\n', lineEnd));
    for (let at = 0; at <= bytes.length; at += 1) {
      const splitter = new SseSplitter();
      const meter = openaiResponses.meter(call);
      const frames = [...splitter.push(bytes.slice(0, at)), ...splitter.push(bytes.slice(at))];
      const rest = splitter.end();
      if (rest !== null) frames.push(rest);
      for (const frame of frames) expect(meter.observe(frame)).toBe('pass');
      expect(Buffer.concat(frames.map((frame) => frame.bytes)).equals(bytes)).toBe(true);
      const { reading, state, contentBytes } = meter.report();
      expect(totalUsage(reading?.lines ?? [])).toMatchObject({
        input: 50,
        cacheRead: 40,
        cacheWrite5m: 10,
        output: 30,
      });
      expect({ state, contentBytes }).toEqual({ state: 'complete', contentBytes: 29 });
    }
  });
});
