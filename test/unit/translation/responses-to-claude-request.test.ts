// What a request of the Responses API becomes for Claude, in Anthropic's dialect or through Converse, and what is refused.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import type { Translation } from '../../../schema/translation.ts';
import { customTool, plainRequest, responsesAddress, weatherTool } from '../../fixtures/responses-requests.ts';
import { requestOf, toConverse, toMessages } from '../../helpers/responses-to-claude.ts';

const tools = [weatherTool, customTool];

function refusalOf(translation: Translation, change: JsonObject): string {
  const translated = translation.request({ ...plainRequest, ...change }, responsesAddress, 'max_tokens');
  return translated.ok ? 'taken' : `${translated.failure.field}: ${translated.failure.message}`;
}

describe('a request', () => {
  test('becomes turns of Claude, with every kind of call and its outcome', () => {
    const input = [
      { role: 'developer', content: 'Rules.' },
      { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,AAAA' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look.', annotations: [] }] },
      { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'apply_patch', input: 'x' },
      { type: 'function_call_output', call_id: 'c1', output: 'rain' },
      { type: 'custom_tool_call_output', call_id: 'c2', output: 'done' },
    ];
    expect(
      requestOf(toMessages, { input, instructions: 'Be brief.', tools, max_output_tokens: 50, stream: true }),
    ).toMatchObject({
      max_tokens: 50,
      stream: true,
      system: [{ text: 'Be brief.' }, { text: 'Rules.' }],
      messages: [
        { role: 'user', content: [{ type: 'image', source: { media_type: 'image/png', data: 'AAAA' } }] },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Oslo' } },
            { type: 'tool_use', id: 'c2', name: 'apply_patch', input: { input: 'x' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c1', content: [{ text: 'rain' }] },
            { type: 'tool_result', tool_use_id: 'c2', content: [{ text: 'done' }] },
          ],
        },
      ],
      tools: [{ name: 'weather' }, { name: 'apply_patch', input_schema: { required: ['input'] } }],
    });
  });

  test('carries a schema for the answer, an effort, and which tool to call', () => {
    const format = { type: 'json_schema', name: 'answer', schema: { type: 'object' } };
    expect(
      requestOf(toMessages, {
        tools,
        tool_choice: 'required',
        parallel_tool_calls: false,
        text: { format },
        reasoning: { effort: 'high' },
      }),
    ).toMatchObject({
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      output_config: { format: { type: 'json_schema', schema: { type: 'object' } }, effort: 'high' },
    });
  });

  test('asks for thoughts where the client asks to see them, and Claude can be asked', () => {
    const reasoning = { summary: 'auto' };
    expect(requestOf(toMessages, { reasoning })['thinking']).toEqual({ type: 'adaptive', display: 'summarized' });
    expect(requestOf(toMessages, {})['thinking']).toBeUndefined();
    expect(requestOf(toMessages, { reasoning, tools, tool_choice: 'required' })['thinking']).toBeUndefined();
    expect(requestOf(toMessages, { reasoning, temperature: 0.5 })['thinking']).toBeUndefined();
  });

  test('for Converse has its turns and its tools', () => {
    const input = [
      { role: 'user', content: 'Weather?' },
      { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'function_call_output', call_id: 'c1', output: 'rain' },
    ];
    const change = { input, tools: [weatherTool], max_output_tokens: 50, reasoning: { effort: 'low' } };
    expect(requestOf(toConverse, change)).toMatchObject({
      messages: [
        { role: 'user', content: [{ text: 'Weather?' }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'c1', name: 'weather', input: { city: 'Oslo' } } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 'c1', content: [{ text: 'rain' }] } }] },
      ],
      inferenceConfig: { maxTokens: 50 },
      toolConfig: { tools: [{ toolSpec: { name: 'weather' } }] },
    });
  });
});

describe('what cannot be carried', () => {
  test.each<readonly [string, JsonObject]>([
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['conversation', { conversation: 'conv_1' }],
    ['prompt', { prompt: { id: 'p' } }],
    ['top_logprobs', { top_logprobs: 2 }],
    ['tools[0]', { tools: [{ type: 'mcp', server_label: 'x' }] }],
    ['input[0].type', { input: [{ type: 'item_reference', id: 'x' }] }],
    [
      'input',
      {
        input: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Half' },
        ],
      },
    ],
    ['input', { input: [] }],
    ['temperature', { temperature: 1.5 }],
    ['text.format', { text: { format: { type: 'json_object' } } }],
  ])('%s is refused by the name that the client knows', (field, change) => {
    const refused = refusalOf(toMessages, change);
    expect(refused.startsWith(`${field}: ${field} `)).toBe(true);
    expect(refused).not.toMatch(/messages\[|response_format/);
  });

  test.each<readonly [string, JsonObject]>([
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['parallel_tool_calls', { tools, parallel_tool_calls: false }],
    ['input', { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'https://x.example/a.png' }] }] }],
  ])('%s is refused on the way to Converse', (field, change) => {
    expect(refusalOf(toConverse, change).startsWith(`${field}: ${field} `)).toBe(true);
  });
});
