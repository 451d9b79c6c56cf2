// What an Anthropic request becomes for Gemini, and what is refused.

import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../schema/json.ts';
import { messagesToGemini } from '../../../worker/translation/messages-to-gemini/messages-to-gemini.ts';
import { messagesAddress, plainMessages, readTool } from '../../fixtures/messages-requests.ts';

const CAP = 'maxOutputTokens';
const hello = { role: 'user', parts: [{ text: 'Hello' }] };
const png = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'QUJD' } };
const inlinePng = { inlineData: { mimeType: 'image/png', data: 'QUJD' } };

function geminiOf(change: JsonObject): JsonObject {
  const translated = messagesToGemini.request({ ...plainMessages, ...change }, messagesAddress, CAP);
  if (!translated.ok) throw new Error(translated.failure.message);
  return translated.value.body;
}

function refusalOf(change: JsonObject): string | null {
  const translated = messagesToGemini.request({ ...plainMessages, ...change }, messagesAddress, CAP);
  if (translated.ok) return 'taken';
  return translated.failure.message.startsWith(`${translated.failure.field} `) ? translated.failure.field : 'unnamed';
}

/** One block in a message of the user. */
function showing(block: JsonValue): JsonObject {
  return { messages: [{ role: 'user', content: [block] }] };
}

function use(id: string, name = 'Read'): JsonObject {
  return { type: 'tool_use', id, name, input: { path: 'a' } };
}

function thinking(signature: string): JsonObject {
  return { type: 'thinking', thinking: 'Hm.', signature };
}

function turns(assistant: readonly JsonObject[], results: readonly JsonObject[]): JsonObject {
  return {
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: assistant },
      { role: 'user', content: results },
    ],
  };
}

describe('a request', () => {
  test('becomes one for Gemini, and leaves what is between client and Anthropic', () => {
    const change = {
      stream: true,
      system: [
        { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: 'Be kind.' },
      ],
      thinking: { type: 'enabled', budget_tokens: 50 },
      context_management: { edits: [] },
      metadata: { user_id: 'u' },
      temperature: 1,
      top_p: 0.9,
      top_k: 5,
      stop_sequences: ['END'],
    };
    expect(messagesToGemini.request({ ...plainMessages, ...change }, messagesAddress, CAP)).toEqual({
      ok: true,
      value: {
        body: {
          contents: [hello],
          systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] },
          generationConfig: {
            maxOutputTokens: 100,
            temperature: 1,
            topP: 0.9,
            topK: 5,
            stopSequences: ['END'],
            thinkingConfig: { includeThoughts: true, thinkingBudget: 50 },
          },
        },
        address: { operation: 'streamGenerateContent', model: 'm', search: '?alt=sse' },
      },
    });
  });

  const schema = { type: 'object' };
  test.each<[JsonObject, JsonObject]>([
    [{ thinking: { type: 'enabled', budget_tokens: 31_999 } }, { includeThoughts: true, thinkingBudget: 24_576 }],
    [{ thinking: { type: 'adaptive' } }, { includeThoughts: true }],
    [
      { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } },
      { includeThoughts: true, thinkingBudget: 8_192 },
    ],
    [{ output_config: { effort: 'low' } }, { thinkingBudget: 1_024 }],
  ])('thinks as it is told: %o', (change, thinkingConfig) => {
    expect(geminiOf(change)).toMatchObject({ generationConfig: { thinkingConfig } });
  });

  test('that does not speak of thoughts says nothing of them', () => {
    expect(geminiOf({ thinking: { type: 'disabled' } })['generationConfig']).toEqual({ maxOutputTokens: 100 });
  });

  test.each(['output_config', 'output_format'])('has the schema of its answer from %s', (member) => {
    const format = { type: 'json_schema', schema };
    expect(geminiOf({ [member]: member === 'output_config' ? { format } : format })).toMatchObject({
      generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema },
    });
  });

  test.each<[JsonObject, JsonObject]>([
    [png, inlinePng],
    [
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'QUJD' } },
      { inlineData: { mimeType: 'application/pdf', data: 'QUJD' } },
    ],
    [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Words.' } }, { text: 'Words.' }],
  ])('shows %o', (block, part) => {
    expect(geminiOf(showing(block))['contents']).toEqual([{ role: 'user', parts: [part] }]);
  });
});

describe('tools', () => {
  test.each<[JsonObject | null, JsonObject | undefined]>([
    [null, undefined],
    [{ type: 'auto' }, undefined],
    [{ type: 'any' }, { mode: 'ANY' }],
    [{ type: 'none' }, { mode: 'NONE' }],
    [
      { type: 'tool', name: 'Read' },
      { mode: 'ANY', allowedFunctionNames: ['Read'] },
    ],
  ])('are declared, and chosen by %o', (tool_choice, functionCallingConfig) => {
    const body = geminiOf({ tools: [readTool], tool_choice });
    expect(body['tools']).toEqual([
      { functionDeclarations: [{ name: 'Read', description: 'Reads.', parametersJsonSchema: { type: 'object' } }] },
    ]);
    expect(body['toolConfig']).toEqual(functionCallingConfig && { functionCallingConfig });
  });

  test('have the signature of the thoughts that led to them, and results named and in their order', () => {
    const assistant = [thinking('gemini:c2ln'), { type: 'text', text: 'I look.' }, use('a'), use('gemini-fc9', 'Time')];
    const results = [
      { type: 'text', text: 'There.' },
      { type: 'tool_result', tool_use_id: 'gemini-fc9', is_error: true, content: 'Late.' },
      { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'Rain.' }, png] },
    ];
    const args = { path: 'a' };
    expect(geminiOf(turns(assistant, results))['contents']).toEqual([
      hello,
      {
        role: 'model',
        parts: [
          { text: 'I look.' },
          { functionCall: { name: 'Read', args }, thoughtSignature: 'c2ln' },
          { functionCall: { id: 'fc9', name: 'Time', args } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'Read', response: { output: 'Rain.' } } },
          { functionResponse: { id: 'fc9', name: 'Time', response: { error: 'Late.' } } },
          { text: 'There.' },
          inlinePng,
        ],
      },
    ]);
  });

  test.each([[[use('a')]], [[thinking('EqQBCgIYAhIM'), use('a')]], [[thinking('gemini:'), use('a')]]])(
    'without a signature of Gemini’s own are called with Google’s word for that: %o',
    (assistant) => {
      const results = [{ type: 'tool_result', tool_use_id: 'a', content: 'Rain.' }];
      expect(geminiOf(turns(assistant, results))).toMatchObject({
        contents: [{}, { parts: [{ thoughtSignature: 'skip_thought_signature_validator' }] }, {}],
      });
    },
  );
});

describe('refused by name', () => {
  test.each<[string, JsonObject]>([
    ['mcp_servers', { mcp_servers: [{ url: 'https://x.test' }] }],
    ['container', { container: 'c' }],
    ['max_tokens', { max_tokens: 0 }],
    ['system[0]', { system: [{ type: 'image' }] }],
    ['output_config.format', { output_config: { format: { type: 'grammar' } } }],
    ['tools[0]', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    [
      'tool_choice.disable_parallel_tool_use',
      { tools: [readTool], tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    ],
    ['messages', { messages: [] }],
    ['messages[0]', { messages: [7] }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 7 }] }],
    ['messages[0].content[0]', showing('x')],
    ['messages[0].content[0]', showing({ type: 'search_result' })],
    ['messages[0].content[0].source', showing({ type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } })],
    [
      'messages[0].content[0].source',
      showing({ type: 'image', source: { type: 'base64', media_type: 'image/gif', data: 'x' } }),
    ],
    ['messages[0].content[0].source', showing({ type: 'document', source: { type: 'file', file_id: 'f' } })],
    [
      'messages[0].content[0].citations',
      showing({ type: 'document', source: { type: 'text', data: 'x' }, citations: { enabled: true } }),
    ],
    ['messages[2].content[0].tool_use_id', turns([use('a')], [{ type: 'tool_result', tool_use_id: 'b' }])],
    ['messages[2].content[0].content[0]', turns([use('a')], [{ type: 'tool_result', content: [{ type: 'video' }] }])],
    ['messages[1].content[0]', turns([{ type: 'image' }], [])],
    [
      'messages[1]',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: '{' },
        ],
      },
    ],
  ])('%s', (field, change) => {
    expect(refusalOf(change)).toBe(field);
  });
});
