// Real responses of many providers, translated whole and as streams: the client is told the usage that was recorded.

import { describe, expect, test } from 'vitest';
import { arrayAt, isObject, type JsonObject, objectAt, parseJson, stringAt } from '../../../schema/json.ts';
import type { Asked, Translation } from '../../../schema/translation.ts';
import { chatToGemini } from '../../../worker/translation/chat-to-gemini/chat-to-gemini.ts';
import { chatToMessages } from '../../../worker/translation/chat-to-messages/chat-to-messages.ts';
import { messagesToChat } from '../../../worker/translation/messages-to-chat/messages-to-chat.ts';
import { messagesToGemini } from '../../../worker/translation/messages-to-gemini/messages-to-gemini.ts';
import { chatAddress, plainChat } from '../../fixtures/chat-requests.ts';
import { messagesAddress, plainMessages } from '../../fixtures/messages-requests.ts';
import { chunksOf, hasRecordings, readRecording, type Recording, recordingsOf } from '../../helpers/recordings.ts';

const REASONS_TO_SKIP: Readonly<Record<string, string>> = {
  'anthropic/anthropic-advisor-20250301.1.chunks.txt': 'an advisor, which is not offered',
  'anthropic/anthropic-advisor-20260301.1.json': 'an advisor, which is not offered',
  'anthropic/anthropic-fallback.chunks.txt': 'a fallback to another model, which is not offered',
  'anthropic/anthropic-fallback.json': 'a fallback to another model, which is not offered',
  'anthropic/anthropic-programmatic-tool-calling.1.chunks.txt': 'several responses in a row',
  'anthropic/anthropic-tool-search-deferred-regex.chunks.txt': 'several responses in a row',
  'anthropic/anthropic-tool-search-regex.1.chunks.txt': 'several responses in a row',
  'mistral/mistral-transcription.json': 'a transcription',
  'openai/completion/openai-completion-text.json': 'a completion of the former kind',
  'openai/embedding/openai-embedding.json': 'an embedding',
  'togetherai/reranking/togetherai-reranking.1.json': 'a reranking',
};

const chat = {
  body: { ...plainChat, stream_options: { include_usage: true } },
  address: chatAddress,
};
const messages = { body: plainMessages, address: messagesAddress };

describe.skipIf(!hasRecordings)('Claude’s answers for clients of chat completions', () => {
  test.each(named('anthropic'))('%s', (_file, recording) => {
    const completion = chatToMessages.answer(bodyOf(recording), asked(chat));
    expect(objectAt(completion, 'usage')).toMatchObject(chatUsage(recording));
  });

  test.each(named('anthropic-stream'))('%s', (_file, recording) => {
    const said = streamed(chatToMessages, asked(chat), recording);
    expect(objectAt(said.at(-1) ?? null, 'usage')).toMatchObject(chatUsage(recording));
    const finishes = said.flatMap((chunk) => arrayAt(chunk, 'choices')).filter(isObject);
    expect(finishes.flatMap((choice) => stringAt(choice, 'finish_reason') ?? [])).toHaveLength(1);
    for (const written of argumentsIn(finishes)) expect(isObject(parseJson(written))).toBe(true);
  });
});

describe.skipIf(!hasRecordings)('Gemini’s answers for clients of chat completions', () => {
  test.each(named('gemini'))('%s', (_file, recording) => {
    const completion = chatToGemini.answer(bodyOf(recording), asked(chat));
    expect(objectAt(completion, 'usage')).toMatchObject(geminiAsChatUsage(recording));
  });

  test.each(named('gemini-stream'))('%s', (_file, recording) => {
    const said = streamed(chatToGemini, asked(chat), recording);
    expect(objectAt(said.at(-1) ?? null, 'usage')).toMatchObject(geminiAsChatUsage(recording));
  });
});

describe.skipIf(!hasRecordings)('chat completions for clients of Anthropic', () => {
  test.each(named('chat'))('%s', (_file, recording) => {
    const message = messagesToChat.answer(bodyOf(recording), asked(messages));
    expect(objectAt(message, 'usage')).toMatchObject(messagesUsage(recording));
  });

  test.each(named('chat-stream'))('%s', (_file, recording) => {
    const said = streamed(messagesToChat, asked(messages), recording);
    const ending = said.find((event) => event['type'] === 'message_delta') ?? null;
    expect(objectAt(ending, 'usage')).toMatchObject(messagesUsage(recording));
  });
});

describe.skipIf(!hasRecordings)('Gemini’s answers for clients of Anthropic', () => {
  test.each(named('gemini'))('%s', (_file, recording) => {
    const message = messagesToGemini.answer(bodyOf(recording), asked(messages));
    expect(objectAt(message, 'usage')).toMatchObject(messagesUsage(recording));
  });

  test.each(named('gemini-stream'))('%s', (_file, recording) => {
    const said = streamed(messagesToGemini, asked(messages), recording);
    const ending = said.find((event) => event['type'] === 'message_delta') ?? null;
    expect(objectAt(ending, 'usage')).toMatchObject(messagesUsage(recording));
  });
});

function named(kind: string): (readonly [string, Recording])[] {
  const all = recordingsOf([kind]).filter(({ file }) => !(file in REASONS_TO_SKIP));
  return all.map((recording) => [recording.file, recording] as const);
}

function asked(request: Pick<Asked, 'body' | 'address'>): Asked {
  let ids = 0;
  return { ...request, model: 'public', newId: (prefix) => `${prefix}${(ids += 1)}`, nowS: 7 };
}

function bodyOf(recording: Recording): JsonObject {
  const body = parseJson(readRecording(recording));
  if (!isObject(body)) throw new Error('no answer');
  return body;
}

/** The JSON that the client reads. */
function streamed(translation: Translation, request: Asked, recording: Recording): JsonObject[] {
  const stream = translation.stream(request);
  const text = chunksOf(recording).map((data) => stream.push({ event: null, data }));
  return [...text, stream.end()]
    .join('')
    .split('\n')
    .flatMap((line) => {
      const said = line.startsWith('data: ') ? parseJson(line.slice('data: '.length)) : undefined;
      return isObject(said) ? [said] : [];
    });
}

/** What each call was called with, its fragments joined. */
function argumentsIn(choices: readonly JsonObject[]): string[] {
  const written: string[] = [];
  for (const call of choices.flatMap((choice) => arrayAt(objectAt(choice, 'delta'), 'tool_calls')).filter(isObject)) {
    const index = Number(call['index']);
    written[index] = (written[index] ?? '') + (stringAt(objectAt(call, 'function'), 'arguments') ?? '');
  }
  return written;
}

function chatUsage({ in_uncached, cache_read, cw_5m, cw_1h, cw_unk, out, reasoning }: Recording): JsonObject {
  const written = cw_5m + cw_1h + cw_unk;
  return {
    prompt_tokens: in_uncached + cache_read + written,
    completion_tokens: out,
    prompt_tokens_details: { cached_tokens: cache_read, cache_write_tokens: written },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function geminiAsChatUsage({ in_uncached, cache_read, out, reasoning }: Recording): JsonObject {
  return {
    prompt_tokens: in_uncached + cache_read,
    completion_tokens: out,
    prompt_tokens_details: { cached_tokens: cache_read },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function messagesUsage({ in_uncached, cache_read, out }: Recording): JsonObject {
  return { input_tokens: in_uncached, cache_read_input_tokens: cache_read, output_tokens: out };
}
