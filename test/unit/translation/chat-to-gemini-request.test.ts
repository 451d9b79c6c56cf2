// What a chat completion request becomes for Gemini, and what is refused.

import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../schema/json.ts';
import { chatToGemini } from '../../../worker/translation/chat-to-gemini/chat-to-gemini.ts';
import { chatAddress, plainChat, timeFunction, weatherFunction } from '../../fixtures/chat-requests.ts';

const CAP = 'maxOutputTokens';
const hello = { role: 'user', parts: [{ text: 'Hello' }] };
const weather = { name: 'weather', description: 'Tells.', parametersJsonSchema: { type: 'object', properties: {} } };

function geminiOf(change: JsonObject): JsonObject {
  const translated = chatToGemini.request({ ...plainChat, ...change }, chatAddress, CAP);
  if (!translated.ok) throw new Error(translated.failure.message);
  return translated.value.body;
}

function refusalOf(change: JsonObject): string | null {
  const translated = chatToGemini.request({ ...plainChat, ...change }, chatAddress, CAP);
  if (translated.ok) return 'taken';
  return translated.failure.message.startsWith(`${translated.failure.field} `) ? translated.failure.field : 'unnamed';
}

/** One part in a message of the user. */
function showing(part: JsonObject): JsonObject {
  return { messages: [{ role: 'user', content: [part] }] };
}

function call(id: string, change: JsonObject = {}): JsonObject {
  return { id, type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' }, ...change };
}

/** A turn with these calls, and what came of them. */
function calling(calls: readonly JsonValue[], results: readonly JsonObject[]): JsonObject {
  const messages = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: null, tool_calls: calls },
    ...results.map((result) => ({ role: 'tool', ...result })),
  ];
  return { messages };
}

function allowed(mode: string): JsonObject {
  const tools = [{ type: 'function', function: { name: 'time' } }];
  return { type: 'allowed_tools', allowed_tools: { mode, tools } };
}

describe('a request', () => {
  test('becomes one for Gemini, with what merely steers left out', () => {
    const change = {
      max_completion_tokens: 100,
      max_tokens: 90,
      temperature: 1.5,
      top_p: 0.9,
      stop: 'END',
      n: 2,
      seed: 7,
      presence_penalty: 0.1,
      frequency_penalty: 0,
      logprobs: false,
      logit_bias: {},
      modalities: ['text'],
      parallel_tool_calls: true,
      user: 'u',
      metadata: { a: 'b' },
      store: true,
      service_tier: 'auto',
      prompt_cache_key: 'k',
    };
    expect(chatToGemini.request({ ...plainChat, ...change }, chatAddress, CAP)).toEqual({
      ok: true,
      value: {
        body: {
          contents: [hello],
          generationConfig: {
            maxOutputTokens: 100,
            candidateCount: 2,
            temperature: 1.5,
            topP: 0.9,
            seed: 7,
            presencePenalty: 0.1,
            stopSequences: ['END'],
          },
        },
        address: { operation: 'generateContent', model: 'm', search: '' },
      },
    });
  });

  test('that asks for nothing more says nothing more, and a stream is asked for by its address', () => {
    expect(chatToGemini.request({ ...plainChat, stream: true, n: 1 }, chatAddress, CAP)).toEqual({
      ok: true,
      value: {
        body: { contents: [hello] },
        address: { operation: 'streamGenerateContent', model: 'm', search: '?alt=sse' },
      },
    });
  });

  test('has its system messages apart, and later ones in their place', () => {
    const messages = [
      { role: 'system', content: 'One.' },
      { role: 'developer', content: [{ type: 'text', text: 'Two.' }] },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Yes?', reasoning_content: 'Hm.' },
      { role: 'system', content: 'Three.' },
      { role: 'user', content: '' },
    ];
    expect(geminiOf({ messages })).toEqual({
      systemInstruction: { parts: [{ text: 'One.' }, { text: 'Two.' }] },
      contents: [
        hello,
        { role: 'model', parts: [{ text: 'Yes?' }] },
        { role: 'user', parts: [{ text: '<system>\nThree.\n</system>' }] },
      ],
    });
  });

  test.each<[JsonObject, JsonObject]>([
    [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,QUJD' } },
      { inlineData: { mimeType: 'image/png', data: 'QUJD' } },
    ],
    [
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,QUJD' } },
      { inlineData: { mimeType: 'application/pdf', data: 'QUJD' } },
    ],
    [
      { type: 'input_audio', input_audio: { data: 'QUJD', format: 'wav' } },
      { inlineData: { mimeType: 'audio/wav', data: 'QUJD' } },
    ],
  ])('shows %o inline', (part, inline) => {
    expect(geminiOf(showing(part))).toMatchObject({ contents: [{ role: 'user', parts: [inline] }] });
  });
});

describe('tools', () => {
  test('are declared with their schemas as they are', () => {
    expect(geminiOf({ tools: [weatherFunction, timeFunction] })).toMatchObject({
      tools: [{ functionDeclarations: [weather, { name: 'time' }] }],
    });
  });

  test.each<[JsonValue, JsonObject, number]>([
    ['auto', { mode: 'AUTO' }, 2],
    ['required', { mode: 'ANY' }, 2],
    ['none', { mode: 'NONE' }, 2],
    [{ type: 'function', function: { name: 'time' } }, { mode: 'ANY', allowedFunctionNames: ['time'] }, 1],
    [allowed('auto'), { mode: 'AUTO' }, 1],
    [allowed('required'), { mode: 'ANY', allowedFunctionNames: ['time'] }, 1],
  ])('chosen by %o', (tool_choice, functionCallingConfig, offered) => {
    const body = geminiOf({ tools: [weatherFunction, timeFunction], tool_choice });
    expect(body['toolConfig']).toEqual({ functionCallingConfig });
    expect(body).toMatchObject({ tools: [{ functionDeclarations: Array.from({ length: offered }, () => ({})) }] });
  });

  test('have their calls signed, and their results named and in the order of the calls', () => {
    const calls = [
      call('call_1', { extra_content: { google: { thought_signature: 'c2ln' } } }),
      call('gemini-fc9', { function: { name: 'time', arguments: '' } }),
    ];
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,QUJD' } };
    const results = [
      { tool_call_id: 'gemini-fc9', content: [{ type: 'text', text: 'Noon.' }, picture] },
      { tool_call_id: 'call_1', content: 'Rain.' },
    ];
    expect(geminiOf(calling(calls, results))['contents']).toEqual([
      hello,
      {
        role: 'model',
        parts: [
          { functionCall: { name: 'weather', args: { city: 'Oslo' } }, thoughtSignature: 'c2ln' },
          { functionCall: { id: 'fc9', name: 'time', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'weather', response: { output: 'Rain.' } } },
          { functionResponse: { id: 'fc9', name: 'time', response: { output: 'Noon.' } } },
          { inlineData: { mimeType: 'image/png', data: 'QUJD' } },
        ],
      },
    ]);
  });

  test('whose client kept no signature are called with Google’s word for that, once in each step', () => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'Rain.' },
      { role: 'tool', tool_call_id: 'b', content: 'Rain.' },
      { role: 'assistant', content: null, tool_calls: [call('c')] },
      { role: 'tool', tool_call_id: 'c', content: 'Rain.' },
    ];
    const thoughtSignature = 'skip_thought_signature_validator';
    const functionCall = { name: 'weather', args: { city: 'Oslo' } };
    expect(geminiOf({ messages })).toMatchObject({
      contents: [
        hello,
        { parts: [{ functionCall, thoughtSignature }, { functionCall }] },
        {},
        { parts: [{ functionCall, thoughtSignature }] },
        {},
      ],
    });
    expect(JSON.stringify(geminiOf({ messages })).split(thoughtSignature)).toHaveLength(3);
  });

  test('with arguments that are no JSON go on', () => {
    const broken = call('a', { function: { name: 'weather', arguments: '{"city' } });
    expect(geminiOf(calling([broken], [{ tool_call_id: 'a', content: 'What?' }]))).toMatchObject({
      contents: [{}, { parts: [{ functionCall: { args: { invalid_arguments: '{"city' } } }] }, {}],
    });
  });
});

describe('what is asked of the answer', () => {
  const schema = { type: 'object', additionalProperties: false };
  test.each<[JsonObject, JsonObject]>([
    [{ response_format: { type: 'json_object' } }, { responseMimeType: 'application/json' }],
    [
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema } } },
      { responseMimeType: 'application/json', responseJsonSchema: schema },
    ],
    [{ reasoning_effort: 'none' }, { thinkingConfig: { thinkingBudget: 0 } }],
    [{ reasoning_effort: 'low' }, { thinkingConfig: { includeThoughts: true, thinkingBudget: 1_024 } }],
    [{ reasoning_effort: 'xhigh' }, { thinkingConfig: { includeThoughts: true, thinkingBudget: 24_576 } }],
    [{ stop: ['A', 'B'] }, { stopSequences: ['A', 'B'] }],
  ])('%o', (change, generationConfig) => {
    expect(geminiOf(change)['generationConfig']).toEqual(generationConfig);
  });
});

describe('refused by name', () => {
  test.each<[string, JsonObject]>([
    ['n', { n: 9 }],
    ['logprobs', { logprobs: true }],
    ['top_logprobs', { top_logprobs: 3 }],
    ['logit_bias', { logit_bias: { 1: 2 } }],
    ['parallel_tool_calls', { parallel_tool_calls: false }],
    ['audio', { audio: { voice: 'x' } }],
    ['prediction', { prediction: { type: 'content' } }],
    ['modalities', { modalities: ['audio'] }],
    ['web_search_options', { web_search_options: {} }],
    ['extra_body', { extra_body: { google: {} } }],
    ['functions', { functions: [{ name: 'x' }] }],
    ['function_call', { function_call: 'auto' }],
    ['response_format', { response_format: { type: 'grammar' } }],
    ['response_format.json_schema.schema', { response_format: { type: 'json_schema' } }],
    ['tools[0]', { tools: [{ type: 'custom', custom: { name: 'x' } }] }],
    ['tool_choice', { tool_choice: 'sometimes' }],
    ['messages', { messages: [] }],
    ['messages[0]', { messages: ['x'] }],
    ['messages[0].role', { messages: [{ role: 'function', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 7 }] }],
    ['messages[0].content[0].image_url', showing({ type: 'image_url', image_url: { url: 'https://x.test/a.png' } })],
    [
      'messages[0].content[0].image_url',
      showing({ type: 'image_url', image_url: { url: 'data:image/gif;base64,QUJD' } }),
    ],
    ['messages[0].content[0].file', showing({ type: 'file', file: { file_id: 'f' } })],
    ['messages[0].content[0].input_audio.format', showing({ type: 'input_audio', input_audio: { format: 'flac' } })],
    ['messages[0].content[0]', showing({ type: 'video' })],
    [
      'messages[1]',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: 'y' },
        ],
      },
    ],
    ['messages[2].tool_call_id', calling([call('a')], [{ tool_call_id: 'b', content: 'x' }])],
    ['messages[1].tool_calls[0]', calling([{ id: 'a', type: 'custom' }], [])],
  ])('%s', (field, change) => {
    expect(refusalOf(change)).toBe(field);
  });
});
