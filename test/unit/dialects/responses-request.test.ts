// What Headgate understands of a Responses request: what bounds it, what it refuses by name, and the little that it changes.

import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../schema/json.ts';
import { parseBody } from '../../../worker/dialects/body.ts';
import { openaiResponses } from '../../../worker/dialects/openai-responses/openai-responses.ts';
import { address, BODY_BYTES, parsed, refusal, tools, valid } from '../../helpers/responses-calls.ts';

const user = (...content: JsonValue[]): JsonObject => ({ input: [{ role: 'user', content }] });
const dataUrl = (type: string, length: number) => `data:${type};base64,`.padEnd(length, 'x');

test('a plain call is bounded by its bytes, and asks for no more than its cap', () => {
  expect(parsed({})).toMatchObject({
    model: 'gpt-5-mini',
    stream: false,
    wantsUsage: true,
    outputCap: 100,
    choices: 1,
    webSearches: 0,
    cacheWrite: '5m',
    input: { textBytes: BODY_BYTES, images: 0, tools: false, unbounded: false },
  });
});

test.each([{}, { max_output_tokens: null }])('a call without a cap (%j) has none', (change) => {
  const { max_output_tokens: _cap, ...uncapped } = valid;
  const call = openaiResponses.parse({ ...uncapped, ...change }, BODY_BYTES, address);
  expect(call).toMatchObject({ ok: true, value: { outputCap: null } });
});

describe('text is bounded by its bytes', () => {
  test.each([
    ['a message', { role: 'user', content: 'Hello' }],
    ['a message in parts', { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
    ['an answer', { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] }],
    ['a refusal', { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No' }] }],
    ['a call of a function', { type: 'function_call', name: 'f', call_id: 'c', arguments: '{}' }],
    ['what the function said', { type: 'function_call_output', call_id: 'c', output: 'text' }],
    ['the same in parts', { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'x' }] }],
    ['a patch', { type: 'custom_tool_call', name: 'apply_patch', call_id: 'c', input: '*** Begin Patch' }],
    ['what a shell said', { type: 'shell_call_output', call_id: 'c', output: [{ stdout: 'x', stderr: '' }] }],
    ['secret reasoning', { type: 'reasoning', id: 'rs', summary: [], encrypted_content: 'gAAAA' }],
    ['a secret summary', { type: 'compaction', encrypted_content: 'gAAAA' }],
  ])('%s', (_, item) => {
    expect(parsed({ input: [item] }).input).toMatchObject({ textBytes: BODY_BYTES, images: 0, unbounded: false });
  });
});

describe('only the window bounds', () => {
  test.each([
    ['a file', user({ type: 'input_file', file_data: 'data:application/pdf;base64,xxxx' })],
    ['a file by its id', user({ type: 'input_file', file_id: 'file-1' })],
    ['a file by its address', user({ type: 'input_file', file_url: 'https://x.test/a.pdf' })],
    ['an image by an id that may stand for anything', user({ type: 'input_image', file_id: 'file-1' })],
    ['a document in the place of an image', user({ type: 'input_image', image_url: dataUrl('application/pdf', 99) })],
    ['sound', user({ type: 'input_audio', input_audio: { data: 'x' } })],
    ['a part of an unknown type', user({ type: 'input_hologram' })],
    ['reasoning that is kept elsewhere', { input: [{ type: 'reasoning', id: 'rs_1', summary: [] }] }],
    ['reasoning that is said to be secret and is not there', { input: [{ type: 'reasoning', encrypted_content: '' }] }],
    ['an id, which is a reference', { input: [{ id: 'msg_1' }] }],
    ['the same with a type of null', { input: [{ type: null, id: 'msg_1' }] }],
    ['a message without its content', { input: [{ type: 'message', role: 'user', id: 'msg_1' }] }],
    ['a reference', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
    ['a search that is looked up again', { input: [{ type: 'web_search_call', id: 'ws_1' }] }],
    ['an item of an unknown type', { input: [{ type: 'telepathy' }] }],
    ['a response before', { previous_response_id: 'resp_1' }],
    ['a conversation', { conversation: 'conv_1' }],
    ['a prompt that is kept elsewhere', { prompt: { id: 'pmpt_1' } }],
    ['a compaction', { context_management: [{ type: 'compaction' }] }],
    ['a search', tools({ type: 'web_search' })],
    ['a remote server of tools', tools({ type: 'mcp', server_label: 's', server_url: 'https://x.test' })],
    ['a computer', tools({ type: 'computer_use_preview' })],
    ['a search for tools', tools({ type: 'tool_search' })],
  ])('%s', (_, change) => {
    expect(parsed(change).input.unbounded).toBe(true);
  });

  test.each(['previous_response_id', 'conversation', 'prompt', 'context_management'])('not %s of null', (member) => {
    expect(parsed({ [member]: null }).input.unbounded).toBe(false);
  });
});

describe('images', () => {
  test.each([
    ['in a message', user({ type: 'input_image', image_url: dataUrl('image/png', 5_000) })],
    [
      'from a function',
      {
        input: [
          { type: 'function_call_output', output: [{ type: 'input_image', image_url: dataUrl('image/png', 5_000) }] },
        ],
      },
    ],
    [
      'of a screen',
      {
        input: [
          {
            type: 'computer_call_output',
            output: { type: 'computer_screenshot', image_url: dataUrl('image/png', 5_000) },
          },
        ],
      },
    ],
  ])('%s count as one each, and their bytes not at all', (_, change) => {
    expect(parsed(change).input).toMatchObject({ images: 1, textBytes: 5_000, unbounded: false });
  });

  test('by their address count as one each', () => {
    const image = { type: 'input_image', image_url: 'https://x.test/a.png' };
    expect(parsed(user(image, image)).input).toMatchObject({ images: 2, textBytes: BODY_BYTES, unbounded: false });
  });

  test('count as text where the protocol has none', () => {
    const output = JSON.stringify({ type: 'input_image', image_url: dataUrl('image/png', 5_000) });
    const { input } = parsed({ input: [{ type: 'function_call_output', call_id: 'c', output }] });
    expect(input).toMatchObject({ images: 0, textBytes: BODY_BYTES });
  });
});

test.each([
  [{}, false],
  [user({ type: 'input_text', text: 'Hello' }), false],
  [user({ type: 'input_image', image_url: dataUrl('image/png', 100) }), true],
  [user({ type: 'input_file', file_id: 'file-1' }), true],
  [tools({ type: 'mcp' }), true],
])('with %j it may read other media: %s', (change, media) => {
  expect(parsed(change).input.media).toBe(media);
});

test('the terms of service that it asks for are left to the price', () => {
  expect(parsed({ service_tier: 'priority' }).terms).toEqual({ service_tier: 'priority' });
  expect(parsed({ service_tier: null }).terms).toEqual({});
});

describe('is refused by name', () => {
  test.each([
    [{ model: null }, 'model'],
    [{ model: '' }, 'model'],
    [{ model: 7 }, 'model'],
    [{ stream: 'yes' }, 'stream'],
    [{ input: 7 }, 'input'],
    [{ input: { role: 'user' } }, 'input'],
    [{ tools: {} }, 'tools'],
    [{ max_output_tokens: 0 }, 'max_output_tokens'],
    [{ max_output_tokens: -1 }, 'max_output_tokens'],
    [{ max_output_tokens: 1.5 }, 'max_output_tokens'],
    [{ max_output_tokens: '100' }, 'max_output_tokens'],
    [{ max_tool_calls: -1 }, 'max_tool_calls'],
    [{ max_tool_calls: 'many' }, 'max_tool_calls'],
    [{ background: true }, 'background'],
    [{ background: 'yes' }, 'background'],
    [{ service_tier: 'x'.repeat(65) }, 'service_tier'],
    [{ service_tier: 7 }, 'service_tier'],
    [{ search_parameters: { mode: 'on' } }, 'search_parameters'],
    [{ prompt_cache_options: { ttl: '12h' } }, 'prompt_cache_options'],
  ])('%j', (change, field) => {
    expect(refusal(change)).toMatchObject({ field, message: expect.stringContaining(field) });
  });

  test.each([
    { background: false },
    { background: null },
    { service_tier: 'flex' },
    { service_tier: null },
    { prompt_cache_options: { ttl: '30m' } },
    { prompt_cache_options: { mode: 'explicit' } },
    { tools: null },
    { input: undefined },
    { store: false, include: ['reasoning.encrypted_content'], reasoning: { effort: 'high' }, truncation: 'auto' },
  ])('not %j', (change) => {
    expect(refusal(change).field).toBe('taken');
  });

  test.each(['Max_Output_Tokens', 'MAX_TOOL_CALLS', 'Background', 'Tools', 'Input', 'Previous_Response_Id', 'Prompt'])(
    'a member spelled %s, which a server might read as ours',
    (member) => {
      const body = parseBody(JSON.stringify({ ...valid, [member]: 1 }));
      expect(body.ok ? 'taken' : body.failure.field).toBe(member);
    },
  );

  test('a member that comes twice', () => {
    const body = parseBody('{"model":"m","input":"x","max_output_tokens":1,"max_output_tokens":100000}');
    expect(body.ok ? 'taken' : body.failure.field).toBe('max_output_tokens');
  });
});

describe('the body upstream', () => {
  const terms = { upstreamModel: 'gpt-5-mini', injectedCap: null, capMember: 'max_completion_tokens' };

  test('stays as it is where the client set its cap', () => {
    expect(openaiResponses.edits(parsed({ stream: true }), terms)).toEqual([]);
  });

  test('gets the cap under the name of this protocol, whatever the provider calls it elsewhere', () => {
    expect(openaiResponses.edits(parsed({ max_output_tokens: null }), { ...terms, injectedCap: 300 })).toEqual([
      { member: 'max_output_tokens', value: 300 },
    ]);
  });

  test('names the model as the provider does', () => {
    expect(openaiResponses.edits(parsed({}), { ...terms, upstreamModel: 'gpt-5-mini-2025-08-07' })).toEqual([
      { member: 'model', value: 'gpt-5-mini-2025-08-07' },
    ]);
  });
});
