// A whole answer in the place of a stream: a translated client puts together of it what a whole answer would have told it.

import { describe, expect, test } from 'vitest';
import type { DialectName } from '../../../schema/dialect-name.ts';
import { isObject, type JsonObject, objectAt, parseJson } from '../../../schema/json.ts';
import type { Asked } from '../../../schema/translation.ts';
import { translationInto } from '../../../worker/line/translation-table.ts';
import { wholeAsStream } from '../../../worker/translation/whole-as-stream.ts';
import { plainRequest, responsesAddress, weatherTool } from '../../fixtures/responses-requests.ts';
import { eventsOf } from '../../helpers/translated.ts';

const written = '{"city":"Oslo"}';
const answers: readonly (readonly [DialectName, JsonObject])[] = [
  [
    'openai-chat',
    {
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            reasoning_content: 'Hm.',
            content: 'Hi',
            tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: written } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
    },
  ],
  [
    'anthropic-messages',
    {
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 's' },
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Oslo' } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 9, output_tokens: 4 },
    },
  ],
  [
    'bedrock-converse',
    {
      output: {
        message: {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } },
            { text: 'Hi' },
            { toolUse: { toolUseId: 'c1', name: 'weather', input: { city: 'Oslo' } } },
          ],
        },
      },
      stopReason: 'tool_use',
      usage: { inputTokens: 9, outputTokens: 4, totalTokens: 13 },
    },
  ],
];

function asked(): Asked {
  return {
    model: 'm',
    body: { ...plainRequest, stream: true, tools: [weatherTool] },
    address: responsesAddress,
    newId: (prefix) => prefix,
    nowS: 7,
  };
}

describe.each(answers)('of %s', (dialect, body) => {
  test('streams to the same response', () => {
    const translation = translationInto([dialect], 'openai-responses');
    if (translation === null) throw new Error('no translation');
    const stream = translation.stream(asked());
    const text =
      wholeAsStream(dialect, body)
        .map((event) => stream.push(event))
        .join('') + stream.end();
    const last = parseJson(eventsOf(text).at(-1)?.data ?? '');
    if (!isObject(last)) throw new Error('no event');
    expect(last['type']).toBe('response.completed');
    expect(objectAt(last, 'response')).toEqual(translation.answer(body, asked()));
    expect(last).toMatchObject({
      response: {
        output: [{ content: [{ text: 'Hm.' }] }, { content: [{ text: 'Hi' }] }, { call_id: 'c1', arguments: written }],
        usage: { input_tokens: 9, output_tokens: 4 },
      },
    });
  });
});
