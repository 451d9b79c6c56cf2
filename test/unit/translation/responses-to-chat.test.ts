// A Responses client on a model that speaks chat completions: what is carried, what is refused, and the events it reads.

import { describe, expect, test } from 'vitest';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { responsesToChat } from '../../../worker/translation/responses-to-chat/responses-to-chat.ts';

const address = { operation: 'responses', model: null, search: '' };
const valid = { model: 'm', input: 'Hello' };
const custom = {
  type: 'custom',
  name: 'apply_patch',
  description: 'Patches.',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
};
const weather = { type: 'function', name: 'weather', parameters: { type: 'object' }, strict: false };

function chatOf(change: JsonObject): JsonObject {
  const translated = responsesToChat.request({ ...valid, ...change }, address);
  if (!translated.ok) throw new Error(translated.failure.message);
  return translated.value.body;
}

function refusalOf(change: JsonObject): string {
  const translated = responsesToChat.request({ ...valid, ...change }, address);
  return translated.ok ? 'taken' : `${translated.failure.field}: ${translated.failure.message}`;
}

function askedFor(body: JsonObject): Asked {
  let ids = 0;
  return {
    model: 'public',
    body: { ...valid, ...body },
    address,
    newId: (prefix) => `${prefix}${(ids += 1)}`,
    nowS: 7,
  };
}

describe('a request', () => {
  test('becomes messages, and asks a stream for its usage', () => {
    expect(responsesToChat.request({ ...valid, stream: true, instructions: 'Be brief.' }, address)).toEqual({
      ok: true,
      value: {
        body: {
          model: 'm',
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'Hello' },
          ],
          stream: true,
          stream_options: { include_usage: true },
        },
        address: { operation: 'chat/completions', model: null, search: '' },
      },
    });
  });

  test('keeps the calls of one turn in one message, and their outputs behind it', () => {
    const input = [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Weather?' },
          { type: 'input_text', text: 'Both.' },
        ],
      },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'secret' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look.', annotations: [] }] },
      { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c2', name: 'apply_patch', input: '*** "x"\n' },
      { type: 'function_call_output', call_id: 'c1', output: 'rain' },
      { type: 'custom_tool_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'done' }] },
      { type: 'function_call', call_id: 'c3', name: 'weather', arguments: '{}' },
    ];
    const call = (id: string, name: string, written: string) => ({
      id,
      type: 'function',
      function: { name, arguments: written },
    });
    expect(chatOf({ input })['messages']).toEqual([
      { role: 'user', content: 'Weather?\nBoth.' },
      {
        role: 'assistant',
        content: 'I look.',
        tool_calls: [call('c1', 'weather', '{"city":"Oslo"}'), call('c2', 'apply_patch', '{"input":"*** \\"x\\"\\n"}')],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'rain' },
      { role: 'tool', tool_call_id: 'c2', content: 'done' },
      { role: 'assistant', content: null, tool_calls: [call('c3', 'weather', '{}')] },
    ]);
  });

  test('carries images, a cap, a format, an effort and what is the same in both', () => {
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' };
    const format = { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: true };
    expect(
      chatOf({
        input: [
          { role: 'developer', content: 'Rules.' },
          { role: 'user', content: [{ type: 'input_text', text: 'See' }, image] },
        ],
        max_output_tokens: 50,
        temperature: 0.2,
        parallel_tool_calls: false,
        reasoning: { effort: 'minimal', summary: 'auto' },
        text: { format, verbosity: 'low' },
        store: false,
        include: ['reasoning.encrypted_content'],
      }),
    ).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: 'Rules.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
          ],
        },
      ],
      max_tokens: 50,
      temperature: 0.2,
      parallel_tool_calls: false,
      reasoning_effort: 'low',
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: { type: 'object' }, strict: true },
      },
    });
  });

  test('offers a tool of free text as a function with that text', () => {
    const { tools, tool_choice: choice } = chatOf({
      tools: [weather, custom],
      tool_choice: { type: 'custom', name: 'apply_patch' },
    });
    expect(tools).toMatchObject([
      { type: 'function', function: { name: 'weather', parameters: { type: 'object' }, strict: false } },
      {
        type: 'function',
        function: {
          name: 'apply_patch',
          description: expect.stringContaining('lark grammar:\nstart: "x"'),
          parameters: { required: ['input'] },
        },
      },
    ]);
    expect(choice).toEqual({ type: 'function', function: { name: 'apply_patch' } });
  });

  test('offers the allowed tools alone, and makes no choice among none', () => {
    const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'weather' }] };
    expect(chatOf({ tools: [weather, custom], tool_choice: allowed })).toMatchObject({
      tools: [{ function: { name: 'weather' } }],
      tool_choice: 'required',
    });
    expect(chatOf({ tools: [], tool_choice: 'auto' })).not.toHaveProperty('tool_choice');
  });

  test.each([
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['conversation', { conversation: 'conv_1' }],
    ['prompt', { prompt: { id: 'pmpt_1' } }],
    ['top_logprobs', { top_logprobs: 3 }],
    ['text.format', { text: { format: { type: 'grammar' } } }],
    ['tools[1]', { tools: [weather, { type: 'web_search' }] }],
    ['tool_choice', { tools: [weather], tool_choice: { type: 'mcp', server_label: 'x' } }],
    ['input[0].type', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
    ['input[0].role', { input: [{ role: 'tool', content: 'x' }] }],
    ['input[0].content[0]', { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] }],
    ['input[0].content[0]', { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] }],
    ['input[0].content', { input: [{ role: 'user', content: 7 }] }],
  ])('is refused by the name of %s: %j', (field, change) => {
    expect(refusalOf(change)).toMatch(
      new RegExp(`^${field.replaceAll(/[.[\]]/g, '\\$&')}: ${field.replaceAll(/[.[\]]/g, '\\$&')} `),
    );
  });
});

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

describe('a whole answer', () => {
  const answer = (message: JsonObject, finish: string, body: JsonObject = {}) =>
    responsesToChat.answer({ choices: [{ index: 0, message, finish_reason: finish }], usage }, askedFor(body));

  test('has thoughts, text and calls as items of their own, and usage in the form of Responses', () => {
    const message = {
      role: 'assistant',
      reasoning_content: 'Hm.',
      content: 'Let me see.',
      tool_calls: [call('c1', 'weather', '{}'), call('c2', 'apply_patch', '{"input":"a\\nb"}')],
    };
    expect(answer(message, 'tool_calls', { tools: [weather, custom] })).toMatchObject({
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
      { tools: [weather, custom] },
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
