// What Converse is asked for a chat completion, and what is refused because Converse has no place for it.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { chatToConverse } from '../../../worker/translation/chat-to-converse/chat-to-converse.ts';

const PIXEL = 'iVBORw0KGgo=';
const schema = { type: 'object', properties: { city: { type: 'string' } } };
const address = { operation: 'any', model: null, search: '?beta=true' };

function translate(body: JsonObject) {
  const translated = chatToConverse.request(body, address, 'max_tokens');
  if (!translated.ok) throw new Error(translated.failure.message);
  return translated.value;
}

function refusal(body: JsonObject): string {
  const translated = chatToConverse.request(body, address, 'max_tokens');
  return translated.ok ? 'carried' : `${translated.failure.field ?? ''} | ${translated.failure.message}`;
}

describe('a chat completion', () => {
  const chat = { model: 'nova', messages: [{ role: 'user', content: 'Hi' }] };

  test('is the least that Converse takes', () => {
    expect(translate(chat)).toEqual({
      body: { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] },
      address: { operation: 'converse', model: 'nova', search: '' },
    });
  });

  test('has a schema of the answer as Converse does, and Claude’s signed thoughts before what followed from them', () => {
    const response_format = { type: 'json_schema', json_schema: { name: 'place', description: 'Where.', schema } };
    const thinking_blocks = [
      { type: 'thinking', thinking: 'Hm.', signature: 's' },
      { type: 'thinking', thinking: 'unsigned' },
    ];
    const said = { role: 'assistant', content: 'Oslo?', thinking_blocks };
    const thinking = { type: 'adaptive' };
    const messages = [...chat.messages, said, { role: 'user', content: 'Yes' }];
    expect(translate({ ...chat, messages, thinking, response_format, reasoning_effort: 'high' }).body).toMatchObject({
      messages: [
        {},
        {
          content: [{ reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } }, { text: 'Oslo?' }],
        },
        {},
      ],
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: { jsonSchema: { name: 'place', description: 'Where.', schema: JSON.stringify(schema) } },
        },
      },
      additionalModelRequestFields: { thinking },
    });
  });

  test('says in the address whether it streams', () => {
    expect(translate({ ...chat, stream: true }).address.operation).toBe('converse-stream');
  });

  test('brings its limits and leaves out what means nothing there', () => {
    const { body } = translate({
      ...chat,
      max_completion_tokens: 100,
      temperature: 0.2,
      top_p: 0.9,
      stop: 'END',
      user: 'ada',
      seed: 7,
      n: 1,
      stream_options: { include_usage: true },
      response_format: { type: 'text' },
      store: false,
    });
    expect(body).toMatchObject({
      inferenceConfig: { maxTokens: 100, temperature: 0.2, topP: 0.9, stopSequences: ['END'] },
    });
    expect(Object.keys(body)).toEqual(['messages', 'inferenceConfig']);
    expect(translate({ ...chat, max_tokens: 5, stop: ['a', 'b'] }).body).toMatchObject({
      inferenceConfig: { maxTokens: 5, stopSequences: ['a', 'b'] },
    });
  });

  test('brings pictures, tools, their calls and results, with roles that alternate', () => {
    const { body } = translate({
      ...chat,
      tools: [{ type: 'function', function: { name: 'weather', description: 'Tells it.', parameters: schema } }],
      tool_choice: 'required',
      messages: [
        { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Where?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
            { id: 'c2', type: 'function', function: { name: 'weather', arguments: '' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'Rain' },
        { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 'Sun' }] },
        { role: 'user', content: 'And now?' },
      ],
    });
    expect(body).toEqual({
      system: [{ text: 'Be brief.' }, { text: 'Be kind.' }],
      messages: [
        { role: 'user', content: [{ text: 'Where?' }, { image: { format: 'png', source: { bytes: PIXEL } } }] },
        {
          role: 'assistant',
          content: [
            { toolUse: { toolUseId: 'c1', name: 'weather', input: { city: 'Oslo' } } },
            { toolUse: { toolUseId: 'c2', name: 'weather', input: {} } },
          ],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 'c1', content: [{ text: 'Rain' }] } },
            { toolResult: { toolUseId: 'c2', content: [{ text: 'Sun' }] } },
            { text: 'And now?' },
          ],
        },
      ],
      toolConfig: {
        tools: [{ toolSpec: { name: 'weather', description: 'Tells it.', inputSchema: { json: schema } } }],
        toolChoice: { any: {} },
      },
    });
  });

  const tools = [{ type: 'function', function: { name: 'weather' } }];

  test.each([
    ['auto', undefined],
    ['required', { any: {} }],
    [{ type: 'function', function: { name: 'weather' } }, { tool: { name: 'weather' } }],
  ])('chooses tools by %j', (choice, expected) => {
    const { body } = translate({ ...chat, tools, tool_choice: choice });
    expect(body['toolConfig']).toMatchObject({ tools: [{ toolSpec: { name: 'weather' } }] });
    expect(body['toolConfig']).toHaveProperty('tools');
    if (expected === undefined) expect(body['toolConfig']).not.toHaveProperty('toolChoice');
    else expect(body['toolConfig']).toMatchObject({ toolChoice: expected });
  });

  test('that wants no tool offers none', () => {
    expect(translate({ ...chat, tools, tool_choice: 'none' }).body).not.toHaveProperty('toolConfig');
  });

  const use = { role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'weather', arguments: '{' } }] };
  const said = { role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'weather', arguments: '{}' } }] };

  test.each([
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['logit_bias', { logit_bias: { 50256: -100 } }],
    ['presence_penalty', { presence_penalty: 0.5 }],
    ['frequency_penalty', { frequency_penalty: 0.5 }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['parallel_tool_calls', { parallel_tool_calls: false }],
    ['response_format.json_schema.schema', { response_format: { type: 'json_schema' } }],
    ['functions', { functions: [] }],
    ['web_search_options', { web_search_options: {} }],
    ['tools[0]', { tools: [{ type: 'custom', custom: { name: 'x' } }] }],
    ['tool_choice', { tools, tool_choice: { type: 'allowed_tools' } }],
    ['tool_choice', { tools, tool_choice: 'none', messages: [...chat.messages, said] }],
    ['messages[0].role', { messages: [{ role: 'function', content: 'x' }] }],
    ['messages[0]', { messages: ['Hi'] }],
    ['messages[0].tool_call_id', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].tool_calls[0].function.arguments', { messages: [use] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] }],
    [
      'messages[0].content[0]',
      {
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }] }],
      },
    ],
    [
      'messages[0].content[0]',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: `data:application/pdf;base64,${PIXEL}` } }],
          },
        ],
      },
    ],
  ])('is refused by name for %s', (field, change) => {
    expect(refusal({ ...chat, ...change })).toContain(`${field} | ${field} `);
  });
});
