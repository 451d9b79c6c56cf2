// What a client of Anthropic's reads of the streams of many servers, each with manners of its own, put together by its own SDK.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { messagesToChat } from '../../../worker/translation/messages-to-chat/messages-to-chat.ts';
import { eventsOf, messageRead, PUBLIC_MODEL, translatedStream } from '../../helpers/translated.ts';

const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 60 },
  completion_tokens_details: { reasoning_tokens: 5 },
};
const messageUsage = {
  input_tokens: 40,
  cache_read_input_tokens: 60,
  cache_creation_input_tokens: 0,
  output_tokens: 20,
};
const thinking = { thinking: { type: 'enabled', budget_tokens: 1_024 } };

function call(id: string | undefined, name: string | undefined, args: string | undefined, index?: number): JsonObject {
  return {
    ...(index !== undefined && { index }),
    ...(id !== undefined && { id, type: 'function' }),
    function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
  };
}

const chunk = (delta: JsonObject, finish: string | null = null, more: JsonObject = {}): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;

const names = (stream: string): (string | null)[] => eventsOf(stream).map(({ name }) => name);

const read = (stream: string, body: JsonObject = {}) => messageRead(translatedStream(messagesToChat, stream, { body }));

describe('a stream', () => {
  const bill = `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [], usage })}\n\n`;
  const done = 'data: [DONE]\n\n';
  const role = chunk({ role: 'assistant', content: '' });
  const calls = (...tool_calls: JsonObject[]): string => chunk({ tool_calls });

  it('has Anthropic’s events in Anthropic’s order', () => {
    const stream = role + chunk({ content: 'Hel' }) + chunk({ content: 'lo' }) + chunk({}, 'stop') + bill + done;
    expect(names(translatedStream(messagesToChat, stream))).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  it('is put together by the SDK, with the bill', async () => {
    const message = await read(role + chunk({ content: 'Hello' }) + chunk({}, 'stop') + bill + done);
    expect(message).toMatchObject({ id: 'msg_1', model: PUBLIC_MODEL, stop_reason: 'end_turn', usage: messageUsage });
    expect(message.content).toMatchObject([{ type: 'text', text: 'Hello' }]);
  });

  it.each([
    ['on the chunk that finishes', chunk({ content: 'Hi' }) + chunk({}, 'stop', { usage }) + done],
    [
      'on every chunk',
      chunk({ content: 'Hi' }, null, { usage: { ...usage, completion_tokens: 1, total_tokens: 101 } }) +
        chunk({}, 'stop', { usage }) +
        done,
    ],
    ['without [DONE]', chunk({ content: 'Hi' }) + chunk({}, 'stop') + bill],
    ['with a last event that lacks its blank line', (chunk({ content: 'Hi' }, 'stop') + bill).trimEnd()],
  ])('has its bill %s', async (_, stream) => {
    expect(await read(stream)).toMatchObject({ content: [{ text: 'Hi' }], usage: messageUsage });
  });

  const one = { type: 'tool_use', id: 'call_1', name: 'Read', input: { path: 'a' } };
  const two = { type: 'tool_use', id: 'call_2', name: 'Bash', input: { command: 'ls' } };
  it.each<[string, string, JsonObject[]]>([
    [
      'in pieces',
      calls(call('call_1', 'Read', '', 0)) +
        calls(call(undefined, undefined, '{"path"', 0)) +
        calls(call(undefined, undefined, ':"a"}', 0)),
      [one],
    ],
    [
      'at once',
      calls(call('call_1', 'Read', '{"path":"a"}', 0), call('call_2', 'Bash', '{"command":"ls"}', 1)),
      [one, two],
    ],
    [
      'interleaved',
      calls(call('call_1', 'Read', '{"pa', 0)) +
        calls(call('call_2', 'Bash', '{"comm', 1)) +
        calls(call(undefined, undefined, 'th":"a"}', 0)) +
        calls(call(undefined, undefined, 'and":"ls"}', 1)),
      [one, two],
    ],
    [
      'all numbered 0',
      calls(call('call_1', 'Read', '{"path":"a"}', 0)) + calls(call('call_2', 'Bash', '{"command":"ls"}', 0)),
      [one, two],
    ],
    [
      'without numbers',
      calls(call('call_1', 'Read', '{"pa')) +
        calls(call(undefined, undefined, 'th":"a"}')) +
        calls(call('call_2', 'Bash', '{"command":"ls"}')),
      [one, two],
    ],
    ['without ids', calls(call(undefined, 'Read', '{"path":"a"}', 0)), [{ ...one, id: 'toolu_2' }]],
    [
      'with its name later',
      calls(call('call_1', undefined, '', 0)) + calls(call(undefined, 'Read', '{"path":"a"}', 0)),
      [one],
    ],
    [
      'with text between its pieces',
      calls(call('call_1', 'Read', '{"pa', 0)) +
        chunk({ content: 'So.' }) +
        calls(call(undefined, undefined, 'th":"a"}', 0)),
      [one, { type: 'text', text: 'So.' }],
    ],
    [
      'with the object itself for arguments',
      chunk({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'Read', arguments: { path: 'a' } } }] }),
      [one],
    ],
    ['with no arguments', calls(call('call_1', 'Read', '', 0)), [{ ...one, input: {} }]],
    [
      'after text',
      chunk({ content: 'I look.' }) + calls(call('call_1', 'Read', '{"path":"a"}', 0)),
      [{ type: 'text', text: 'I look.' }, one],
    ],
    [
      'before text',
      calls(call('call_1', 'Read', '{"path":"a"}', 0)) + chunk({ content: 'So.' }),
      [one, { type: 'text', text: 'So.' }],
    ],
  ])('has tool calls %s', async (_, pieces, content) => {
    const message = await read(role + pieces + chunk({}, 'tool_calls') + bill + done);
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject(content);
    expect(message.content).toHaveLength(content.length);
  });

  it('thinks before it speaks, for who asked for it', async () => {
    const stream =
      chunk({ reasoning_content: 'H' }) + chunk({ reasoning_content: 'm' }) + chunk({ content: 'Yes' }, 'stop') + done;
    expect((await read(stream, thinking)).content).toMatchObject([
      { type: 'thinking', thinking: 'Hm' },
      { text: 'Yes' },
    ]);
    expect((await read(stream)).content).toMatchObject([{ text: 'Yes' }]);
  });

  it('says what stands in the parts of the content', async () => {
    const thought = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] };
    const stream =
      chunk({ content: [thought] }) + chunk({ content: [{ type: 'text', text: 'Yes' }] }, 'stop') + bill + done;
    expect((await read(stream, thinking)).content).toMatchObject([{ thinking: 'Hm' }, { text: 'Yes' }]);
    expect((await read(stream)).content).toMatchObject([{ text: 'Yes' }]);
  });

  it('does not write out arguments that are nested without end', async () => {
    const nested = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const piece = `{"index":0,"id":"call_1","function":{"name":"Read","arguments":${nested}}}`;
    const stream = `data: {"choices":[{"index":0,"delta":{"tool_calls":[${piece}]},"finish_reason":null}]}\n\n`;
    expect((await read(stream + chunk({}, 'tool_calls') + done)).content).toMatchObject([
      { input: { invalid_arguments: 'nested deeper than 48 levels' } },
    ]);
  });

  it('reads the same wherever it is cut', () => {
    const stream =
      chunk({ reasoning_content: 'Hm… 🤔' }) +
      chunk({ content: 'Grüße, 世界' }) +
      calls(call('call_1', 'Read', '{"path":"ä"}', 0), call('call_2', 'Bash', '{}', 1)) +
      chunk({}, 'tool_calls') +
      bill +
      done;
    const whole = translatedStream(messagesToChat, stream, { body: thinking });
    for (let pieceBytes = 1; pieceBytes < 200; pieceBytes += 1) {
      expect(translatedStream(messagesToChat, stream, { body: thinking, pieceBytes })).toBe(whole);
    }
  });

  it('that says nothing is an empty message', async () => {
    expect(await read(role + chunk({}, 'stop') + bill + done)).toMatchObject({ content: [], stop_reason: 'end_turn' });
  });

  it('hands on that the provider is still there', () => {
    const stream = translatedStream(messagesToChat, `: OPENROUTER PROCESSING\n\n${role}`);
    expect(stream).toMatch(/^: still here\n\nevent: message_start\n/);
  });

  it('ends with the provider’s error, and nothing after it', async () => {
    const error = 'data: {"error":{"message":"out of memory","code":503}}\n\n';
    const stream = translatedStream(messagesToChat, role + chunk({ content: 'Hi' }) + error + done);
    expect(eventsOf(stream).at(-1)).toEqual({
      name: 'error',
      data: '{"type":"error","error":{"type":"overloaded_error","message":"out of memory"}}',
    });
    await expect(messageRead(stream)).rejects.toThrow('out of memory');
  });

  it('that breaks off is not made whole', () => {
    expect(names(translatedStream(messagesToChat, role + chunk({ content: 'Hi' })))).not.toContain('message_stop');
  });
});
