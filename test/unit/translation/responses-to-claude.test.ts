// A client of the Responses API on Claude, spoken to in Anthropic's dialect or through Converse: what
// it reads, and how Claude's signed thoughts come back to Claude.

import { describe, expect, test } from 'vitest';
import {
  arrayAt,
  isObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  parseJson,
  stringAt,
} from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { customTool, plainRequest, responsesAddress, weatherTool } from '../../fixtures/responses-requests.ts';
import { requestOf, toConverse, toMessages } from '../../helpers/responses-to-claude.ts';
import { translatedStream } from '../../helpers/translated.ts';

function askedFor(change: JsonObject, model = 'm'): Asked {
  let ids = 0;
  return {
    model,
    body: { ...plainRequest, ...change },
    address: responsesAddress,
    newId: (prefix) => `${prefix}${(ids += 1)}`,
    nowS: 7,
  };
}

const thought = { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' };
const hidden = { type: 'redacted_thinking', data: 'b3BhcXVl' };
const usage = {
  input_tokens: 30,
  cache_read_input_tokens: 60,
  cache_creation_input_tokens: 10,
  output_tokens: 20,
  output_tokens_details: { thinking_tokens: 8 },
};
const shownUsage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 60 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 8 },
  total_tokens: 120,
};
const tools = [weatherTool, customTool];

function messageOf(content: readonly JsonObject[], stop_reason = 'end_turn'): JsonObject {
  return { type: 'message', id: 'msg_x', role: 'assistant', model: 'claude', content, stop_reason, usage };
}

describe('a whole answer', () => {
  test('has thoughts, text and calls as items, and usage in the form of Responses', () => {
    const content = [
      thought,
      { type: 'text', text: 'I look.' },
      { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } },
      { type: 'tool_use', id: 'toolu_2', name: 'apply_patch', input: { input: 'p' } },
    ];
    expect(toMessages.answer(messageOf(content, 'tool_use'), askedFor({ tools }))).toMatchObject({
      status: 'completed',
      model: 'm',
      output: [
        { type: 'reasoning', content: [{ text: 'Hm.' }], encrypted_content: expect.any(String) },
        { type: 'message', content: [{ type: 'output_text', text: 'I look.' }] },
        { type: 'function_call', call_id: 'toolu_1', arguments: '{"city":"Oslo"}' },
        { type: 'custom_tool_call', call_id: 'toolu_2', input: 'p' },
      ],
      usage: shownUsage,
    });
  });

  test.each([
    ['max_tokens', 'max_output_tokens'],
    ['refusal', 'content_filter'],
  ])('that ended by %s is incomplete', (stop, reason) => {
    const answer = toMessages.answer(messageOf([{ type: 'text', text: 'Half' }], stop), askedFor({}));
    expect(answer).toMatchObject({ status: 'incomplete', incomplete_details: { reason } });
  });

  test('of Converse is a response all the same', () => {
    const body = {
      output: { message: { role: 'assistant', content: [{ text: 'Hello' }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 40, cacheReadInputTokens: 60, outputTokens: 20, totalTokens: 120 },
    };
    expect(toConverse.answer(body, askedFor({}))).toMatchObject({
      status: 'completed',
      output: [{ content: [{ text: 'Hello' }] }],
      usage: { input_tokens: 100, input_tokens_details: { cached_tokens: 60 }, output_tokens: 20 },
    });
  });

  test.each([toMessages, toConverse])('that is none has no translation', (translation) => {
    expect(translation.answer({ object: 'list' }, askedFor({}))).toBeNull();
  });
});

const streamOfClaude = [
  { type: 'message_start', message: { ...messageOf([]), stop_reason: null, usage: { ...usage, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: thought.signature } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: hidden },
  { type: 'content_block_stop', index: 1 },
  { type: 'content_block_start', index: 2, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 2, delta: { type: 'text_delta', text: 'Wie schön: ☀' } },
  { type: 'content_block_stop', index: 2 },
  {
    type: 'content_block_start',
    index: 3,
    content_block: { type: 'tool_use', id: 'tu_1', name: 'weather', input: {} },
  },
  { type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: '{"city":' } },
  { type: 'content_block_delta', index: 3, delta: { type: 'input_json_delta', partial_json: '"Oslo"}' } },
  { type: 'content_block_stop', index: 3 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage },
  { type: 'message_stop' },
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join('');

function eventsIn(text: string): JsonObject[] {
  const events = text.split('\n\n').filter(Boolean);
  return events.map((frame) => {
    const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? [];
    const event = parseJson(data ?? '');
    if (!isObject(event) || event['type'] !== name) throw new Error(`no event: ${frame}`);
    return event;
  });
}

describe('a stream', () => {
  const body = { ...plainRequest, tools, stream: true };

  test('has its events in the order that clients demand, numbered', () => {
    const events = eventsIn(translatedStream(toMessages, streamOfClaude, { body }));
    const item = 'response.output_item';
    expect(events.map((event) => event['type'])).toEqual([
      'response.created',
      'response.in_progress',
      `${item}.added`,
      'response.content_part.added',
      'response.reasoning_text.delta',
      'response.reasoning_text.done',
      'response.content_part.done',
      `${item}.done`,
      `${item}.added`,
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      `${item}.done`,
      `${item}.added`,
      'response.function_call_arguments.delta',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      `${item}.done`,
      'response.completed',
    ]);
    expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, index) => index));
    expect(events.at(-1)).toMatchObject({
      response: {
        output: [{ type: 'reasoning' }, { type: 'message' }, { type: 'function_call', arguments: '{"city":"Oslo"}' }],
        usage: shownUsage,
      },
    });
  });

  test('reads the same wherever it is cut', () => {
    const whole = translatedStream(toMessages, streamOfClaude, { body });
    for (const pieceBytes of [1, 2, 3, 7, 64]) {
      expect(translatedStream(toMessages, streamOfClaude, { body, pieceBytes })).toBe(whole);
    }
  });

  test('that fails is told as a failure, and nothing after it', () => {
    const failing = `${streamOfClaude.slice(0, streamOfClaude.indexOf('event: content_block_start'))}event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })}\n\n`;
    const events = eventsIn(translatedStream(toMessages, failing, { body }));
    expect(events.slice(-2)).toMatchObject([
      { type: 'error', message: 'Overloaded' },
      { type: 'response.failed', response: { error: { code: 'overloaded_error' } } },
    ]);
  });
});

const outputOf = (answer: JsonObject | null): readonly JsonObject[] => arrayAt(answer, 'output').filter(isObject);
const next = (items: readonly JsonValue[]) => [
  { role: 'user', content: 'Weather?' },
  ...items,
  { type: 'function_call_output', call_id: 'tu_1', output: 'rain' },
];

describe('signed thoughts', () => {
  const called = [thought, hidden, { type: 'tool_use', id: 'tu_1', name: 'weather', input: {} }];
  test.each(['whole', 'streamed'])('of a %s answer come back before the call that followed from them', (form) => {
    const answer =
      form === 'whole'
        ? toMessages.answer(messageOf(called, 'tool_use'), askedFor({ tools }))
        : objectAt(
            eventsIn(translatedStream(toMessages, streamOfClaude, { body: { ...plainRequest, tools } })).at(-1) ?? null,
            'response',
          );
    const model = stringAt(answer, 'model') ?? '';
    const { messages } = requestOf(toMessages, { model, tools, input: next(outputOf(answer)) });
    expect(messages).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [thought, hidden, ...(form === 'whole' ? [] : [{ type: 'text' }]), { id: 'tu_1' }],
      },
      { role: 'user', content: [{ type: 'tool_result' }] },
    ]);
  });

  test('stay before what they were thought before', () => {
    const [reasoning] = outputOf(toMessages.answer(messageOf(called, 'tool_use'), askedFor({ tools })));
    const call = { type: 'function_call', call_id: 'tu_1', name: 'weather', arguments: '{}' };
    const said = { type: 'message', role: 'assistant', content: 'I look.' };
    const { messages } = requestOf(toMessages, { tools, input: next([said, reasoning ?? null, call]) });
    expect(messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ type: 'text' }, thought, hidden, { type: 'tool_use' }] },
      { role: 'user' },
    ]);
  });

  test.each<readonly [string, JsonObject]>([
    ['of another model', { model: 'other' }],
    ['that another provider encrypted', { encrypted_content: 'gAAAAAB' }],
    ['with a broken seal', { encrypted_content: 'headgate-thoughts:{' }],
    [
      'without a signature',
      { encrypted_content: 'headgate-thoughts:{"model":"m","thinking_blocks":[{"type":"thinking"}]}' },
    ],
  ])('%s are left out', (_what, { model = 'm', encrypted_content: sealed }) => {
    const [reasoning] = outputOf(toMessages.answer(messageOf(called, 'tool_use'), askedFor({ tools })));
    const item = { ...reasoning, ...(sealed !== undefined && { encrypted_content: sealed }) };
    const call = { type: 'function_call', call_id: 'tu_1', name: 'weather', arguments: '{}' };
    const { messages } = requestOf(toMessages, { model, tools, input: next([item, call]) });
    expect(messages).toMatchObject([{ role: 'user' }, { content: [{ type: 'tool_use' }] }, { role: 'user' }]);
  });
});
