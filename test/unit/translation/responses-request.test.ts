// What a request of the Responses API becomes as a chat completion, and what is refused.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { responsesToChat } from '../../../worker/translation/responses-to-chat/responses-to-chat.ts';
import { customTool, plainRequest, responsesAddress, weatherTool } from '../../fixtures/responses-requests.ts';

function chatOf(change: JsonObject): JsonObject {
  const translated = responsesToChat.request({ ...plainRequest, ...change }, responsesAddress, 'max_tokens');
  if (!translated.ok) throw new Error(translated.failure.message);
  return translated.value.body;
}

function refusalOf(change: JsonObject): string {
  const translated = responsesToChat.request({ ...plainRequest, ...change }, responsesAddress, 'max_tokens');
  return translated.ok ? 'taken' : `${translated.failure.field}: ${translated.failure.message}`;
}

const call = (id: string, name: string, written: string) => ({
  id,
  type: 'function',
  function: { name, arguments: written },
});

describe('a request', () => {
  test('becomes messages, and asks a stream for its usage', () => {
    expect(
      responsesToChat.request(
        { ...plainRequest, stream: true, instructions: 'Be brief.' },
        responsesAddress,
        'max_tokens',
      ),
    ).toEqual({
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
      tools: [weatherTool, customTool],
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

  test('does without the web search that Codex offers with every call, unless the answer must use it', () => {
    expect(chatOf({ tools: [{ type: 'web_search', external_web_access: false }], tool_choice: 'auto' })).toEqual(
      chatOf({}),
    );
    expect(refusalOf({ tools: [weatherTool, { type: 'web_search' }], tool_choice: { type: 'web_search' } })).toMatch(
      /^tool_choice/,
    );
  });

  test('offers the allowed tools alone, and makes no choice among none', () => {
    const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'weather' }] };
    expect(chatOf({ tools: [weatherTool, customTool], tool_choice: allowed })).toMatchObject({
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
    ['tools[1]', { tools: [weatherTool, { type: 'file_search' }] }],
    ['tool_choice', { tools: [weatherTool], tool_choice: { type: 'mcp', server_label: 'x' } }],
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
