// Pictures and sound: what bounds a call before it, and what an answer was billed.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../schema/json.ts';
import { picos, type Price } from '../../../schema/price.ts';
import {
  openaiImages,
  openaiSpeech,
  openaiTranscriptions,
} from '../../../worker/dialects/openai-media/openai-media.ts';
import { audioLength } from '../../../worker/dialects/openai-media/audio-length.ts';
import { planCall } from '../../../worker/pricing/plan.ts';
import { PRICE } from '../pricing/prices.ts';

const address = { operation: 'images/generations', model: null, search: '' };
const terms = { price: PRICE, contextWindow: 16_000, maxOutputTokens: 2_000, imageTokens: 5_000 };
const encoder = new TextEncoder();

function images(change: JsonObject, form = false) {
  const body = { model: 'gpt-image-1', prompt: 'A heron', ...change };
  return openaiImages.parse(body, 1_000, address, form ? [] : undefined);
}

function transcription(change: JsonObject, content = new Uint8Array(1_000), field = 'file') {
  const body = { model: 'whisper-1', file: { filename: 'a', bytes: content.length }, ...change };
  return openaiTranscriptions.parse(body, 1_000, address, [{ field, name: 'a', content }]);
}

function speech(change: JsonObject) {
  return openaiSpeech.parse({ model: 'tts-1', input: 'Grüße', voice: 'alloy', ...change }, 1_000, address);
}

function planOf(call: ReturnType<typeof images>, price: Price = PRICE) {
  if (!call.ok) throw new Error(call.failure.message);
  return planCall(call.value, { ...terms, price });
}

describe('the bound of pictures', () => {
  test.each<[JsonObject, number, number]>([
    [{}, 107, 2_000],
    [{ n: 3 }, 3 * 107, 3 * 2_000],
    [{ stream: true, partial_images: 3, n: 2 }, 2 * 107, 2 * 2_300],
    [{ image: ['data:a', 'data:b'], mask: 'data:c', n: 2 }, 2 * (107 + 3 * 5_000), 2 * 2_000],
    [{ images: [{ file_id: 'a' }, { image_url: 'b' }] }, 107 + 2 * 5_000, 2_000],
  ])('of %o counts each of them', (change, input, output) => {
    const { ask, inputTokens, capFor } = planOf(images(change));
    expect(inputTokens).toBe(input);
    expect(ask).toMatchObject({ elastic: false, most: { tokens: input + output } });
    expect(ask.least).toEqual(ask.most);
    expect(capFor(ask.most)).toBeNull();
  });

  test('is the price of each where they are billed so', () => {
    const price = { ...PRICE, rates: { ...PRICE.rates, input: picos(0), output: picos(0), cacheRead: null } };
    const { ask } = planOf(images({ n: 3 }), { ...price, pieces: { images: picos(120_000_000_000) } });
    expect(ask.most.usd).toBe(360_000);
  });

  test('reads the counts of a form', () => {
    expect(images({ n: '3', stream: 'true' }, true)).toMatchObject({ value: { choices: 3, stream: true } });
  });

  test.each<[JsonObject, string]>([
    [{ model: null }, 'model'],
    [{ prompt: 7 }, 'prompt'],
    [{ n: 0 }, 'n'],
    [{ n: 11 }, 'n'],
    [{ partial_images: 4 }, 'partial_images'],
    [{ stream: 'yes' }, 'stream'],
    [{ quality: 'xhigh' }, 'quality'],
    [{ output_format: 'svg' }, 'output_format'],
    [{ image: Array(17).fill('data:a') }, 'image'],
  ])('refuses %o by name', (change, field) => {
    expect(images(change)).toMatchObject({ ok: false, failure: { field } });
  });

  test.each<[JsonObject, string]>([
    [{ n: '1e1' }, 'n'],
    [{ N: '9' }, 'N'],
    [{ 'model[]': ['gpt-image-2'] }, 'model[]'],
    [{ 'n[0]': '9' }, 'n[0]'],
    [{ model: { filename: 'x', bytes: 1 } }, 'model'],
    [{ stream: 'TRUE' }, 'stream'],
  ])('refuses %o of a form by name', (change, field) => {
    expect(images(change, true)).toMatchObject({ ok: false, failure: { field } });
  });
});

describe('the bound of sound', () => {
  test('is a second for each 500 bytes, and the window of tokens', () => {
    const call = transcription({});
    expect(call).toMatchObject({ value: { pieces: { audioSeconds: 2 }, piecesAreExact: false } });
    expect(planOf(call).inputTokens).toBe(16_000);
  });

  test.each<[string, ReturnType<typeof transcription>, string]>([
    ['no file', openaiTranscriptions.parse({ model: 'whisper-1' }, 9, address, []), 'file'],
    ['JSON', openaiTranscriptions.parse({ model: 'whisper-1', file: 'x' }, 9, address), 'file'],
    ['a file of another name', transcription({}, new Uint8Array(9), 'audio'), 'file'],
    ['a file that is too large', transcription({}, new Uint8Array(25 * 1024 * 1024 + 1)), 'file'],
    ['no model', transcription({ model: '' }), 'model'],
    ['another spelling of the model', transcription({ Model: 'x' }), 'Model'],
  ])('refuses %s by name', (_, call, field) => {
    expect(call).toMatchObject({ ok: false, failure: { field } });
  });

  const wav = (
    change: Partial<Record<'format' | 'channels' | 'rate' | 'frame' | 'bits', number>> = {},
    seconds = 3,
  ) => {
    const { format = 1, channels = 2, rate = 8_000, frame = 4, bits = 16 } = change;
    const file = new Uint8Array(44 + seconds * 32_000);
    const view = new DataView(file.buffer);
    file.set(encoder.encode('RIFF'), 0);
    file.set(encoder.encode('WAVEfmt '), 8);
    view.setUint32(16, 16, true);
    for (const [at, value] of [
      [20, format],
      [22, channels],
      [32, frame],
      [34, bits],
    ] as const) {
      view.setUint16(at, value, true);
    }
    view.setUint32(24, rate, true);
    file.set(encoder.encode('data'), 36);
    return file;
  };

  test('is the length of plain samples, whatever the header says of their length', () => {
    expect(audioLength(wav())).toEqual({ seconds: 3, isExact: true });
  });

  test.each([
    ['packed samples', wav({ format: 2 })],
    ['frames that are longer than their samples', wav({ frame: 400 })],
    ['no channels', wav({ channels: 0 })],
    ['no rate', wav({ rate: 0 })],
    ['half a header', wav().slice(0, 30)],
    ['another name', encoder.encode('OggS'.repeat(20))],
  ])('goes by the bytes where a file has %s', (_, file) => {
    expect(audioLength(file)).toEqual({ seconds: Math.ceil(file.length / 500), isExact: false });
  });
});

describe('the bound of speech', () => {
  test('is the characters and the bytes of the text', () => {
    const call = speech({ instructions: 'slow' });
    expect(call).toMatchObject({ value: { pieces: { characters: 5 }, stream: false } });
    expect(planOf(call).inputTokens).toBe(7 + 4 + 100);
    expect(speech({ stream_format: 'sse' })).toMatchObject({ value: { stream: true } });
  });

  test.each<[JsonObject, string]>([
    [{ input: ['a'] }, 'input'],
    [{ stream_format: 'wav' }, 'stream_format'],
    [{ model: 7 }, 'model'],
  ])('refuses %o by name', (change, field) => {
    expect(speech(change)).toMatchObject({ ok: false, failure: { field } });
  });
});

describe('a bill', () => {
  const call = { wantsUsage: true, cacheWrite: 'none', webSearches: 0 } as const;
  const tokens = { input_tokens: 50, output_tokens: 7, total_tokens: 57 };

  function read(dialect: typeof openaiImages, body: JsonObject) {
    const meter = dialect.meter(call);
    meter.read(body);
    return meter.report();
  }

  test('of pictures tells what was looked at from what was read', () => {
    const details = {
      text_tokens: 10,
      image_tokens: 40,
      cached_tokens: 30,
      cached_tokens_details: { image_tokens: 25 },
    };
    const { reading } = read(openaiImages, { data: [{}], usage: { ...tokens, input_tokens_details: details } });
    expect(reading).toMatchObject({
      inexact: false,
      lines: [
        {
          usage: { input: 20, cacheRead: 30, output: 7 },
          media: { imageInput: 15, imageCacheRead: 25, imageOutput: 7 },
          pieces: { images: 1 },
        },
      ],
    });
  });

  test('of pictures has a line for the model that wrote one', () => {
    const svg = { model: 'gpt-6', input_tokens: 5, output_tokens: 9, reasoning_tokens: 3 };
    const { reading } = read(openaiImages, { data: [{}], usage: tokens, svg_usage: svg });
    expect(reading?.lines[1]).toMatchObject({ model: 'gpt-6', usage: { input: 5, output: 9, reasoning: 3 } });
  });

  test('of a stream of several pictures is the sum, and ends with the last of them', () => {
    const meter = openaiImages.meter({ ...call, choices: 2 });
    const data = JSON.stringify({ type: 'image_edit.completed', b64_json: 'AAAA', usage: tokens });
    meter.observe({ event: null, data });
    expect(meter.report()).toMatchObject({ state: 'open', final: false });
    meter.observe({ event: null, data });
    expect(meter.report()).toMatchObject({ state: 'complete', final: true });
    expect(meter.report().reading?.lines.map(({ usage }) => usage.output)).toEqual([7, 7]);
  });

  test.each<[JsonObject, object]>([
    [{ usage: { type: 'duration', seconds: 37 } }, { pieces: { audioSeconds: 37 }, usage: { input: 0 } }],
    [{ duration: 36.2 }, { pieces: { audioSeconds: 37 } }],
    [
      { usage: { type: 'tokens', ...tokens, input_token_details: { audio_tokens: 45 } } },
      { usage: { input: 50, output: 7 }, media: { audioInput: 45 } },
    ],
    [
      { usage: { prompt_tokens: 13, completion_tokens: 151, total_tokens: 164, prompt_audio_seconds: 36 } },
      { usage: { input: 13, output: 151 }, pieces: { audioSeconds: 36 } },
    ],
  ])('of a transcription is read from %o', (body, line) => {
    expect(read(openaiTranscriptions, { text: 'Hello', ...body }).reading).toMatchObject({
      inexact: false,
      lines: [line],
    });
  });

  test.each<JsonObject>([
    {},
    { usage: { type: 'duration', seconds: -1 } },
    { usage: { type: 'tokens', input_tokens: 1.5, output_tokens: 2 } },
    { usage: { type: 'tokens', output_tokens: 2 } },
    { duration: 'long' },
  ])('of a transcription is not told by %o', (body) => {
    expect(read(openaiTranscriptions, { text: 'Hello', ...body }).reading).toBeNull();
  });

  test.each([
    ['1\n00:00:00,000 --> 00:00:36,100\nHello\n', 37],
    ['WEBVTT\n\n00:00.000 --> 01:02.000\nHello\n', 62],
    ['WEBVTT\n\n01:00:00.000 --> 01:00:01.000\nHello\n', 3_601],
  ])('of subtitles ends with the last one', (text, audioSeconds) => {
    const meter = openaiTranscriptions.meter(call);
    meter.readBytes?.(encoder.encode(text), 'text/plain');
    expect(meter.report().reading).toMatchObject({ inexact: true, lines: [{ pieces: { audioSeconds } }] });
  });

  test('of an error in an answer is none', () => {
    for (const dialect of [openaiImages, openaiTranscriptions, openaiSpeech]) {
      const meter = dialect.meter(call);
      meter.observe({ event: 'error', data: '{"error":{"message":"no"}}' });
      expect(meter.report()).toMatchObject({ state: 'failed', reading: null, contentBytes: 0 });
    }
  });
});
