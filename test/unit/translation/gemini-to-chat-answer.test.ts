// What a chat completion becomes for a client of Gemini, whole and chunk by chunk, as events and as one array.

import { describe, expect, test } from 'vitest';
import { isObject, type JsonObject, parseJson } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { geminiToChat } from '../../../worker/translation/gemini-to-chat/gemini-to-chat.ts';
import { eventsOf, PUBLIC_MODEL, translatedStream } from '../../helpers/translated.ts';

const thinking = { generationConfig: { thinkingConfig: { includeThoughts: true } } };
const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 64 },
  completion_tokens_details: { reasoning_tokens: 8 },
};
const usageMetadata = {
  promptTokenCount: 100,
  cachedContentTokenCount: 64,
  candidatesTokenCount: 12,
  thoughtsTokenCount: 8,
  totalTokenCount: 120,
};
const calls = [
  { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Tromsø"}' } },
  { id: 'c2', type: 'function', function: { name: 'time', arguments: '' } },
];
const callParts = [
  { functionCall: { id: 'c1', name: 'weather', args: { city: 'Tromsø' } } },
  { functionCall: { id: 'c2', name: 'time', args: {} } },
];
const SSE = { operation: 'streamGenerateContent', model: 'm', search: '?alt=sse' };

function askedFor(body: JsonObject): Asked {
  let ids = 0;
  return { model: 'public', body, address: SSE, newId: (prefix) => `${prefix}${(ids += 1)}`, nowS: 7 };
}

function completion(message: JsonObject, finish_reason: string): JsonObject {
  return { choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }], usage };
}

describe('a whole answer', () => {
  test('has its thoughts, text, calls and usage in the form of Gemini', () => {
    const message = { content: 'I look.', reasoning_content: 'Hm.', tool_calls: calls };
    expect(geminiToChat.answer(completion(message, 'tool_calls'), askedFor(thinking))).toEqual({
      candidates: [
        {
          content: { role: 'model', parts: [{ text: 'Hm.', thought: true }, { text: 'I look.' }, ...callParts] },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata,
      modelVersion: 'public',
      responseId: '1',
    });
  });

  test('shows no thoughts to a client that did not ask for them', () => {
    const answer = geminiToChat.answer(completion({ content: 'x', reasoning_content: 'Hm.' }, 'stop'), askedFor({}));
    expect(answer).toMatchObject({ candidates: [{ content: { parts: [{ text: 'x' }] } }] });
  });

  test.each([
    ['stop', 'STOP'],
    ['tool_calls', 'STOP'],
    ['length', 'MAX_TOKENS'],
    ['content_filter', 'SAFETY'],
  ])('that finished by %s ended by %s', (finish, finishReason) => {
    expect(geminiToChat.answer(completion({ content: 'x' }, finish), askedFor({}))).toMatchObject({
      candidates: [{ finishReason }],
    });
  });

  test('whose arguments are no JSON shows them', () => {
    const call = { id: 'c1', function: { name: 'x', arguments: '{"a' } };
    expect(geminiToChat.answer(completion({ tool_calls: [call] }, 'tool_calls'), askedFor({}))).toMatchObject({
      candidates: [{ content: { parts: [{ functionCall: { args: { invalid_arguments: '{"a' } } }] } }],
    });
  });

  test('that is none has no translation', () => {
    expect(geminiToChat.answer({ choices: [] }, askedFor({}))).toBeNull();
  });
});

function chunk(delta: JsonObject, finish_reason: string | null = null, index = 0): JsonObject {
  return { choices: [{ index, delta, finish_reason }] };
}

function written(chunks: readonly JsonObject[], end = 'data: [DONE]\n\n'): string {
  return chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('') + end;
}

/** Two calls, whose pieces are mixed. */
const busyStream = written([
  chunk({ role: 'assistant', content: '' }),
  chunk({ reasoning_content: 'Hm.' }),
  chunk({ content: 'I ' }),
  chunk({ content: 'look – here.' }),
  chunk({ tool_calls: [{ index: 0, id: 'c1', function: { name: 'weather', arguments: '' } }] }),
  chunk({ tool_calls: [{ index: 1, id: 'c2', function: { name: 'time', arguments: '' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '"Tromsø"}' } }] }),
  chunk({}, 'tool_calls'),
  { choices: [], usage },
]);

function sse(stream: string, body: JsonObject = thinking): unknown[] {
  return eventsOf(translatedStream(geminiToChat, stream, { body, address: SSE })).map(({ data }) => parseJson(data));
}

const partsOf = (parts: readonly JsonObject[], rest: JsonObject = {}) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...rest }],
});
const busyChunks = [
  partsOf([{ text: 'Hm.', thought: true }]),
  partsOf([{ text: 'I ' }]),
  partsOf([{ text: 'look – here.' }]),
  { ...partsOf(callParts, { finishReason: 'STOP' }), usageMetadata },
];

describe('a stream', () => {
  test('has text and thoughts as they come, and last its calls, whole, its reason and its usage', () => {
    const said = sse(busyStream);
    expect(said).toMatchObject(busyChunks);
    for (const each of said) expect(each).toMatchObject({ modelVersion: PUBLIC_MODEL, responseId: '1' });
  });

  test('is one array where the client asked for no events', () => {
    const array = translatedStream(geminiToChat, busyStream, { body: thinking, address: { ...SSE, search: '' } });
    expect(parseJson(array)).toMatchObject(busyChunks);
  });

  test.each([SSE, { ...SSE, search: '' }])('reads the same wherever it is cut: %o', (address) => {
    const whole = translatedStream(geminiToChat, busyStream, { body: thinking, address });
    for (let pieceBytes = 1; pieceBytes <= 200; pieceBytes += 1) {
      expect(translatedStream(geminiToChat, busyStream, { body: thinking, address, pieceBytes })).toBe(whole);
    }
  });

  test('of several choices keeps them apart', () => {
    const mixed = written([
      chunk({ content: 'a' }),
      chunk({ content: 'b' }, 'length', 1),
      chunk({ content: 'c' }, 'stop'),
    ]);
    expect(sse(mixed)).toMatchObject([
      { candidates: [{ index: 0, content: { parts: [{ text: 'a' }] } }] },
      { candidates: [{ index: 1, content: { parts: [{ text: 'b' }] } }] },
      { candidates: [{ index: 0, content: { parts: [{ text: 'c' }] } }] },
      {
        candidates: [
          { index: 0, finishReason: 'STOP' },
          { index: 1, finishReason: 'MAX_TOKENS' },
        ],
      },
    ]);
  });

  test.each([
    ['rate_limit_exceeded', 429, 'RESOURCE_EXHAUSTED'],
    [503, 503, 'UNAVAILABLE'],
    [null, 500, 'INTERNAL'],
  ])('with the error %s ends with it', (given, code, status) => {
    const failed = written([chunk({ content: 'a' }), { error: { message: 'Not now.', code: given } }], '');
    expect(sse(failed).at(-1)).toEqual({ error: { code, message: 'Not now.', status } });
  });

  test('that breaks off has no end', () => {
    const cut = sse(written([chunk({ content: 'a' })], ''));
    expect(cut).toHaveLength(1);
    expect(cut.filter(isObject).map((each) => JSON.stringify(each))).not.toContain('finishReason');
  });
});
