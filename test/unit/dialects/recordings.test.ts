// Real responses of many providers, read whole and as streams: the usage must be exactly the recorded one.

import { describe, expect, test } from 'vitest';
import { isObject, type JsonObject, parseJson } from '../../../schema/json.ts';
import { totalUsage, type UsageReading } from '../../../schema/usage.ts';
import { anthropicMessages } from '../../../worker/dialects/anthropic-messages/anthropic-messages.ts';
import { bedrockConverse } from '../../../worker/dialects/bedrock-converse/bedrock-converse.ts';
import type { Dialect } from '../../../worker/dialects/dialect.ts';
import { gemini } from '../../../worker/dialects/gemini/gemini.ts';
import { openaiChat } from '../../../worker/dialects/openai-chat/openai-chat.ts';
import { openaiEmbeddings } from '../../../worker/dialects/openai-embeddings/openai-embeddings.ts';
import { openaiTranscriptions } from '../../../worker/dialects/openai-media/openai-media.ts';
import { openaiResponses } from '../../../worker/dialects/openai-responses/openai-responses.ts';
import { SseSplitter } from '../../../worker/metering/sse.ts';
import { chunksOf, hasRecordings, readRecording, type Recording, recordingsOf } from '../../helpers/recordings.ts';

const REASONS_TO_SKIP: Readonly<Record<string, string>> = {
  'togetherai/reranking/togetherai-reranking.1.json': 'a reranking, which is no dialect',
};

/** Their table calls them chat; they are read by the dialect they were asked in. */
const OTHERWISE: Readonly<Record<string, Dialect>> = {
  'openai/embedding/openai-embedding.json': openaiEmbeddings,
  'mistral/mistral-transcription.json': openaiTranscriptions,
};
const SEVERAL_RESPONSES: Readonly<Record<string, string>> = {
  'openai/responses/openai-reasoning-encrypted-content.1.chunks.txt':
    'four responses in a row, which are no one stream',
};

const call = { wantsUsage: true, cacheWrite: '5m', webSearches: 0 } as const;

describe.skipIf(!hasRecordings)('recorded whole answers', () => {
  for (const [dialect, kind] of [
    [openaiChat, 'chat'],
    [anthropicMessages, 'anthropic'],
    [openaiResponses, 'responses'],
    [gemini, 'gemini'],
    [bedrockConverse, 'bedrock-converse'],
  ] as const) {
    for (const recording of recordingsOf([kind])) {
      test.skipIf(recording.file in REASONS_TO_SKIP)(recording.file, () => {
        const meter = (OTHERWISE[recording.file] ?? dialect).meter(call);
        meter.read(parseJson(readRecording(recording)));
        expectUsage(meter.report().reading, recording);
        expect(meter.report().state).toBe('complete');
      });
    }
  }
});

describe.skipIf(!hasRecordings)('recorded streams, cut anywhere and framed in every legal way', () => {
  for (const [dialect, kind, frame] of [
    [openaiChat, 'chat-stream', chatFrames],
    [anthropicMessages, 'anthropic-stream', messagesFrames],
    [openaiResponses, 'responses-stream', responsesFrames],
    [gemini, 'gemini-stream', geminiFrames],
    [bedrockConverse, 'bedrock-converse-stream', converseFrames],
  ] as const) {
    for (const recording of recordingsOf([kind])) {
      test.skipIf(recording.file in SEVERAL_RESPONSES).each(['\n', '\r\n', '\r'])(`${recording.file} %j`, (lineEnd) => {
        const bytes = new TextEncoder().encode(frame(recording).replaceAll('\n', lineEnd));
        for (const size of [bytes.length, 1_021, 7]) {
          const { reading, out } = readStream(dialect, bytes, size);
          expectUsage(reading, recording);
          expect(out).toEqual(bytes);
        }
      });
    }
  }
});

/** Prime sizes cut at ever other places; the smallest stream is also cut at every single byte. */
test.skipIf(!hasRecordings).each([
  [anthropicMessages, 'anthropic-stream', messagesFrames],
  [openaiResponses, 'responses-stream', responsesFrames],
] as const)('a stream of single bytes reads the same (%#)', (dialect, kind, frame) => {
  const recording = recordingsOf([kind]).toSorted((a, b) => chunksOf(a).length - chunksOf(b).length)[0];
  if (recording === undefined) throw new Error('there is no recorded stream');
  const bytes = new TextEncoder().encode(frame(recording));
  expectUsage(readStream(dialect, bytes, 1).reading, recording);
});

/** Each of them is one call of its own. */
test.skipIf(!hasRecordings)('responses in a row read one by one', () => {
  const row = recordingsOf(['responses-stream']).find(({ file }) => file in SEVERAL_RESPONSES);
  if (row === undefined) throw new Error('there is no such recording');
  const inputs: number[] = [];
  let meter = openaiResponses.meter(call);
  for (const data of chunksOf(row)) {
    meter.observe({ event: null, data });
    if (!meter.isOver()) continue;
    inputs.push(totalUsage(meter.report().reading?.lines ?? []).input);
    meter = openaiResponses.meter(call);
  }
  expect(inputs).toEqual((row.multi ?? []).map(({ in_uncached }) => in_uncached));
});

function chatFrames(recording: Recording): string {
  const comment = ': keep-alive\n\n';
  return `${comment}${chunksOf(recording)
    .map((chunk) => `data: ${chunk}\n\n`)
    .join(comment)}data: [DONE]\n\n`;
}

function geminiFrames(recording: Recording): string {
  return chunksOf(recording)
    .map((chunk) => `data: ${chunk}\n\n`)
    .join('');
}

function messagesFrames(recording: Recording): string {
  const ping = 'event: ping\ndata: {"type":"ping"}\n\n';
  return chunksOf(recording)
    .map((chunk) => `event: ${/"type":"(\w+)"/.exec(chunk)?.[1] ?? ''}\ndata: ${chunk}\n\n`)
    .join(ping);
}

function responsesFrames(recording: Recording): string {
  return chunksOf(recording)
    .map((chunk) => `event: ${/"type":"(response\.[\w.]+|error)"/.exec(chunk)?.[1] ?? ''}\ndata: ${chunk}\n\n`)
    .join(': keep-alive\n\n');
}

/** As they are once the messages of the event stream have been taken out of their frames. */
function converseFrames(recording: Recording): string {
  return chunksOf(recording)
    .flatMap((chunk) => Object.entries(objectOf(chunk)))
    .map(([event, payload]) => `event: ${event}\ndata: ${JSON.stringify(payload)}\n\n`)
    .join('');
}

function objectOf(text: string): JsonObject {
  const value = parseJson(text);
  if (!isObject(value)) throw new Error('a recorded chunk is no object');
  return value;
}

function readStream(dialect: Dialect, bytes: Uint8Array, size: number) {
  const splitter = new SseSplitter();
  const meter = dialect.meter(call);
  const passed: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    for (const frame of splitter.push(bytes.slice(at, at + size))) {
      if (meter.observe(frame) === 'pass') passed.push(frame.bytes);
    }
  }
  const rest = splitter.end();
  if (rest !== null && meter.observe(rest) === 'pass') passed.push(rest.bytes);
  return { reading: meter.report().reading, out: new Uint8Array(Buffer.concat(passed)) };
}

function expectUsage(reading: UsageReading | null, recording: Recording): void {
  const usage = totalUsage(reading?.lines ?? []);
  expect({ ...usage, written: usage.cacheWrite5m + usage.cacheWrite1h }).toMatchObject({
    input: recording.in_uncached,
    cacheRead: recording.cache_read,
    written: recording.cw_5m + recording.cw_1h + recording.cw_unk,
    output: recording.out,
    reasoning: recording.reasoning,
    webSearches: recording.web,
  });
  for (const [model, expected] of Object.entries(recording.by ?? {})) {
    const lines = (reading?.lines ?? []).filter((line) => (line.model ?? '(requested)') === model);
    expect(totalUsage(lines)).toMatchObject({ input: expected.in_uncached, output: expected.out });
  }
}
