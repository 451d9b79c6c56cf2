// What a Claude message becomes for a client of chat completions, whole and event by event.

import { describe, expect, test } from 'vitest';
import { isObject, type JsonObject, parseJson } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { chatToMessages } from '../../../worker/translation/chat-to-messages/chat-to-messages.ts';
import { chatAddress, plainChat } from '../../fixtures/chat-requests.ts';

const usage = {
  input_tokens: 30,
  cache_creation_input_tokens: 6,
  cache_read_input_tokens: 64,
  output_tokens: 20,
  output_tokens_details: { thinking_tokens: 8 },
};
const shownUsage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 64, cache_write_tokens: 6 },
  completion_tokens_details: { reasoning_tokens: 8 },
};

function askedFor(change: JsonObject): Asked {
  let ids = 0;
  const newId = (prefix: string) => `${prefix}${(ids += 1)}`;
  return { model: 'public', body: { ...plainChat, ...change }, address: chatAddress, newId, nowS: 7 };
}

function answer(content: readonly JsonObject[], stop_reason: string): JsonObject | null {
  return chatToMessages.answer(
    { type: 'message', id: 'msg_x', role: 'assistant', model: 'claude', content, stop_reason, usage },
    askedFor({}),
  );
}

describe('a whole answer', () => {
  test('has its text joined, its thoughts, its calls, and usage in the form of chat completions', () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 's' },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'text', text: 'I ' },
      { type: 'text', text: 'look.' },
      { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } },
      { type: 'tool_use', id: 'toolu_2', name: 'time', input: {} },
    ];
    expect(answer(content, 'tool_use')).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 7,
      model: 'public',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'I look.',
            refusal: null,
            reasoning_content: 'Hm.',
            thinking_blocks: [
              { type: 'thinking', thinking: 'Hm.', signature: 's' },
              { type: 'redacted_thinking', data: 'x' },
            ],
            tool_calls: [
              { id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
              { id: 'toolu_2', type: 'function', function: { name: 'time', arguments: '{}' } },
            ],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
      usage: shownUsage,
    });
  });

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
  ])('that stopped with %s finished by %s', (stop, finish) => {
    expect(answer([{ type: 'text', text: 'x' }], stop)).toMatchObject({ choices: [{ finish_reason: finish }] });
  });

  test('of a call alone has no content, and an empty one has an empty text', () => {
    const call = { type: 'tool_use', id: 't', name: 'time', input: {} };
    expect(answer([call], 'tool_use')).toMatchObject({ choices: [{ message: { content: null } }] });
    expect(answer([], 'end_turn')).toMatchObject({ choices: [{ message: { content: '' } }] });
  });

  test('that is none has no translation', () => {
    expect(chatToMessages.answer({ type: 'error', error: { message: 'x' } }, askedFor({}))).toBeNull();
  });
});

/** What the client reads of these events; its last word may be `[DONE]`. */
function streamed(events: readonly JsonObject[], change: JsonObject = {}): (JsonObject | string)[] {
  const stream = chatToMessages.stream(askedFor(change));
  const pushed = events.map((event) => stream.push({ event: null, data: JSON.stringify(event) }));
  return (pushed.join('') + stream.end())
    .split('\n\n')
    .filter(Boolean)
    .map((frame) => {
      const [, data] = /^data: (.*)$/.exec(frame) ?? [];
      if (data === '[DONE]') return data;
      const chunk = parseJson(data ?? '');
      if (!isObject(chunk)) throw new Error(`no chunk: ${frame}`);
      return chunk;
    });
}

/** The choice of each chunk, without what is the same in all. */
function choicesOf(said: readonly (JsonObject | string)[]): unknown[] {
  return said.map((chunk) => {
    if (typeof chunk === 'string' || !Array.isArray(chunk['choices'])) return chunk;
    const [first] = chunk['choices'];
    return isObject(first) ? (first['finish_reason'] ?? first['delta']) : 'usage';
  });
}

const start = { type: 'message_start', message: { id: 'msg_x', content: [], usage: { ...usage, output_tokens: 1 } } };
const block = (index: number, content_block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, said: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta: said });
const stop = (index: number): JsonObject => ({ type: 'content_block_stop', index });
const ending = (stop_reason: string, said: JsonObject = { output_tokens: 20 }): JsonObject[] => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: said },
  { type: 'message_stop' },
];
const begunCall = (index: number, id: string, name: string): JsonObject => ({
  tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
});
const fragment = (index: number, text: string): JsonObject => ({
  tool_calls: [{ index, function: { arguments: text } }],
});
const opening = { role: 'assistant', content: '', refusal: null };

describe('a stream', () => {
  test('of text has its chunks in the order of OpenAI, pings left out', () => {
    const said = streamed([
      start,
      block(0, { type: 'text', text: '' }),
      { type: 'ping' },
      delta(0, { type: 'text_delta', text: 'Hel' }),
      { type: 'ping' },
      delta(0, { type: 'text_delta', text: 'lo' }),
      stop(0),
      ...ending('end_turn'),
    ]);
    expect(choicesOf(said)).toEqual([opening, { content: 'Hel' }, { content: 'lo' }, 'stop', '[DONE]']);
    expect(said[0]).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 7,
      model: 'public',
      choices: [{ index: 0, delta: opening, logprobs: null, finish_reason: null }],
    });
  });

  test('tells its usage last, and only to a client that asked for it', () => {
    const events = [start, ...ending('end_turn')];
    const told = streamed(events, { stream_options: { include_usage: true } });
    expect(choicesOf(told)).toEqual([opening, 'stop', 'usage', '[DONE]']);
    expect(told).toMatchObject([{ usage: null }, { usage: null }, { choices: [], usage: shownUsage }, '[DONE]']);
    expect(choicesOf(streamed(events))).toEqual([opening, 'stop', '[DONE]']);
  });

  test('takes the last report of each kind of tokens, where it is not null', () => {
    const later = { input_tokens: 31, cache_read_input_tokens: null, output_tokens: 25 };
    const told = streamed([start, ...ending('end_turn', later)], { stream_options: { include_usage: true } });
    expect(told.at(-2)).toMatchObject({
      usage: {
        prompt_tokens: 101,
        completion_tokens: 25,
        total_tokens: 126,
        prompt_tokens_details: { cached_tokens: 64 },
      },
    });
  });

  test('of thoughts, text and parallel calls gives each call its place', () => {
    const said = streamed([
      start,
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
      delta(0, { type: 'signature_delta', signature: 'abc' }),
      stop(0),
      block(1, { type: 'text', text: 'Two' }),
      delta(1, { type: 'text_delta', text: '.' }),
      stop(1),
      block(2, { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }),
      delta(2, { type: 'input_json_delta', partial_json: '' }),
      delta(2, { type: 'input_json_delta', partial_json: '{"city":' }),
      delta(2, { type: 'input_json_delta', partial_json: '"Oslo"}' }),
      stop(2),
      block(3, { type: 'tool_use', id: 'toolu_2', name: 'time', input: {} }),
      delta(3, { type: 'input_json_delta', partial_json: '' }),
      stop(3),
      ...ending('tool_use'),
    ]);
    expect(choicesOf(said)).toEqual([
      opening,
      { reasoning_content: 'Hm' },
      { thinking_blocks: [{ type: 'thinking', thinking: 'Hm', signature: 'abc' }] },
      { content: 'Two' },
      { content: '.' },
      begunCall(0, 'toolu_1', 'weather'),
      fragment(0, '{"city":'),
      fragment(0, '"Oslo"}'),
      begunCall(1, 'toolu_2', 'time'),
      fragment(1, '{}'),
      'tool_calls',
      '[DONE]',
    ]);
  });

  test('that fails says so, and nothing after it, not even that it is done', () => {
    const said = streamed([
      start,
      block(0, { type: 'text', text: 'Ha' }),
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      delta(0, { type: 'text_delta', text: 'x' }),
      ...ending('end_turn'),
    ]);
    expect(said.at(-1)).toEqual({
      error: { message: 'Overloaded', type: 'server_error', param: null, code: 'overloaded_error' },
    });
    expect(choicesOf(said)).toHaveLength(3);
  });

  test('hears no event that it does not know, and nothing after the last', () => {
    const said = streamed([start, { type: 'news', text: 'x' }, ...ending('max_tokens'), start]);
    expect(choicesOf(said)).toEqual([opening, 'length', '[DONE]']);
  });
});
