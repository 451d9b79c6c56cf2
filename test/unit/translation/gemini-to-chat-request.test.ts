// What a Gemini request becomes as a chat completion, and what is refused.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { geminiToChat } from '../../../worker/translation/gemini-to-chat/gemini-to-chat.ts';

const address = { operation: 'generateContent', model: 'm', search: '' };
const plain = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] };
const hello = { role: 'user', content: 'Hello' };
const weather = { name: 'weather', description: 'Tells.', parametersJsonSchema: { type: 'object' } };
const png = { inlineData: { mimeType: 'image/png', data: 'QUJD' } };
const shownPng = { type: 'image_url', image_url: { url: 'data:image/png;base64,QUJD' } };

function chatOf(change: JsonObject): JsonObject {
  const translated = geminiToChat.request({ ...plain, ...change }, address, 'max_tokens');
  if (!translated.ok) throw new Error(translated.failure.message);
  return translated.value.body;
}

function refusalOf(change: JsonObject): string | null {
  const translated = geminiToChat.request({ ...plain, ...change }, address, 'max_tokens');
  if (translated.ok) return 'taken';
  return translated.failure.message.startsWith(`${translated.failure.field} `) ? translated.failure.field : 'unnamed';
}

/** One part in a content of the user. */
function showing(part: JsonObject): JsonObject {
  return { contents: [{ role: 'user', parts: [part] }] };
}

function turns(calls: readonly JsonObject[], results: readonly JsonObject[]): JsonObject {
  return {
    contents: [
      { role: 'user', parts: [{ text: 'Hello' }] },
      { role: 'model', parts: calls.map((functionCall) => ({ functionCall, thoughtSignature: 'c2ln' })) },
      { role: 'user', parts: results.map((functionResponse) => ({ functionResponse })) },
    ],
  };
}

function called(id: string, name: string, written: string): JsonObject {
  return { id, type: 'function', function: { name, arguments: written } };
}

describe('a request', () => {
  test('becomes a chat completion, and leaves what only Gemini understands', () => {
    const change = {
      systemInstruction: { role: 'system', parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
      safetySettings: [{ category: 'X', threshold: 'OFF' }],
      labels: { a: 'b' },
      generationConfig: {
        maxOutputTokens: 100,
        temperature: 0.5,
        topP: 0.9,
        topK: 64,
        candidateCount: 2,
        stopSequences: ['END'],
        seed: 7,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        responseLogprobs: false,
        responseModalities: ['TEXT'],
        thinkingConfig: { includeThoughts: true, thinkingBudget: 8_192 },
      },
    };
    expect(geminiToChat.request({ ...plain, ...change }, address, 'max_completion_tokens')).toEqual({
      ok: true,
      value: {
        body: {
          model: 'm',
          messages: [{ role: 'system', content: 'Be brief.\n\nBe kind.' }, hello],
          max_completion_tokens: 100,
          temperature: 0.5,
          top_p: 0.9,
          n: 2,
          stop: ['END'],
          seed: 7,
          presence_penalty: 0.1,
          frequency_penalty: 0.2,
        },
        address: { operation: 'chat/completions', model: null, search: '' },
      },
    });
  });

  test('is read under its other names as well, and asks a stream for its usage', () => {
    const body = {
      ...showing({ inline_data: { mime_type: 'image/png', data: 'QUJD' } }),
      system_instruction: { parts: { text: 'Be brief.' } },
      generation_config: { max_output_tokens: 100, thinking_config: { thinking_level: 'HIGH' } },
    };
    const streaming = { ...address, operation: 'streamGenerateContent' };
    expect(geminiToChat.request(body, streaming, 'max_tokens')).toMatchObject({
      value: {
        body: {
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: [shownPng] },
          ],
          max_tokens: 100,
          reasoning_effort: 'high',
          stream: true,
          stream_options: { include_usage: true },
        },
      },
    });
  });

  test.each<[JsonObject, JsonObject]>([
    [png, shownPng],
    [
      { fileData: { mimeType: 'image/png', fileUri: 'https://x.test/a.png' } },
      { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
    ],
    [
      { inlineData: { mimeType: 'audio/mpeg', data: 'QUJD' } },
      { type: 'input_audio', input_audio: { data: 'QUJD', format: 'mp3' } },
    ],
  ])('shows %o', (part, chatPart) => {
    expect(chatOf(showing(part))['messages']).toEqual([{ role: 'user', content: [chatPart] }]);
  });
});

describe('tools', () => {
  test.each<[JsonObject | undefined, JsonObject]>([
    [undefined, {}],
    [{ mode: 'AUTO' }, {}],
    [{ mode: 'VALIDATED' }, {}],
    [{ mode: 'ANY' }, { tool_choice: 'required' }],
    [{ mode: 'NONE' }, { tool_choice: 'none' }],
  ])('are functions, chosen by %o', (functionCallingConfig, choice) => {
    const { tools, tool_choice } = chatOf({
      tools: [{ functionDeclarations: [weather] }],
      ...(functionCallingConfig && { toolConfig: { functionCallingConfig } }),
    });
    const parameters = { type: 'object' };
    expect(tools).toEqual([{ type: 'function', function: { name: 'weather', description: 'Tells.', parameters } }]);
    expect(tool_choice).toEqual(choice['tool_choice']);
  });

  test('that are not allowed are not offered', () => {
    const body = chatOf({
      tools: [{ functionDeclarations: [weather, { name: 'time' }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['time'] } },
    });
    expect(body).toMatchObject({ tools: [{ function: { name: 'time' } }], tool_choice: 'required' });
  });

  test('have Gemini’s own schemas in JSON Schema', () => {
    const parameters = {
      type: 'OBJECT',
      properties: {
        type: { type: 'STRING', nullable: true, enum: ['a'] },
        list: { type: 'ARRAY', items: { type: 'INTEGER' }, minItems: '1' },
        any: { anyOf: [{ type: 'NUMBER' }], nullable: true },
      },
      required: ['type'],
      propertyOrdering: ['type'],
    };
    expect(chatOf({ tools: [{ functionDeclarations: [{ name: 'x', parameters }] }] })).toMatchObject({
      tools: [
        {
          function: {
            parameters: {
              type: 'object',
              properties: {
                type: { type: ['string', 'null'], enum: ['a', null] },
                list: { type: 'array', items: { type: 'integer' }, minItems: 1 },
                any: { anyOf: [{ type: 'number' }, { type: 'null' }] },
              },
              required: ['type'],
            },
          },
        },
      ],
    });
  });

  test('without ids are counted, and their results go to the first open call of the name', () => {
    const calls = [
      { name: 'weather', args: { city: 'Oslo' } },
      { name: 'weather', args: { city: 'Rome' } },
      { id: 'x', name: 'time' },
    ];
    const results = [
      { id: 'x', name: 'time', response: { time: 12 } },
      { name: 'weather', response: { output: 'Rain.' } },
      { name: 'weather', response: { output: 'Sun.' }, parts: [png] },
    ];
    expect(chatOf(turns(calls, results))['messages']).toEqual([
      hello,
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          called('call_1', 'weather', '{"city":"Oslo"}'),
          called('call_2', 'weather', '{"city":"Rome"}'),
          called('x', 'time', '{}'),
        ],
      },
      { role: 'tool', tool_call_id: 'x', content: '{"time":12}' },
      { role: 'tool', tool_call_id: 'call_1', content: 'Rain.' },
      { role: 'tool', tool_call_id: 'call_2', content: 'Sun.' },
      { role: 'user', content: [shownPng] },
    ]);
  });
});

describe('what is asked of the answer', () => {
  const schema = { type: 'object' };
  const json = { responseMimeType: 'application/json' };
  test.each<[JsonObject, JsonObject]>([
    [json, { type: 'json_object' }],
    [
      { ...json, responseSchema: { type: 'OBJECT' } },
      { type: 'json_schema', json_schema: { name: 'answer', schema } },
    ],
    [
      { ...json, responseJsonSchema: schema },
      { type: 'json_schema', json_schema: { name: 'answer', schema } },
    ],
  ])('%o', (generationConfig, format) => {
    expect(chatOf({ generationConfig })['response_format']).toEqual(format);
  });
});

describe('refused by name', () => {
  test.each<[string, JsonObject]>([
    ['cachedContent', { cachedContent: 'cachedContents/a' }],
    ['generationConfig.responseLogprobs', { generationConfig: { responseLogprobs: true } }],
    ['generationConfig.speechConfig', { generationConfig: { speechConfig: {} } }],
    ['generationConfig.responseMimeType', { generationConfig: { responseMimeType: 'text/x.enum' } }],
    ['tools[0].googleSearch', { tools: [{ googleSearch: {} }] }],
    ['tools[1].codeExecution', { tools: [{ functionDeclarations: [weather] }, { code_execution: {} }] }],
    [
      'toolConfig.functionCallingConfig.mode',
      { tools: [{ functionDeclarations: [weather] }], toolConfig: { functionCallingConfig: { mode: 'SOMETIMES' } } },
    ],
    ['systemInstruction.parts[0]', { systemInstruction: { parts: [png] } }],
    ['contents[0]', { contents: ['x'] }],
    ['contents[0].role', { contents: [{ role: 'tool', parts: [] }] }],
    ['contents[0].parts[0]', { contents: [{ parts: ['x'] }] }],
    ['contents[0].parts[0].inlineData.mimeType', showing({ inlineData: { mimeType: 'application/pdf', data: 'x' } })],
    ['contents[0].parts[0].fileData', showing({ fileData: { mimeType: 'image/png', fileUri: 'gs://x/a.png' } })],
    ['contents[0].parts[0].executableCode', showing({ executableCode: { code: 'x' } })],
    ['contents[2].parts[0].functionResponse', turns([{ name: 'a' }], [{ name: 'b', response: {} }])],
    [
      'contents[2].parts[0].functionResponse.parts[0]',
      turns([{ name: 'a' }], [{ name: 'a', response: {}, parts: ['x'] }]),
    ],
    ['contents[1]', { contents: [...plain.contents, { role: 'model', parts: [{ text: '{' }] }] }],
  ])('%s', (field, change) => {
    expect(refusalOf(change)).toBe(field);
  });

  test('is an operation that is no generation', () => {
    const translated = geminiToChat.request(plain, { ...address, operation: 'embedContent' }, 'max_tokens');
    expect(translated).toMatchObject({
      ok: false,
      failure: { message: 'embedContent is not offered for this model.' },
    });
  });
});
