// Gemini's own report of usage, in hand-made bodies of its shapes, whole and streamed, and cut off anywhere.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { NO_USAGE, totalUsage } from '../../../schema/usage.ts';
import type { Meter } from '../../../worker/dialects/dialect.ts';
import { gemini } from '../../../worker/dialects/gemini/gemini.ts';
import { readGeminiUsage as read } from '../../../worker/dialects/gemini/usage.ts';
import { SseSplitter } from '../../../worker/metering/sse.ts';

const call = { wantsUsage: true, cacheWrite: 'none', webSearches: 0 } as const;

function readGeminiUsage(said: JsonObject, mayHaveMedia = false) {
  return read(said, { webSearches: 0, mayHaveMedia });
}

function text(words: string, more: JsonObject = {}): JsonObject {
  return { candidates: [{ content: { parts: [{ text: words }], role: 'model' }, index: 0, ...more }] };
}

function usage(promptTokenCount: number, candidatesTokenCount: number): JsonObject {
  const totalTokenCount = promptTokenCount + candidatesTokenCount;
  return { usageMetadata: { promptTokenCount, candidatesTokenCount, totalTokenCount } };
}

function streamed(chunks: readonly JsonObject[], meter: Meter = gemini.meter(call)): Meter {
  for (const chunk of chunks) meter.observe({ event: null, data: JSON.stringify(chunk) });
  return meter;
}

function whole(body: JsonObject | readonly JsonObject[], input?: { textBytes: number }): Meter {
  const bound = { images: 0, tools: false, unbounded: false };
  const meter = gemini.meter(input === undefined ? call : { ...call, input: { ...bound, ...input } });
  meter.read(body);
  return meter;
}

function used(meter: Meter) {
  return totalUsage(meter.report().reading?.lines ?? []);
}

describe('usage', () => {
  test.each([
    ['plain', { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 }, { input: 10, output: 5 }],
    [
      'with thoughts on top',
      { promptTokenCount: 10, candidatesTokenCount: 5, thoughtsTokenCount: 7, totalTokenCount: 22 },
      { input: 10, output: 12, reasoning: 7 },
    ],
    [
      'with a cache inside the prompt',
      { promptTokenCount: 10, cachedContentTokenCount: 4, candidatesTokenCount: 5, totalTokenCount: 15 },
      { input: 6, cacheRead: 4, output: 5 },
    ],
    [
      'with what a tool returned',
      { promptTokenCount: 10, toolUsePromptTokenCount: 20, candidatesTokenCount: 5, totalTokenCount: 35 },
      { input: 30, output: 5 },
    ],
    ['of a prompt that was blocked', { promptTokenCount: 10, totalTokenCount: 10 }, { input: 10 }],
    ['without a total', { promptTokenCount: 10, candidatesTokenCount: 5 }, { input: 10, output: 5 }],
  ])('%s is exact', (_, said, expected) => {
    const reading = readGeminiUsage(said);
    expect(totalUsage(reading?.lines ?? [])).toEqual({ ...NO_USAGE, ...expected });
    expect(reading?.inexact).toBe(false);
  });

  test('that contradicts itself takes the larger reading and says so', () => {
    const said = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 40 };
    expect(readGeminiUsage(said)).toMatchObject({ inexact: true, lines: [{ usage: { input: 10, output: 30 } }] });
    expect(readGeminiUsage({ ...said, totalTokenCount: 12 })).toMatchObject({
      inexact: true,
      lines: [{ usage: { input: 10, output: 5 } }],
    });
    const cached = { ...said, totalTokenCount: 15, cachedContentTokenCount: 11 };
    expect(readGeminiUsage(cached)).toMatchObject({
      inexact: true,
      lines: [{ usage: { input: 0, cacheRead: 10 } }],
    });
  });

  test.each([
    { serviceTier: 'priority' },
    { candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 5 }] },
    { candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 'many' }] },
  ])('of what has another price is marked: %j', (more) => {
    const said = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15, ...more };
    expect(readGeminiUsage(said)?.inexact).toBe(true);
  });

  test.each([
    { trafficType: 'ON_DEMAND' },
    { promptTokenCount: -1 },
    { promptTokenCount: 1.5 },
    { promptTokenCount: 10, thoughtsTokenCount: '7' },
    { promptTokenCount: 10, totalTokenCount: -15 },
  ])('that counts nothing or nonsense is none: %j', (said) => {
    expect(readGeminiUsage(said)).toBeNull();
  });
});

const heard = (tokenCount: number | string): JsonObject[] => [
  { modality: 'TEXT', tokenCount: 1 },
  { modality: 'AUDIO', tokenCount },
];

describe('audio', () => {
  const said = { promptTokenCount: 100, candidatesTokenCount: 5, totalTokenCount: 105 };
  test('is told apart, plain and cached, the prompt’s with what tools returned', () => {
    const plain = readGeminiUsage({ ...said, promptTokensDetails: heard(60) });
    expect(plain).toMatchObject({
      inexact: false,
      lines: [{ usage: { input: 100 }, media: { audioInput: 60, audioCacheRead: 0 } }],
    });
    const cached = {
      ...said,
      cachedContentTokenCount: 50,
      cacheTokensDetails: heard(40),
      promptTokensDetails: heard(60),
    };
    expect(readGeminiUsage(cached)).toMatchObject({
      inexact: false,
      lines: [{ usage: { input: 50, cacheRead: 50 }, media: { audioInput: 20, audioCacheRead: 40 } }],
    });
    const tools = { ...said, toolUsePromptTokenCount: 9, toolUsePromptTokensDetails: heard(8), totalTokenCount: 114 };
    expect(readGeminiUsage(tools)).toMatchObject({ lines: [{ media: { audioInput: 8, audioCacheRead: 0 } }] });
  });

  test('is not there where there is none, and left open where nobody says: then the bill presumes it', () => {
    expect(readGeminiUsage(said)).toMatchObject({ inexact: false, lines: [{ media: {} }] });
    const silent = { ...said, promptTokensDetails: [{ modality: 'TEXT', tokenCount: 100 }] };
    expect(readGeminiUsage(silent, true)).toMatchObject({
      inexact: false,
      lines: [{ media: { audioInput: 0, audioCacheRead: 0 } }],
    });
    const untold = readGeminiUsage(said, true);
    expect(untold).toMatchObject({ inexact: true, lines: [{ media: {} }] });
    expect(untold?.lines[0]?.media).not.toHaveProperty('audioInput');
  });

  test('that is no count is left to the bill to mark', () => {
    const line = readGeminiUsage({ ...said, promptTokensDetails: heard('many') })?.lines[0];
    expect(line?.media?.audioInput).toBeNaN();
  });
});

describe('a stream', () => {
  test('is billed by its last chunk that counts, whatever the others say', () => {
    const meter = streamed([
      { ...text('a'), usageMetadata: { trafficType: 'ON_DEMAND' } },
      { ...text('b'), ...usage(10, 1) },
      { ...text('c', { finishReason: 'STOP' }), ...usage(10, 5) },
      { ...text(''), usageMetadata: { trafficType: 'ON_DEMAND' } },
    ]);
    expect(meter.report()).toMatchObject({ final: true, state: 'complete', contentBytes: 3 });
    expect(used(meter)).toEqual({ ...NO_USAGE, input: 10, output: 5 });
  });

  test('goes on after the first of several candidates has ended, and counts until its connection ends', () => {
    const meter = streamed([{ ...text('a', { finishReason: 'STOP' }), ...usage(10, 5) }]);
    expect(meter.isOver()).toBe(false);
    streamed([{ ...text('b', { index: 1, finishReason: 'STOP' }), ...usage(10, 9) }], meter);
    expect(used(meter)).toEqual({ ...NO_USAGE, input: 10, output: 9 });
  });

  test('of several candidates is complete once all that began have ended', () => {
    const meter = streamed(
      [{ ...text('a', { finishReason: 'STOP' }), ...usage(10, 5) }],
      gemini.meter({ ...call, choices: 2 }),
    );
    // Cut here, the other one may still be billed.
    expect(meter.report()).toMatchObject({ state: 'complete', final: false });
    streamed([{ ...text('b', { index: 1 }), ...usage(10, 7) }], meter);
    expect(meter.report()).toMatchObject({ state: 'open', final: false });
    streamed([{ ...text('c', { index: 1, finishReason: 'MAX_TOKENS' }), ...usage(10, 9) }], meter);
    expect(meter.report()).toMatchObject({ state: 'complete', final: true });
    expect(used(meter)).toEqual({ ...NO_USAGE, input: 10, output: 9 });
  });

  test('that gives a reason for its end with every chunk has its end only with its connection', () => {
    const chunks = [
      { ...text('a', { finishReason: 'STOP' }), ...usage(10, 1) },
      { ...text('b', { finishReason: 'STOP' }), ...usage(10, 2) },
    ];
    expect(streamed(chunks).report()).toMatchObject({ state: 'complete', final: false });
  });

  test('may name its sources after its end', () => {
    const meter = streamed([
      { ...text('a', { finishReason: 'STOP' }), ...usage(10, 5) },
      { candidates: [{ index: 0, groundingMetadata: { webSearchQueries: ['x'] } }], ...usage(10, 5) },
    ]);
    expect(meter.report()).toMatchObject({ state: 'complete', final: true });
    expect(used(meter).webSearches).toBe(1);
  });

  test('without a reason for its end has none, and its bill is not final', () => {
    expect(streamed([{ ...text('a'), ...usage(10, 1) }]).report()).toMatchObject({ final: false, state: 'open' });
  });

  test('that fails keeps what it counted, not as final', () => {
    const failed = streamed([{ ...text('a'), ...usage(10, 1) }, { error: { code: 503, status: 'UNAVAILABLE' } }]);
    expect(failed.report()).toMatchObject({ final: false, state: 'failed', contentBytes: 1 });
    expect(streamed([{ error: {} }]).report()).toEqual({
      final: false,
      state: 'failed',
      contentBytes: 0,
      reading: null,
    });
  });

  test('of a blocked prompt is over and billed', () => {
    const meter = streamed([{ promptFeedback: { blockReason: 'SAFETY' }, ...usage(10, 0) }]);
    expect(meter.report()).toMatchObject({ final: true, state: 'complete' });
  });

  test('does not count the signature of a thought as content', () => {
    const part = { text: 'abc', thoughtSignature: 'x'.repeat(1_000) };
    expect(streamed([{ candidates: [{ content: { parts: [part] } }] }]).contentBytes()).toBe(3);
  });

  test('cut at any byte reads what it had, and is complete only once the end was there', () => {
    const chunks = [
      { ...text('häl'), ...usage(10, 1) },
      { ...text('lo', { finishReason: 'STOP' }), ...usage(10, 5) },
    ];
    const bytes = new TextEncoder().encode(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join(''));
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const splitter = new SseSplitter();
      const meter = gemini.meter(call);
      const frames = [...splitter.push(bytes.slice(0, cut)), ...splitter.push(new Uint8Array(0))];
      const rest = splitter.end();
      for (const frame of rest === null ? frames : [...frames, rest]) meter.observe(frame);
      const { output } = used(meter);
      expect([0, 1, 5]).toContain(output);
      expect(meter.report().state).toBe(output === 5 ? 'complete' : 'open');
      expect(meter.report().final).toBe(output === 5);
    }
  });
});

const grounded = (...queries: string[]) => text('a', { groundingMetadata: { webSearchQueries: queries } });

describe('searches', () => {
  test('are each billed from Gemini 3 on, and counted once however often they are repeated', () => {
    const chunks = [grounded('x', 'y'), grounded('x', 'y'), { ...grounded('z'), ...usage(1, 1) }];
    expect(used(streamed(chunks)).webSearches).toBe(3);
    expect(used(whole({ ...grounded('x', 'x'), ...usage(1, 1), modelVersion: 'gemini-3-flash' })).webSearches).toBe(2);
  });

  test('are billed as one by Gemini 2', () => {
    const body = { ...grounded('x', 'y'), ...usage(1, 1), modelVersion: 'gemini-2.5-flash' };
    expect(used(whole(body)).webSearches).toBe(1);
    expect(used(whole({ ...body, ...grounded() })).webSearches).toBe(0);
  });
});

describe('a whole answer', () => {
  test('is billed as it says, also when it is a list of chunks', () => {
    expect(whole({ ...text('a'), ...usage(10, 5) }).report()).toMatchObject({ final: true, state: 'complete' });
    expect(used(whole([{ ...text('a'), ...usage(10, 1) }, usage(10, 5)]))).toMatchObject({ input: 10, output: 5 });
  });

  test('without usage has no reading', () => {
    expect(whole(text('a')).report()).toMatchObject({ reading: null, final: false, state: 'complete' });
  });

  test('that is an embedding is billed as it says, or by its text', () => {
    const embedding = { embedding: { values: [0.1] } };
    expect(whole({ ...embedding, usageMetadata: { promptTokenCount: 4 } }).report().reading).toMatchObject({
      inexact: false,
      lines: [{ usage: { input: 4, output: 0 } }],
    });
    for (const body of [embedding, { embeddings: [] }]) {
      expect(whole(body, { textBytes: 100 }).report()).toMatchObject({
        final: true,
        reading: { inexact: true, lines: [{ usage: { input: 34, output: 0 } }] },
      });
    }
    expect(whole(embedding).report().reading).toBeNull();
  });
});
