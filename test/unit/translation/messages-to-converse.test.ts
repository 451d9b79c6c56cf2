// What Converse is asked for a call of Anthropic's messages, and what is refused because Converse has no place for it.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { messagesToConverse } from '../../../worker/translation/messages-to-converse/messages-to-converse.ts';

const PIXEL = 'iVBORw0KGgo=';
const schema = { type: 'object', properties: { city: { type: 'string' } } };
const address = { operation: 'any', model: null, search: '?beta=true' };

function translate(body: JsonObject) {
  const translated = messagesToConverse.request(body, address, 'max_tokens');
  if (!translated.ok) throw new Error(translated.failure.message);
  return translated.value;
}

function refusal(body: JsonObject): string {
  const translated = messagesToConverse.request(body, address, 'max_tokens');
  return translated.ok ? 'carried' : `${translated.failure.field ?? ''} | ${translated.failure.message}`;
}

describe('a call of messages', () => {
  const call = { model: 'nova', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] };

  test('is the least that Converse takes', () => {
    expect(translate(call)).toEqual({
      body: { messages: [{ role: 'user', content: [{ text: 'Hi' }] }], inferenceConfig: { maxTokens: 50 } },
      address: { operation: 'converse', model: 'nova', search: '' },
    });
  });

  test('brings pictures, tools, results, thoughts and points to cache', () => {
    const { body } = translate({
      ...call,
      stream: true,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      temperature: 1,
      top_p: 0.5,
      stop_sequences: ['END'],
      metadata: { user_id: 'u' },
      thinking: { type: 'disabled' },
      tools: [
        { name: 'weather', description: 'Tells it.', input_schema: schema, cache_control: { type: 'ephemeral' } },
      ],
      tool_choice: { type: 'tool', name: 'weather' },
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: PIXEL } },
            { type: 'text', text: 'Where?', cache_control: { type: 'ephemeral' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 's' },
            { type: 'redacted_thinking', data: 'cmVk' },
            { type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Oslo' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't1', is_error: true, content: 'Failed' },
            { type: 'tool_result', tool_use_id: 't2', content: [{ type: 'text', text: 'Rain' }] },
            { type: 'tool_result', tool_use_id: 't3' },
          ],
        },
      ],
    });
    expect(body).toEqual({
      system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default', ttl: '1h' } }],
      inferenceConfig: { maxTokens: 50, temperature: 1, topP: 0.5, stopSequences: ['END'] },
      messages: [
        {
          role: 'user',
          content: [
            { image: { format: 'jpeg', source: { bytes: PIXEL } } },
            { text: 'Where?' },
            { cachePoint: { type: 'default' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } },
            { reasoningContent: { redactedContent: 'cmVk' } },
            { toolUse: { toolUseId: 't1', name: 'weather', input: { city: 'Oslo' } } },
          ],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 't1', content: [{ text: 'Failed' }], status: 'error' } },
            { toolResult: { toolUseId: 't2', content: [{ text: 'Rain' }] } },
            { toolResult: { toolUseId: 't3', content: [] } },
          ],
        },
      ],
      toolConfig: {
        tools: [
          { toolSpec: { name: 'weather', description: 'Tells it.', inputSchema: { json: schema } } },
          { cachePoint: { type: 'default' } },
        ],
        toolChoice: { tool: { name: 'weather' } },
      },
    });
  });

  test('hands on what Claude alone knows, and has a schema of the answer as Converse does', () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const output_config = { format: { type: 'json_schema', schema }, effort: 'high' };
    expect(translate({ ...call, thinking, top_k: 5, output_config }).body).toEqual({
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      inferenceConfig: { maxTokens: 50 },
      outputConfig: {
        textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: JSON.stringify(schema) } } },
      },
      additionalModelRequestFields: { thinking, top_k: 5 },
    });
  });

  const tools = [{ name: 'weather', input_schema: schema }];

  test.each([
    ['output_config.format', { output_config: { format: { type: 'json_object' } } }],
    ['output_config.task_budget', { output_config: { task_budget: { total: 5 } } }],
    ['mcp_servers', { mcp_servers: [] }],
    ['context_management', { context_management: {} }],
    ['max_tokens', { max_tokens: 0 }],
    ['tools[0]', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    [
      'tool_choice.disable_parallel_tool_use',
      { tools, tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    ],
    ['tool_choice.type', { tools, tool_choice: { type: 'magic' } }],
    ['tool_choice.name', { tools, tool_choice: { type: 'tool' } }],
    ['messages[0].role', { messages: [{ role: 'system', content: 'x' }] }],
    ['messages[0].content[0]', { messages: [{ role: 'user', content: [{ type: 'document' }] }] }],
    [
      'messages[0].content[0]',
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'https://x.test' } }] }] },
    ],
    ['messages[0].content[0].tool_use_id', { messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] }],
    ['messages[0].content[0]', { messages: [{ role: 'assistant', content: [{ type: 'tool_use', name: 'x' }] }] }],
  ])('is refused by name for %s', (field, change) => {
    expect(refusal({ ...call, ...change })).toContain(`${field} | ${field} `);
  });
});
