// What an Anthropic request becomes as a chat completion, and what is refused.

import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../schema/json.ts';
import { messagesToChat } from '../../../worker/translation/messages-to-chat/messages-to-chat.ts';
import { messagesAddress, plainMessages, readTool } from '../../fixtures/messages-requests.ts';

function chatOf(change: JsonObject): JsonObject {
  const translated = messagesToChat.request({ ...plainMessages, ...change }, messagesAddress, 'max_tokens');
  if (!translated.ok) throw new Error(translated.failure.message);
  return translated.value.body;
}

function refusalOf(change: JsonObject): string | null {
  const translated = messagesToChat.request({ ...plainMessages, ...change }, messagesAddress, 'max_tokens');
  if (translated.ok) return 'taken';
  return translated.failure.message.startsWith(`${translated.failure.field} `) ? translated.failure.field : 'unnamed';
}

/** One block in a message of the user. */
function showing(block: JsonObject): JsonObject {
  return { messages: [{ role: 'user', content: [block] }] };
}

describe('a request', () => {
  test('becomes messages, asks a stream for its usage, and leaves what is between client and Anthropic', () => {
    expect(
      messagesToChat.request(
        {
          ...plainMessages,
          stream: true,
          system: [
            { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } },
            { type: 'text', text: 'Be kind.' },
          ],
          thinking: { type: 'enabled', budget_tokens: 50 },
          context_management: { edits: [] },
          metadata: { user_id: 'u' },
          temperature: 1,
          top_k: 5,
          stop_sequences: ['END'],
        },
        messagesAddress,
        'max_tokens',
      ),
    ).toEqual({
      ok: true,
      value: {
        body: {
          model: 'm',
          messages: [
            { role: 'system', content: 'Be brief.\n\nBe kind.' },
            { role: 'user', content: 'Hello' },
          ],
          max_tokens: 100,
          temperature: 1,
          stop: ['END'],
          stream: true,
          stream_options: { include_usage: true },
        },
        address: { operation: 'chat/completions', model: null, search: '' },
      },
    });
  });

  test('puts the results of parallel tools first, in their order, and then what the user says', () => {
    const messages = [
      { role: 'user', content: 'Look.' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 's' },
          { type: 'text', text: 'Two files.' },
          { type: 'tool_use', id: 't1', name: 'Read', input: { path: 'a' } },
          { type: 'tool_use', id: 't2', name: 'Read', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', content: 'A' },
          { type: 'tool_result', tool_use_id: 't2', is_error: true, content: [{ type: 'text', text: 'no file' }] },
          { type: 'text', text: 'And now?' },
        ],
      },
    ];
    expect(chatOf({ messages })['messages']).toEqual([
      { role: 'user', content: 'Look.' },
      {
        role: 'assistant',
        content: 'Two files.',
        tool_calls: [
          { id: 't1', type: 'function', function: { name: 'Read', arguments: '{"path":"a"}' } },
          { id: 't2', type: 'function', function: { name: 'Read', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 't1', content: 'A' },
      { role: 'tool', tool_call_id: 't2', content: 'Error: no file' },
      { role: 'user', content: 'And now?' },
    ]);
  });

  test('shows the pictures of a tool’s result with what the user says, since a tool has text only', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
    const messages = [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: [image] }] }];
    expect(chatOf({ messages })['messages']).toEqual([
      { role: 'tool', tool_call_id: 't1', content: '(no text)' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
    ]);
  });

  test.each<[JsonObject, JsonValue]>([
    [
      { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } },
      [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }],
    ],
    [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Long.' } }, 'Long.'],
  ])('carries %j', (block, content) => {
    expect(chatOf(showing(block))['messages']).toEqual([{ role: 'user', content }]);
  });

  test.each<[JsonObject, JsonObject]>([
    [{ type: 'auto' }, {}],
    [{ type: 'auto', disable_parallel_tool_use: true }, { parallel_tool_calls: false }],
    [{ type: 'any' }, { tool_choice: 'required' }],
    [{ type: 'tool', name: 'Read' }, { tool_choice: { type: 'function', function: { name: 'Read' } } }],
    [{ type: 'none' }, { tool_choice: 'none' }],
  ])('offers tools, and the choice %j', (choice, said) => {
    const { tools, tool_choice, parallel_tool_calls } = chatOf({ tools: [readTool], tool_choice: choice });
    expect(tools).toEqual([
      { type: 'function', function: { name: 'Read', description: 'Reads.', parameters: { type: 'object' } } },
    ]);
    expect({ tool_choice, parallel_tool_calls }).toEqual({
      tool_choice: undefined,
      parallel_tool_calls: undefined,
      ...said,
    });
  });

  test('carries a schema for the answer, and how hard to try', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    expect(chatOf({ output_config: { format, effort: 'max' } })).toMatchObject({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: { type: 'object' }, strict: true },
      },
      reasoning_effort: 'high',
    });
  });

  test.each<[string, JsonObject]>([
    ['mcp_servers', { mcp_servers: [{ type: 'url', url: 'https://x.test', name: 'x' }] }],
    ['container', { container: 'c' }],
    ['max_tokens', { max_tokens: 0 }],
    ['tools[1]', { tools: [readTool, { type: 'web_search_20250305', name: 'web_search' }] }],
    ['tools[0]', { tools: [{ type: 'bash_20250124', name: 'bash' }] }],
    ['output_config.format', { output_config: { format: { type: 'grammar' } } }],
    ['system[0]', { system: [{ type: 'image' }] }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 7 }] }],
    [
      'messages[1]',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: 'So: ' },
        ],
      },
    ],
    [
      'messages[0].content[0]',
      showing({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: '' } }),
    ],
    [
      'messages[0].content[0]',
      showing({ type: 'document', source: { type: 'text', data: 'x' }, citations: { enabled: true } }),
    ],
    ['messages[0].content[0]', showing({ type: 'image', source: { type: 'file', file_id: 'f' } })],
    ['messages[0].content[0]', showing({ type: 'search_result', content: [] })],
    [
      'messages[0].content[0].content[0]',
      showing({
        type: 'tool_result',
        tool_use_id: 't',
        content: [{ type: 'document', source: { type: 'url', url: 'x' } }],
      }),
    ],
  ])('is refused by the name of %s: %j', (field, change) => {
    expect(refusalOf(change)).toBe(field);
  });
});

test('the cap goes where the provider expects it', () => {
  const translated = messagesToChat.request(plainMessages, messagesAddress, 'max_completion_tokens');
  expect(translated.ok && translated.value.body).toMatchObject({ max_completion_tokens: 100 });
  expect(translated.ok && translated.value.body).not.toHaveProperty('max_tokens');
});
