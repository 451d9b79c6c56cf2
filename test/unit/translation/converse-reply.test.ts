// Answers of Converse in the words of other dialects, whole and streamed, in the exact order of their events.

import { describe, expect, test } from 'vitest';
import { isObject, type JsonObject, parseJson, stringAt } from '../../../schema/json.ts';
import type { Asked, Translation } from '../../../schema/translation.ts';
import { SseSplitter } from '../../../worker/metering/sse.ts';
import { chatToConverse } from '../../../worker/translation/chat-to-converse/chat-to-converse.ts';
import { messagesToConverse } from '../../../worker/translation/messages-to-converse/messages-to-converse.ts';

function askedWith(body: JsonObject = {}): Asked {
  let ids = 0;
  return {
    model: 'nova',
    body,
    address: { operation: 'any', model: null, search: '' },
    newId: (prefix) => `${prefix}${(ids += 1)}`,
    nowS: 1_764_063_000,
  };
}

type Event = readonly [name: string, payload: JsonObject];

/** The events that the client reads, and the text as it came. */
function stream(translation: Translation, events: readonly Event[], body: JsonObject = {}) {
  const rewriter = translation.stream(askedWith(body));
  const texts = events.map(([event, payload]) => rewriter.push({ event, data: JSON.stringify(payload) }));
  const text = texts.join('') + rewriter.end();
  const frames = new SseSplitter().push(new TextEncoder().encode(text));
  const read = frames.map(({ event, data }) => {
    const value = data === null ? undefined : parseJson(data);
    return { event, value: isObject(value) ? value : data };
  });
  return { read, texts, text };
}

const USAGE = { inputTokens: 10, outputTokens: 5, totalTokens: 21, cacheReadInputTokens: 4, cacheWriteInputTokens: 2 };
const START: Event = ['messageStart', { role: 'assistant' }];
const TEXT: readonly Event[] = [
  ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello ' } }],
  ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'world' } }],
  ['contentBlockStop', { contentBlockIndex: 0 }],
];
const TOOLS: readonly Event[] = [
  ['contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't1', name: 'weather' } } }],
  ['contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{"city":' } } }],
  ['contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '"Oslo"}' } } }],
  ['contentBlockStop', { contentBlockIndex: 1 }],
  ['contentBlockStart', { contentBlockIndex: 2, start: { toolUse: { toolUseId: 't2', name: 'now' } } }],
  ['contentBlockStop', { contentBlockIndex: 2 }],
];
const STOP: Event = ['messageStop', { stopReason: 'tool_use' }];
const METADATA: Event = ['metadata', { usage: USAGE, metrics: { latencyMs: 9 } }];
const EXCEPTION: Event = ['exception', { type: 'throttlingException', message: 'Slow down' }];
const ALL = [START, ...TEXT, ...TOOLS, STOP, METADATA];

const ANSWER: JsonObject = {
  output: {
    message: {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } },
        { reasoningContent: { redactedContent: 'cmVk' } },
        { text: 'Hello ' },
        { text: 'world' },
        { toolUse: { toolUseId: 't1', name: 'weather', input: { city: 'Oslo' } } },
      ],
    },
  },
  stopReason: 'tool_use',
  usage: USAGE,
};

const THOUGHT: readonly Event[] = [
  ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm.' } } }],
  ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 's' } } }],
  ['contentBlockStop', { contentBlockIndex: 0 }],
  ['contentBlockStart', { contentBlockIndex: 1, start: {} }],
  ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Hi' } }],
  ['contentBlockStop', { contentBlockIndex: 1 }],
];

function choice(delta: object, finish: string | null = null): readonly object[] {
  return [{ index: 0, delta, logprobs: null, finish_reason: finish }];
}

describe('as a chat completion', () => {
  test('a whole answer', () => {
    expect(chatToConverse.answer(ANSWER, askedWith())).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_764_063_000,
      model: 'nova',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Hello world',
            refusal: null,
            reasoning_content: 'Hm.',
            thinking_blocks: [
              { type: 'thinking', thinking: 'Hm.', signature: 's' },
              { type: 'redacted_thinking', data: 'cmVk' },
            ],
            tool_calls: [{ id: 't1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
      usage: {
        prompt_tokens: 16,
        completion_tokens: 5,
        total_tokens: 21,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
      },
    });
  });

  test('bounds how deep the arguments of a call are written', () => {
    const nested = JSON.parse(`${'{"a":'.repeat(60)}1${'}'.repeat(60)}`);
    const content = [{ toolUse: { toolUseId: 't1', name: 'weather', input: nested } }];
    const answer = chatToConverse.answer({ ...ANSWER, output: { message: { content } } }, askedWith());
    expect(JSON.stringify(answer)).toContain('nested deeper than 48 levels');
  });

  test('a stream of thoughts tells them as they come, and whole once they are signed', () => {
    const { read } = stream(chatToConverse, [START, ...THOUGHT, STOP, METADATA]);
    expect(read.slice(1, 4).map(({ value }) => value)).toMatchObject([
      { choices: choice({ reasoning_content: 'Hm.' }) },
      { choices: choice({ thinking_blocks: [{ type: 'thinking', thinking: 'Hm.', signature: 's' }] }) },
      { choices: choice({ content: 'Hi' }) },
    ]);
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['something new', 'stop'],
  ])('that ended by %s has finished by %s', (stopReason, finish) => {
    expect(chatToConverse.answer({ ...ANSWER, stopReason }, askedWith())).toMatchObject({
      choices: [{ finish_reason: finish }],
    });
  });

  test('is none without a message', () => {
    expect(chatToConverse.answer({ message: 'odd' }, askedWith())).toBeNull();
  });

  test('a stream', () => {
    const { read } = stream(chatToConverse, ALL, { stream_options: { include_usage: true } });
    const deltas = read.slice(0, -2).map(({ value }) => (isObject(value) ? value['choices'] : value));
    const call = (index: number, rest: object) => choice({ tool_calls: [{ index, ...rest }] });
    expect(deltas).toEqual([
      choice({ role: 'assistant', content: '', refusal: null }),
      choice({ content: 'Hello ' }),
      choice({ content: 'world' }),
      call(0, { id: 't1', type: 'function', function: { name: 'weather', arguments: '' } }),
      call(0, { function: { arguments: '{"city":' } }),
      call(0, { function: { arguments: '"Oslo"}' } }),
      call(1, { id: 't2', type: 'function', function: { name: 'now', arguments: '' } }),
      call(1, { function: { arguments: '{}' } }),
      choice({}, 'tool_calls'),
    ]);
    expect(read.slice(0, -2).every(({ value }) => isObject(value) && value['usage'] === null)).toBe(true);
    expect(read.at(-2)?.value).toMatchObject({ choices: [], usage: { prompt_tokens: 16, total_tokens: 21 } });
    expect(read.at(-1)?.value).toBe('[DONE]');
    expect(new Set(read.map(({ event }) => event))).toEqual(new Set([null]));
  });

  test('a stream tells no usage that was not asked for', () => {
    expect(stream(chatToConverse, ALL).text).not.toContain('usage');
  });

  test.each([
    ['before its end', [START, ...TEXT, METADATA, STOP]],
    ['never', [START, ...TEXT, STOP]],
  ])('a stream whose usage comes %s ends once', (_, events) => {
    const { read } = stream(chatToConverse, events, { stream_options: { include_usage: true } });
    expect(read.filter(({ value }) => value === '[DONE]')).toHaveLength(1);
    expect(read.at(-2)?.value).toMatchObject({ choices: [] });
    expect(read.at(-3)?.value).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] });
  });

  test('a stream that fails says so and does not end as if it had not', () => {
    const { read } = stream(chatToConverse, [START, EXCEPTION, STOP]);
    expect(read.at(-1)?.value).toMatchObject({ error: { message: 'Slow down', type: 'rate_limit_error' } });
    expect(read).toHaveLength(2);
  });

  test('a stream that breaks off has no end', () => {
    expect(stream(chatToConverse, [START, ...TEXT]).text).not.toContain('[DONE]');
  });
});

describe('as one of the messages', () => {
  test('a whole answer', () => {
    expect(messagesToConverse.answer(ANSWER, askedWith())).toEqual({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'nova',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 's' },
        { type: 'redacted_thinking', data: 'cmVk' },
        { type: 'text', text: 'Hello ' },
        { type: 'text', text: 'world' },
        { type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Oslo' } },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 2,
        cache_read_input_tokens: 4,
        output_tokens: 5,
      },
    });
  });

  test.each([
    ['end_turn', 'end_turn'],
    ['stop_sequence', 'stop_sequence'],
    ['max_tokens', 'max_tokens'],
    ['guardrail_intervened', 'refusal'],
    ['something new', 'end_turn'],
  ])('that ended by %s stopped by %s', (stopReason, expected) => {
    expect(messagesToConverse.answer({ ...ANSWER, stopReason }, askedWith())).toMatchObject({ stop_reason: expected });
  });

  test('a stream', () => {
    const { read } = stream(messagesToConverse, [START, ...THOUGHT, ...TOOLS.slice(4), STOP, METADATA]);
    expect(read.map(({ value }) => value)).toEqual([
      {
        type: 'message_start',
        message: expect.objectContaining({ role: 'assistant', model: 'nova', content: [], stop_reason: null }),
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 's' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Hi' } },
      { type: 'content_block_stop', index: 1 },
      { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', id: 't2', name: 'now', input: {} } },
      { type: 'content_block_stop', index: 2 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'tool_use', stop_sequence: null },
        usage: { input_tokens: 10, cache_creation_input_tokens: 2, cache_read_input_tokens: 4, output_tokens: 5 },
      },
      { type: 'message_stop' },
    ]);
    for (const { event, value } of read) expect(value).toMatchObject({ type: event });
  });

  test('a stream has the arguments of its tools as they come', () => {
    const { read } = stream(messagesToConverse, [START, ...TOOLS.slice(0, 4), STOP, METADATA]);
    const pieces = read.flatMap(({ value }) => {
      const delta = isObject(value) ? value['delta'] : null;
      return isObject(delta) && delta['type'] === 'input_json_delta' ? [stringAt(delta, 'partial_json')] : [];
    });
    expect(pieces.join('')).toBe('{"city":"Oslo"}');
  });

  test('a stream without announcements has them all the same', () => {
    const { read } = stream(messagesToConverse, [...TEXT, METADATA, STOP]);
    expect(read.map(({ event }) => event)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('a stream that ends within a block ends the block first', () => {
    const { read } = stream(messagesToConverse, [START, ...TEXT.slice(0, 2), STOP, METADATA]);
    expect(read.slice(-3).map(({ event }) => event)).toEqual(['content_block_stop', 'message_delta', 'message_stop']);
  });

  test('a stream that fails says so', () => {
    const { read } = stream(messagesToConverse, [START, EXCEPTION, STOP, METADATA]);
    expect(read.map(({ event }) => event)).toEqual(['message_start', 'error']);
    expect(read.at(-1)?.value).toEqual({ type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } });
  });
});
