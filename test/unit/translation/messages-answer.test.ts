// What a chat completion becomes for an Anthropic client, whole and event by event.

import { describe, expect, test } from 'vitest';
import { isObject, type JsonObject, type JsonValue, parseJson, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { messagesToChat } from '../../../worker/translation/messages-to-chat/messages-to-chat.ts';
import { messagesAddress, plainMessages } from '../../fixtures/messages-requests.ts';

const thinking = { thinking: { type: 'enabled', budget_tokens: 50 } };
const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 64, cache_write_tokens: 6 },
};
const shownUsage = {
  input_tokens: 30,
  cache_creation_input_tokens: 6,
  cache_read_input_tokens: 64,
  output_tokens: 20,
};

function askedFor(change: JsonObject): Asked {
  let ids = 0;
  const newId = (prefix: string) => `${prefix}${(ids += 1)}`;
  return { model: 'public', body: { ...plainMessages, ...change }, address: messagesAddress, newId, nowS: 7 };
}

function answer(
  message: JsonObject,
  finish: string,
  change: JsonObject = {},
  more: JsonObject = {},
): JsonObject | null {
  const choice = { index: 0, message, finish_reason: finish, ...more };
  return messagesToChat.answer({ choices: [choice], usage }, askedFor(change));
}

function call(id: string, written: string, index?: number): JsonObject {
  return {
    ...(index !== undefined && { index }),
    id,
    type: 'function',
    function: { name: 'Read', arguments: written },
  };
}

describe('a whole answer', () => {
  test('has its blocks in order, and usage in three kinds of input', () => {
    const message = {
      reasoning_content: 'Hm.',
      content: 'I look.',
      tool_calls: [call('c1', '{"path":"a"}'), call('c2', '')],
    };
    expect(answer(message, 'tool_calls', thinking)).toEqual({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'public',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: '' },
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'c1', name: 'Read', input: { path: 'a' } },
        { type: 'tool_use', id: 'c2', name: 'Read', input: {} },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: shownUsage,
    });
  });

  test('keeps thoughts from a client that did not ask for them', () => {
    expect(answer({ reasoning_content: 'Hm.', content: 'So.' }, 'stop')).toMatchObject({
      content: [{ type: 'text', text: 'So.' }],
    });
  });

  test('shows arguments that are no JSON as they were written', () => {
    expect(answer({ tool_calls: [call('c1', '{"path":')] }, 'stop')).toMatchObject({
      content: [{ type: 'tool_use', input: { invalid_arguments: '{"path":' } }],
      stop_reason: 'tool_use',
    });
  });

  test.each<[string, JsonObject, string, string | null]>([
    ['stop', {}, 'end_turn', null],
    ['stop', { stop_reason: 'END' }, 'stop_sequence', 'END'],
    ['length', {}, 'max_tokens', null],
    ['content_filter', {}, 'refusal', null],
  ])('that ended by %s %j stops with %s', (finish, more, reason, sequence) => {
    expect(answer({ content: 'x' }, finish, {}, more)).toMatchObject({ stop_reason: reason, stop_sequence: sequence });
  });

  test('counts reasoning that comes on top of the completion', () => {
    const onTop = { ...usage, total_tokens: 130, completion_tokens_details: { reasoning_tokens: 10 } };
    const choices = [{ message: { content: 'x' }, finish_reason: 'stop' }];
    expect(messagesToChat.answer({ choices, usage: onTop }, askedFor({}))).toMatchObject({
      usage: { output_tokens: 30 },
    });
  });

  test('that is none has no translation', () => {
    expect(messagesToChat.answer({ error: 'x' }, askedFor({}))).toBeNull();
  });
});

interface SaidEvent extends JsonObject {
  readonly type: string;
}

function isSaid(value: JsonValue | undefined): value is SaidEvent {
  return isObject(value) && typeof value['type'] === 'string';
}

/** What the client reads of these chunks; each event's name is its type. */
function streamed(chunks: readonly (JsonObject | string)[], change: JsonObject = {}): SaidEvent[] {
  const stream = messagesToChat.stream(askedFor(change));
  const datas = chunks.map((chunk) => (typeof chunk === 'string' ? chunk : JSON.stringify(chunk)));
  const text = datas.map((data) => stream.push({ event: null, data })).join('') + stream.end();
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((frame) => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? [];
      const event = parseJson(data ?? '');
      if (!isSaid(event) || event.type !== name) throw new Error(`no event: ${frame}`);
      return event;
    });
}

function delta(content: JsonObject, finish: string | null = null): JsonObject {
  return { choices: [{ index: 0, delta: content, finish_reason: finish }] };
}

function wordOf(value: JsonValue | undefined, name: string): string {
  return (isObject(value) ? stringAt(value, name) : null) ?? '';
}

/** The blocks as a client puts them together; throws where one is not started, filled and stopped in its turn. */
function blocksOf(events: readonly SaidEvent[]): string[] {
  const blocks: string[] = [];
  let open: number | null = null;
  for (const event of events) {
    const index = event['index'];
    if (event.type === 'content_block_start') {
      expect([open, index]).toEqual([null, blocks.length]);
      open = blocks.length;
      blocks.push(`${wordOf(event['content_block'], 'type')} `);
    } else if (event.type === 'content_block_delta') {
      expect(index).toBe(open);
      const said = ['text', 'thinking', 'partial_json'].map((name) => wordOf(event['delta'], name));
      blocks[blocks.length - 1] += said.join('');
    } else if (event.type === 'content_block_stop') {
      expect(index).toBe(open);
      open = null;
    }
  }
  expect(open).toBeNull();
  return blocks;
}

describe('a stream', () => {
  test('of text has its events in the order that clients demand, and its usage last', () => {
    const events = streamed([
      delta({ role: 'assistant', content: '' }),
      delta({ content: 'Hel' }),
      delta({ content: 'lo' }),
      delta({}, 'stop'),
      { choices: [], usage },
      '[DONE]',
    ]);
    expect(events).toMatchObject([
      { type: 'message_start', message: { id: 'msg_1', model: 'public', content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: shownUsage },
      { type: 'message_stop' },
    ]);
  });

  test('of thoughts, text and mixed calls writes one block after the other', () => {
    const events = streamed(
      [
        delta({ reasoning: 'Hm' }),
        delta({ content: 'Two.' }),
        delta({ tool_calls: [call('c1', '', 0)] }),
        delta({ tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] }),
        delta({ tool_calls: [call('c2', '{"b"', 1)] }),
        delta({
          tool_calls: [
            { index: 0, function: { arguments: '1}' } },
            { index: 1, function: { arguments: ':2}' } },
          ],
        }),
        delta({}, 'tool_calls'),
        '[DONE]',
      ],
      thinking,
    );
    expect(blocksOf(events)).toEqual(['thinking Hm', 'text Two.', 'tool_use {"a":1}', 'tool_use {"b":2}']);
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } });
  });

  test('takes calls in one piece without an index, and text after them', () => {
    const pieces = [delta({ tool_calls: [call('c1', '{}'), call('c2', '{}')] }), delta({ content: 'Done.' }, 'stop')];
    expect(blocksOf(streamed(pieces))).toEqual(['tool_use {}', 'tool_use {}', 'text Done.']);
  });

  test('without a word and without [DONE] ends properly all the same', () => {
    expect(streamed([delta({ role: 'assistant' }, 'length')]).map(({ type }) => type)).toEqual([
      'message_start',
      'message_delta',
      'message_stop',
    ]);
  });

  test('takes usage wherever it comes', () => {
    const chunks = [
      { ...delta({ content: 'x' }), usage: { prompt_tokens: 9 } },
      { ...delta({}, 'stop'), usage },
      '[DONE]',
    ];
    expect(streamed(chunks).at(-2)).toMatchObject({ usage: shownUsage });
  });

  test('that fails says so, and nothing after it', () => {
    const events = streamed([
      delta({ content: 'Ha' }),
      { error: { message: 'Overloaded.' } },
      delta({ content: 'x' }),
      '[DONE]',
    ]);
    expect(events.at(-1)).toEqual({ type: 'error', error: { type: 'api_error', message: 'Overloaded.' } });
  });
});
