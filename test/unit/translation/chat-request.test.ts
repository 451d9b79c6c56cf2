// What a chat completion request becomes for Claude, and what is refused.

import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../schema/json.ts';
import { chatToMessages } from '../../../worker/translation/chat-to-messages/chat-to-messages.ts';
import { chatAddress, plainChat, timeFunction, weatherFunction } from '../../fixtures/chat-requests.ts';

const hello = { role: 'user', content: [{ type: 'text', text: 'Hello' }] };
const weatherTool = {
  name: 'weather',
  description: 'Tells.',
  input_schema: { type: 'object', properties: {} },
};
const timeTool = { name: 'time', input_schema: { type: 'object', properties: {} } };

function messagesOf(change: JsonObject): JsonObject {
  const translated = chatToMessages.request({ ...plainChat, ...change }, chatAddress, 'max_tokens');
  if (!translated.ok) throw new Error(translated.failure.message);
  return translated.value.body;
}

function refusalOf(change: JsonObject): string | null {
  const translated = chatToMessages.request({ ...plainChat, ...change }, chatAddress, 'max_tokens');
  if (translated.ok) return 'taken';
  return translated.failure.message.startsWith(`${translated.failure.field} `) ? translated.failure.field : 'unnamed';
}

/** One part in a message of the user. */
function showing(part: JsonObject): JsonObject {
  return { messages: [{ role: 'user', content: [part] }] };
}

function calling(call: JsonValue): JsonObject {
  const messages = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c1', content: 'Rain.' },
  ];
  return { messages };
}

describe('a request', () => {
  test('becomes one for messages, with what merely steers left out', () => {
    const change = {
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 100,
      max_tokens: 90,
      temperature: 0.5,
      top_p: 0.9,
      stop: 'END',
      n: 1,
      logprobs: false,
      logit_bias: {},
      modalities: ['text'],
      frequency_penalty: 0.1,
      presence_penalty: 0.1,
      seed: 7,
      user: 'u',
      metadata: { a: 'b' },
      store: true,
      service_tier: 'auto',
      verbosity: 'low',
      prompt_cache_key: 'k',
      safety_identifier: 's',
      parallel_tool_calls: true,
    };
    expect(chatToMessages.request({ ...plainChat, ...change }, chatAddress, 'max_tokens')).toEqual({
      ok: true,
      value: {
        body: {
          model: 'm',
          max_tokens: 100,
          messages: [hello],
          temperature: 0.5,
          top_p: 0.9,
          stop_sequences: ['END'],
          stream: true,
        },
        address: { operation: 'messages', model: null, search: '' },
      },
    });
  });

  test('without a cap has none yet, and null counts as absent', () => {
    const change = { max_tokens: null, temperature: null, stop: null, n: null, tools: null, response_format: null };
    expect(messagesOf(change)).toEqual({ model: 'm', messages: [hello] });
  });

  test('does not say what is usual, since not every model takes both', () => {
    expect(messagesOf({ temperature: 1, top_p: 1 })).toEqual({ model: 'm', messages: [hello] });
    expect(messagesOf({ temperature: 0, top_p: 1 })).toEqual({ model: 'm', messages: [hello], temperature: 0 });
  });

  test('knows the former name of the cap, and a list of stops', () => {
    expect(messagesOf({ max_tokens: 90, stop: ['A', 'B'] })).toMatchObject({
      max_tokens: 90,
      stop_sequences: ['A', 'B'],
    });
  });

  test('puts what the system says first apart, and what it says later in its place', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }] },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi.' },
      { role: 'system', content: 'Now in French.' },
      { role: 'user', content: 'Again.' },
    ];
    expect(messagesOf({ messages })).toEqual({
      model: 'm',
      system: [
        { type: 'text', text: 'Be brief.' },
        { type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } },
      ],
      messages: [
        hello,
        { role: 'assistant', content: [{ type: 'text', text: 'Hi.' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: '<system>\nNow in French.\n</system>' },
            { type: 'text', text: 'Again.' },
          ],
        },
      ],
    });
  });

  test('makes one message of the results of parallel tools and what the user says, results first', () => {
    const messages = [
      { role: 'user', content: 'Look.' },
      {
        role: 'assistant',
        content: 'Two.',
        reasoning_content: 'Hm.',
        tool_calls: [
          { id: 'functions.weather:0', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
          { id: 'c2', type: 'function', function: { name: 'time', arguments: '' } },
        ],
      },
      { role: 'developer', content: 'Mind the units.' },
      { role: 'tool', tool_call_id: 'functions.weather:0', content: 'Rain.' },
      { role: 'tool', tool_call_id: 'c2', content: '' },
      { role: 'user', content: 'And?' },
    ];
    expect(messagesOf({ messages })['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Look.' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Two.' },
          { type: 'tool_use', id: 'functions_weather_0', name: 'weather', input: { city: 'Oslo' } },
          { type: 'tool_use', id: 'c2', name: 'time', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'functions_weather_0', content: [{ type: 'text', text: 'Rain.' }] },
          { type: 'tool_result', tool_use_id: 'c2' },
          { type: 'text', text: '<system>\nMind the units.\n</system>' },
          { type: 'text', text: 'And?' },
        ],
      },
    ]);
  });

  test('joins consecutive messages of one side, and leaves out what says nothing', () => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: '' },
      { role: 'user', content: [{ type: 'text', text: ' ' }] },
      { role: 'user', content: 'There?' },
    ];
    expect(messagesOf({ messages })['messages']).toEqual([
      { role: 'user', content: [...hello.content, { type: 'text', text: 'There?' }] },
    ]);
  });

  test.each<[JsonObject, JsonObject]>([
    [
      { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } },
      { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } },
    ],
    [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    ],
    [
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
      { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } },
    ],
    [
      { type: 'text', text: 'Long.', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'Long.', cache_control: { type: 'ephemeral', ttl: '1h' } },
    ],
  ])('carries %j', (part, block) => {
    expect(messagesOf(showing(part))['messages']).toEqual([{ role: 'user', content: [block] }]);
  });

  test.each<[JsonObject, JsonObject]>([
    [{}, {}],
    [{ parallel_tool_calls: false }, { tool_choice: { type: 'auto', disable_parallel_tool_use: true } }],
    [{ tool_choice: 'auto' }, { tool_choice: { type: 'auto' } }],
    [
      { tool_choice: 'required', parallel_tool_calls: false },
      { tool_choice: { type: 'any', disable_parallel_tool_use: true } },
    ],
    [{ tool_choice: 'none', parallel_tool_calls: false }, { tool_choice: { type: 'none' } }],
    [
      { tool_choice: { type: 'function', function: { name: 'time' } } },
      { tool_choice: { type: 'tool', name: 'time' } },
    ],
    [
      { tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [timeFunction] } } },
      { tools: [timeTool], tool_choice: { type: 'any' } },
    ],
  ])('offers tools, and the choice %j', (change, said) => {
    const { tools, tool_choice } = messagesOf({ tools: [weatherFunction, timeFunction], ...change });
    expect({ tools, tool_choice }).toEqual({ tools: [weatherTool, timeTool], tool_choice: undefined, ...said });
  });

  test('makes no choice where there are no tools', () => {
    expect(messagesOf({ tools: [], tool_choice: 'auto', parallel_tool_calls: false })).not.toHaveProperty(
      'tool_choice',
    );
  });

  test('carries that a tool is strict, and a mark to cache up to it', () => {
    const tool = { type: 'function', function: { name: 'time', strict: true }, cache_control: { type: 'ephemeral' } };
    expect(messagesOf({ tools: [tool] })['tools']).toEqual([
      { ...timeTool, strict: true, cache_control: { type: 'ephemeral' } },
    ]);
  });

  test.each<[JsonObject, JsonValue | undefined]>([
    [{ response_format: { type: 'text' } }, undefined],
    [
      {
        response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: { type: 'object' } } },
      },
      { format: { type: 'json_schema', schema: { type: 'object' } } },
    ],
    [{ reasoning_effort: 'minimal' }, { effort: 'low' }],
    [{ reasoning_effort: 'xhigh' }, { effort: 'xhigh' }],
    [{ reasoning_effort: 'none' }, undefined],
  ])('says as its output’s form and effort %j', (change, config) => {
    expect(messagesOf(change)['output_config']).toEqual(config);
  });

  test.each<[string, JsonObject]>([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['top_logprobs', { top_logprobs: 3 }],
    ['logit_bias', { logit_bias: { 50256: -100 } }],
    ['audio', { audio: { voice: 'alloy', format: 'wav' } }],
    ['prediction', { prediction: { type: 'content', content: 'x' } }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['web_search_options', { web_search_options: {} }],
    ['functions', { functions: [{ name: 'x' }] }],
    ['function_call', { function_call: 'auto' }],
    ['temperature', { temperature: 1.2 }],
    ['temperature', { temperature: 'hot' }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['response_format.json_schema.schema', { response_format: { type: 'json_schema', json_schema: { name: 'a' } } }],
    ['tools[1]', { tools: [timeFunction, { type: 'custom', custom: { name: 'x' } }] }],
    ['tool_choice', { tools: [timeFunction], tool_choice: { type: 'custom', custom: { name: 'x' } } }],
    ['tool_choice', { tools: [timeFunction], tool_choice: 'any' }],
    ['messages', { messages: [] }],
    ['messages', { messages: [{ role: 'system', content: 'Be brief.' }] }],
    ['messages[1]', { messages: [...plainChat.messages, { role: 'assistant', content: 'So: ' }] }],
    ['messages[0]', { messages: ['Hello'] }],
    ['messages[0].role', { messages: [{ role: 'function', name: 'x', content: 'y' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 7 }] }],
    [
      'messages[0].content',
      { messages: [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'https://x' } }] }] },
    ],
    ['messages[0].content[0]', showing({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } })],
    ['messages[0].content[0].file', showing({ type: 'file', file: { file_id: 'file-1' } })],
    ['messages[0].content[0].image_url', showing({ type: 'image_url', image_url: { url: 'http://x.test/a.png' } })],
    [
      'messages[0].content[0].image_url',
      showing({ type: 'image_url', image_url: { url: 'data:image/tiff;base64,AA' } }),
    ],
    ['messages[0].function_call', { messages: [{ role: 'assistant', function_call: { name: 'x', arguments: '' } }] }],
    ['messages[0].audio', { messages: [{ role: 'assistant', audio: { id: 'a' } }] }],
    ['messages[1].tool_calls[0]', calling({ id: 'c1', type: 'custom', custom: { name: 'x', input: 'y' } })],
    [
      'messages[1].tool_calls[0].function.arguments',
      calling({ id: 'c1', function: { name: 'x', arguments: '{"a":' } }),
    ],
    ['messages[1].tool_calls[0].function.arguments', calling({ id: 'c1', function: { name: 'x', arguments: '[]' } })],
  ])('is refused by the name of %s: %j', (field, change) => {
    expect(refusalOf(change)).toBe(field);
  });
});
