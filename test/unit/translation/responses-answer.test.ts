// What a chat completion becomes for a client of the Responses API, whole and event by event.

import { describe, expect, test } from 'vitest';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { responsesToChat } from '../../../worker/translation/responses-to-chat/responses-to-chat.ts';
import { customTool, plainRequest, responsesAddress, weatherTool } from '../../fixtures/responses-requests.ts';

function askedFor(body: JsonObject): Asked {
  let ids = 0;
  return {
    model: 'public',
    body: { ...plainRequest, ...body },
    address: responsesAddress,
    newId: (prefix) => `${prefix}${(ids += 1)}`,
    nowS: 7,
  };
}

const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 64 },
  completion_tokens_details: { reasoning_tokens: 8 },
};
const shownUsage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 64 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 8 },
  total_tokens: 120,
};
const call = (id: string, name: string, written: string, index?: number) => ({
  ...(index !== undefined && { index }),
  id,
  type: 'function',
  function: { name, arguments: written },
});

function answer(message: JsonObject, finish: string, body: JsonObject = {}): JsonObject | null {
  return responsesToChat.answer({ choices: [{ index: 0, message, finish_reason: finish }], usage }, askedFor(body));
}

describe('a whole answer', () => {
  test('has thoughts, text and calls as items of their own, and usage in the form of Responses', () => {
    const message = {
      role: 'assistant',
      reasoning_content: 'Hm.',
      content: 'Let me see.',
      tool_calls: [call('c1', 'weather', '{}'), call('c2', 'apply_patch', '{"input":"a\\nb"}')],
    };
    expect(answer(message, 'tool_calls', { tools: [weatherTool, customTool] })).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'public',
      created_at: 7,
      output: [
        { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'Hm.' }] },
        { type: 'message', status: 'completed', content: [{ type: 'output_text', text: 'Let me see.' }] },
        { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{}' },
        { type: 'custom_tool_call', call_id: 'c2', name: 'apply_patch', input: 'a\nb' },
      ],
      usage: shownUsage,
    });
  });

  test('takes thoughts and text from the parts of the content, as Mistral sends them', () => {
    const content = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
      { type: 'text', text: 'So.' },
    ];
    const output = [
      { type: 'reasoning', content: [{ text: 'Hm.' }] },
      { type: 'message', content: [{ type: 'output_text', text: 'So.' }] },
    ];
    expect(answer({ content }, 'stop')).toMatchObject({ output });
    expect(streamed([delta({ content }, 'stop'), '[DONE]']).at(-1)).toMatchObject({ response: { output } });
  });

  test('calls a tool of a namespace by its own name', () => {
    const tools = [{ type: 'namespace', name: 'files', tools: [weatherTool] }];
    const message = { tool_calls: [call('c1', 'files__weather', '{}'), call('c2', 'never_offered', '{}')] };
    expect(answer(message, 'tool_calls', { tools })).toMatchObject({
      output: [
        { type: 'function_call', namespace: 'files', name: 'weather' },
        { type: 'function_call', name: 'never_offered' },
      ],
    });
  });

  test.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ])('that ended by %s is incomplete', (finish, reason) => {
    expect(answer({ content: 'Half' }, finish)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason },
      output: [{ status: 'incomplete' }],
    });
  });

  test('that is none has no translation', () => {
    expect(responsesToChat.answer({ object: 'list' }, askedFor({}))).toBeNull();
  });
});

interface SaidEvent extends JsonObject {
  readonly type: string;
}

function isSaid(value: JsonValue | undefined): value is SaidEvent {
  return isObject(value) && typeof value['type'] === 'string';
}

/** What the client reads of these chunks; each event's name is its type. */
function streamed(chunks: readonly (JsonObject | string)[], body: JsonObject = {}): SaidEvent[] {
  const stream = responsesToChat.stream(askedFor(body));
  const text =
    chunks
      .map((chunk) => stream.push({ event: null, data: typeof chunk === 'string' ? chunk : JSON.stringify(chunk) }))
      .join('') + stream.end();
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

const delta = (content: JsonObject, finish: string | null = null) => ({
  choices: [{ index: 0, delta: content, finish_reason: finish }],
});

describe('a stream', () => {
  test('of text has its events in order, numbered, and the whole response last', () => {
    const events = streamed([
      delta({ role: 'assistant', content: '' }),
      delta({ content: 'Hel' }),
      delta({ content: 'lo' }),
      delta({}, 'stop'),
      { choices: [], usage },
      '[DONE]',
    ]);
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, index) => index));
    expect(events.at(-1)).toMatchObject({
      response: { status: 'completed', output: [{ content: [{ text: 'Hello' }] }], usage: shownUsage },
    });
  });

  test('of thoughts, text and parallel calls keeps each in its place', () => {
    const events = streamed(
      [
        delta({ role: 'assistant', reasoning_content: 'Hm' }),
        delta({ content: 'Two.' }),
        delta({ tool_calls: [call('c1', 'weather', '', 0)] }),
        delta({ tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] }),
        delta({ tool_calls: [call('c2', 'apply_patch', '{"input":', 1)] }),
        delta({
          tool_calls: [
            { index: 0, function: { arguments: '1}' } },
            { index: 1, function: { arguments: '"p"}' } },
          ],
        }),
        delta({}, 'tool_calls'),
        '[DONE]',
      ],
      { tools: [weatherTool, customTool] },
    );
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: {
        output: [
          { type: 'reasoning', content: [{ text: 'Hm' }] },
          { type: 'message', content: [{ text: 'Two.' }] },
          { type: 'function_call', call_id: 'c1', arguments: '{"a":1}' },
          { type: 'custom_tool_call', call_id: 'c2', input: 'p' },
        ],
        usage: null,
      },
    });
    const patch = events.filter(({ type }) => type.includes('custom_tool_call_input'));
    expect(patch).toMatchObject([
      { output_index: 3, delta: 'p' },
      { output_index: 3, input: 'p' },
    ]);
    const added = events
      .filter(({ type }) => type === 'response.output_item.added')
      .map((event) => event['output_index']);
    const done = events
      .filter(({ type }) => type === 'response.output_item.done')
      .map((event) => event['output_index']);
    expect([added, done]).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
  });

  test('keeps the calls of a server apart that numbers them all 0, or not at all', () => {
    for (const index of [0, undefined]) {
      const pieces = [call('c1', 'weather', '{"a":', index), { index, function: { arguments: '1}' } }];
      const events = streamed(
        [
          ...pieces.map((piece) => delta({ tool_calls: [piece] })),
          delta({ tool_calls: [call('c2', 'weather', '{"a":2}', index)] }),
          delta({}, 'tool_calls'),
          '[DONE]',
        ],
        { tools: [weatherTool] },
      );
      expect(events.at(-1)).toMatchObject({
        response: {
          output: [
            { call_id: 'c1', arguments: '{"a":1}' },
            { call_id: 'c2', arguments: '{"a":2}' },
          ],
        },
      });
    }
  });

  test('that is cut by its cap is incomplete, and one without its last word is completed all the same', () => {
    expect(streamed([delta({ content: 'Half' }, 'length')]).at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { incomplete_details: { reason: 'max_output_tokens' }, output: [{ status: 'incomplete' }] },
    });
  });

  test('that fails says so in the two events that clients know, and nothing after it', () => {
    const events = streamed([
      delta({ content: 'Ha' }),
      { error: { message: 'Overloaded.', code: 'overloaded' } },
      delta({ content: 'x' }),
      '[DONE]',
    ]);
    expect(events.slice(-2)).toMatchObject([
      { type: 'error', message: 'Overloaded.', code: 'overloaded' },
      { type: 'response.failed', response: { status: 'failed', error: { code: 'overloaded' } } },
    ]);
  });
});
