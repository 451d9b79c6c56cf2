// What Gemini's answer becomes for an Anthropic client, whole and event by event.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { messagesToGemini } from '../../../worker/translation/messages-to-gemini/messages-to-gemini.ts';
import { busyParts, candidate, geminiAnswer, geminiUsage } from '../../fixtures/gemini-answers.ts';
import { messagesAddress, plainMessages } from '../../fixtures/messages-requests.ts';
import { eventsOf, messageRead, PUBLIC_MODEL, translatedStream } from '../../helpers/translated.ts';

const thinkingBody = { ...plainMessages, thinking: { type: 'enabled', budget_tokens: 50 } };
const shownUsage = {
  input_tokens: 36,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 64,
  output_tokens: 20,
};
const said = [
  { type: 'thinking', thinking: 'Hm.', signature: '' },
  { type: 'text', text: 'I look – here.' },
  { type: 'thinking', thinking: '', signature: 'gemini:c2ln' },
  { type: 'tool_use', id: 'toolu_2', name: 'weather', input: { city: 'Tromsø' } },
  { type: 'tool_use', id: 'gemini-fc9', name: 'time', input: {} },
];

function askedFor(body: JsonObject): Asked {
  let ids = 0;
  return {
    model: PUBLIC_MODEL,
    body,
    address: messagesAddress,
    newId: (prefix) => `${prefix}${(ids += 1)}`,
    nowS: 7,
  };
}

describe('a whole answer', () => {
  test('has its pieces joined in their order, the signature as that of thoughts, and disjoint usage', () => {
    expect(messagesToGemini.answer(geminiAnswer(busyParts), askedFor(thinkingBody))).toEqual({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: PUBLIC_MODEL,
      content: said,
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: shownUsage,
    });
  });

  test('has a signature at the thoughts that stand right before the call', () => {
    const parts = [{ text: 'Hm.', thought: true }, ...busyParts.slice(3)];
    expect(messagesToGemini.answer(geminiAnswer(parts), askedFor(thinkingBody))).toMatchObject({
      content: [{ type: 'thinking', thinking: 'Hm.', signature: 'gemini:c2ln' }, said[3], said[4]],
    });
  });

  test('shows no thoughts to a client that did not ask for them', () => {
    expect(messagesToGemini.answer(geminiAnswer(busyParts), askedFor(plainMessages))).toMatchObject({
      content: [said[1], said[3], said[4]],
    });
  });

  test.each([
    ['STOP', 'end_turn'],
    ['OTHER', 'end_turn'],
    ['MAX_TOKENS', 'max_tokens'],
    ['SAFETY', 'refusal'],
    ['SPII', 'refusal'],
  ])('that ended by %s stopped by %s', (reason, stop_reason) => {
    const answer = messagesToGemini.answer(geminiAnswer([{ text: 'x' }], reason), askedFor(plainMessages));
    expect(answer).toMatchObject({ stop_reason });
  });

  test('of a blocked prompt is a refusal', () => {
    const body = { promptFeedback: { blockReason: 'SAFETY' } };
    expect(messagesToGemini.answer(body, askedFor(plainMessages))).toMatchObject({
      content: [],
      stop_reason: 'refusal',
    });
  });

  test.each([{}, { candidates: [] }])('that is none has no translation: %o', (body) => {
    expect(messagesToGemini.answer(body, askedFor(plainMessages))).toBeNull();
  });
});

function written(chunks: readonly JsonObject[]): string {
  return chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('');
}

const busyStream = written([
  { usageMetadata: { trafficType: 'ON_DEMAND' } },
  ...busyParts.map((part) => ({ candidates: [candidate([part], null)], usageMetadata: { promptTokenCount: 100 } })),
  { candidates: [{ finishReason: 'STOP', index: 0 }], usageMetadata: geminiUsage },
]);

describe('a stream', () => {
  test('is put together by Anthropic’s own SDK to what the whole answer says', async () => {
    const message = await messageRead(translatedStream(messagesToGemini, busyStream, { body: thinkingBody }));
    expect(message).toMatchObject({ content: said, stop_reason: 'tool_use', usage: shownUsage, model: PUBLIC_MODEL });
  });

  test('has its events in Anthropic’s order', () => {
    const stream = translatedStream(messagesToGemini, busyStream, { body: plainMessages });
    expect(eventsOf(stream).map(({ name }) => name)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('reads the same wherever it is cut', () => {
    const whole = translatedStream(messagesToGemini, busyStream, { body: thinkingBody });
    for (let pieceBytes = 1; pieceBytes <= 200; pieceBytes += 1) {
      expect(translatedStream(messagesToGemini, busyStream, { body: thinkingBody, pieceBytes })).toBe(whole);
    }
  });

  test('of a blocked prompt is a refusal', async () => {
    const blocked = written([{ promptFeedback: { blockReason: 'SAFETY' } }]);
    const message = await messageRead(translatedStream(messagesToGemini, blocked));
    expect(message).toMatchObject({ content: [], stop_reason: 'refusal' });
  });

  test.each([
    [503, 'overloaded_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
  ])('with the error %s ends with it, and nothing after it', (code, type) => {
    const failed = written([
      { candidates: [candidate([{ text: 'a' }], null)] },
      { error: { code, message: 'Not now.' } },
      { candidates: [candidate([{ text: 'b' }], 'STOP')] },
    ]);
    const last = eventsOf(translatedStream(messagesToGemini, failed)).at(-1);
    expect(last).toEqual({
      name: 'error',
      data: JSON.stringify({ type: 'error', error: { type, message: 'Not now.' } }),
    });
  });

  test('that breaks off has no end', () => {
    const cut = written([{ candidates: [candidate([{ text: 'a' }], null)] }]);
    expect(translatedStream(messagesToGemini, cut)).not.toContain('message_stop');
  });
});
