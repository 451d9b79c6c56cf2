// What Gemini's answer becomes for a client of chat completions, whole and event by event.

import { describe, expect, test } from 'vitest';
import { arrayAt, isObject, type JsonObject, objectAt, parseJson, stringAt } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { chatToGemini } from '../../../worker/translation/chat-to-gemini/chat-to-gemini.ts';
import { chatAddress, plainChat } from '../../fixtures/chat-requests.ts';
import { busyParts, candidate, geminiAnswer, geminiUsage } from '../../fixtures/gemini-answers.ts';
import { eventsOf, translatedStream } from '../../helpers/translated.ts';

const shownUsage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 64 },
  completion_tokens_details: { reasoning_tokens: 8 },
};
const signed = { google: { thought_signature: 'c2ln' } };
const telling = { ...plainChat, stream_options: { include_usage: true } };

function askedFor(): Asked {
  let ids = 0;
  const newId = (prefix: string) => `${prefix}${(ids += 1)}`;
  return { model: 'public', body: plainChat, address: chatAddress, newId, nowS: 7 };
}

describe('a whole answer', () => {
  test('has its text joined, its thoughts, its signed calls, and usage in the form of chat completions', () => {
    expect(chatToGemini.answer(geminiAnswer(busyParts), askedFor())).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 7,
      model: 'public',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'I look – here.',
            refusal: null,
            reasoning_content: 'Hm.',
            tool_calls: [
              {
                id: 'call_2',
                type: 'function',
                function: { name: 'weather', arguments: '{"city":"Tromsø"}' },
                extra_content: signed,
              },
              { id: 'gemini-fc9', type: 'function', function: { name: 'time', arguments: '{}' } },
            ],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
      usage: shownUsage,
    });
  });

  test.each([
    ['STOP', 'stop'],
    ['OTHER', 'stop'],
    ['MALFORMED_FUNCTION_CALL', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
  ])('that ended by %s finished by %s', (reason, finish) => {
    const answer = chatToGemini.answer(geminiAnswer([{ text: 'x' }], reason), askedFor());
    expect(answer).toMatchObject({ choices: [{ finish_reason: finish }] });
  });

  test('of several candidates has as many choices', () => {
    const candidates = [candidate([{ text: 'a' }], 'STOP', 0), candidate([{ text: 'b' }], 'MAX_TOKENS', 1)];
    expect(chatToGemini.answer({ candidates }, askedFor())).toMatchObject({
      choices: [
        { index: 0, message: { content: 'a' }, finish_reason: 'stop' },
        { index: 1, message: { content: 'b' }, finish_reason: 'length' },
      ],
    });
  });

  test('that was blocked says so', () => {
    const body = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 5 } };
    expect(chatToGemini.answer(body, askedFor())).toMatchObject({
      choices: [
        { message: { content: null, refusal: 'The prompt was blocked: SAFETY.' }, finish_reason: 'content_filter' },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 0 },
    });
  });

  test.each([{}, { error: { message: 'x' } }, { candidates: [] }])('that is none has no translation: %o', (body) => {
    expect(chatToGemini.answer(body, askedFor())).toBeNull();
  });
});

function written(chunks: readonly JsonObject[]): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('');
}

/** What the client reads; its last word may be `[DONE]`. */
function read(stream: string): readonly (JsonObject | string)[] {
  return eventsOf(stream).map(({ data }) => {
    const chunk = parseJson(data);
    return isObject(chunk) ? chunk : data;
  });
}

function choicesOf(said: readonly (JsonObject | string)[]): unknown[] {
  return said.map((chunk) => {
    if (typeof chunk === 'string') return chunk;
    const choice = arrayAt(chunk, 'choices').find(isObject) ?? null;
    return stringAt(choice, 'finish_reason') ?? objectAt(choice, 'delta') ?? chunk['usage'];
  });
}

const busyStream = written([
  { usageMetadata: { trafficType: 'ON_DEMAND' } },
  ...busyParts.map((part) => ({ candidates: [candidate([part], null)], usageMetadata: { promptTokenCount: 100 } })),
  { candidates: [{ finishReason: 'STOP', index: 0 }], usageMetadata: geminiUsage },
]);

describe('a stream', () => {
  test('has the role first, then what is said, why it ended, its usage, and its end', () => {
    expect(choicesOf(read(translatedStream(chatToGemini, busyStream, { body: telling })))).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { reasoning_content: 'Hm.' },
      { content: 'I ' },
      { content: 'look – here.' },
      {
        tool_calls: [
          {
            index: 0,
            id: 'call_2',
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Tromsø"}' },
            extra_content: signed,
          },
        ],
      },
      {
        tool_calls: [{ index: 1, id: 'gemini-fc9', type: 'function', function: { name: 'time', arguments: '{}' } }],
      },
      'tool_calls',
      shownUsage,
      '[DONE]',
    ]);
  });

  test('reads the same wherever it is cut', () => {
    const whole = translatedStream(chatToGemini, busyStream, { body: telling });
    for (let pieceBytes = 1; pieceBytes <= 200; pieceBytes += 1) {
      expect(translatedStream(chatToGemini, busyStream, { body: telling, pieceBytes })).toBe(whole);
    }
  });

  test('tells its usage only to clients that asked for it', () => {
    const stream = translatedStream(chatToGemini, busyStream, { body: plainChat });
    expect(stream).not.toContain('usage');
  });

  test('of several candidates keeps them apart', () => {
    const mixed = written([
      { candidates: [candidate([{ text: 'a' }], null, 0)] },
      { candidates: [candidate([{ text: 'b' }], 'MAX_TOKENS', 1)] },
      { candidates: [candidate([{ text: 'c' }], 'STOP', 0)] },
    ]);
    const said = read(translatedStream(chatToGemini, mixed)).flatMap((chunk) =>
      isObject(chunk) ? arrayAt(chunk, 'choices') : [],
    );
    expect(said).toMatchObject([
      { index: 0, delta: { role: 'assistant' } },
      { index: 0, delta: { content: 'a' } },
      { index: 1, delta: { role: 'assistant' } },
      { index: 1, delta: { content: 'b' } },
      { index: 0, delta: { content: 'c' } },
      { index: 0, finish_reason: 'stop' },
      { index: 1, finish_reason: 'length' },
    ]);
  });

  test('of a blocked prompt refuses', () => {
    const blocked = written([{ promptFeedback: { blockReason: 'SAFETY' } }]);
    expect(choicesOf(read(translatedStream(chatToGemini, blocked)))).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { refusal: 'The prompt was blocked: SAFETY.' },
      'content_filter',
      '[DONE]',
    ]);
  });

  test('with an error ends with it, and nothing after it', () => {
    const failed = written([
      { candidates: [candidate([{ text: 'a' }], null)] },
      { error: { code: 503, message: 'Overloaded.', status: 'UNAVAILABLE' } },
      { candidates: [candidate([{ text: 'b' }], 'STOP')] },
    ]);
    expect(read(translatedStream(chatToGemini, failed)).at(-1)).toEqual({
      error: { message: 'Overloaded.', type: 'server_error', param: null, code: 'UNAVAILABLE' },
    });
  });

  test('that breaks off has no end', () => {
    const cut = written([{ candidates: [candidate([{ text: 'a' }], null)] }]);
    expect(translatedStream(chatToGemini, cut)).not.toContain('[DONE]');
  });
});
