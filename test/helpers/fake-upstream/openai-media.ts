// The fake provider's side of OpenAI's pictures and sound, in the shape of its SDK's types. It reads no settings of Headgate.

import { z } from 'zod';
import type { FakeDialect, Frame, Script } from './script.ts';

/** The smallest PNG there is: one transparent point. */
export const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** Bytes of every value, as packed sound has them. */
export const SOUND = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 7 + (at >> 8)) % 256));

const fieldsSchema = z.looseObject({
  model: z.string(),
  n: z.coerce.number().optional(),
  partial_images: z.coerce.number().optional(),
  response_format: z.string().optional(),
  stream_format: z.string().optional(),
});

/** An answer that is no JSON. */
export interface PlainAnswer {
  readonly contentType: string;
  readonly content: Buffer;
}

/** Null where the answer is JSON or a stream. */
export function plainAnswer(pathname: string, body: unknown, script: Script): PlainAnswer | null {
  const fields = fieldsSchema.safeParse(body);
  if (!fields.success) return null;
  const { response_format: format = 'json', stream_format: streamFormat } = fields.data;
  if (pathname === '/v1/audio/speech' && streamFormat !== 'sse') {
    return { contentType: format === 'wav' ? 'audio/wav' : 'audio/mpeg', content: SOUND };
  }
  const texts: Readonly<Record<string, string>> = {
    text: `${words(script)}\n`,
    srt: `1\n00:00:00,000 --> 00:00:${String(script.seconds).padStart(2, '0')},000\n${words(script)}\n`,
    vtt: `WEBVTT\n\n00:00.000 --> 00:${String(script.seconds).padStart(2, '0')}.000\n${words(script)}\n`,
  };
  const text = pathname.startsWith('/v1/audio/trans') ? texts[format] : undefined;
  return text === undefined ? null : { contentType: 'text/plain; charset=utf-8', content: Buffer.from(text) };
}

export function fakeImages(kind: 'image_generation' | 'image_edit'): FakeDialect {
  return {
    whole: (body, script) => {
      const { model, n = 1 } = fieldsSchema.parse(body);
      const usage = model.startsWith('dall-e') ? {} : { usage: pictureUsage(script) };
      return {
        created: 1_770_933_883,
        data: Array.from({ length: n }, () => ({ b64_json: PICTURE })),
        ...(script.usageReport !== 'missing' && usage),
      };
    },
    stream: (body, script) => {
      const { partial_images: partial = 0 } = fieldsSchema.parse(body);
      return [
        ...Array.from({ length: partial }, (_, at) =>
          frame(`${kind}.partial_image`, { b64_json: PICTURE, partial_image_index: at }, { isChunk: true }),
        ),
        frame(`${kind}.completed`, { b64_json: PICTURE, usage: pictureUsage(script) }, { carriesUsage: true }),
      ];
    },
    errorFrame,
  };
}

export const fakeTranscriptions: FakeDialect = {
  whole: (body, script) => {
    const { model, response_format: format } = fieldsSchema.parse(body);
    const isVerbose = format === 'verbose_json';
    const usage = model.startsWith('whisper') ? { type: 'duration', seconds: script.seconds } : heardUsage(script);
    return {
      ...(isVerbose && { task: 'transcribe', language: 'english', duration: script.seconds - 0.4, segments: [] }),
      text: words(script),
      ...(script.usageReport !== 'missing' && { usage }),
    };
  },
  stream: (_body, script) => [
    ...Array.from({ length: script.chunks }, (_, at) =>
      frame('transcript.text.delta', { delta: `word${at} ` }, { isChunk: true }),
    ),
    frame('transcript.text.done', { text: words(script), usage: heardUsage(script) }, { carriesUsage: true }),
  ],
  errorFrame,
};

export const fakeSpeech: FakeDialect = {
  whole: () => {
    throw new Error('speech is no JSON');
  },
  stream: (_body, script) => [
    ...Array.from({ length: script.chunks }, () =>
      frame('speech.audio.delta', { audio: SOUND.subarray(0, 2_000).toString('base64') }, { isChunk: true }),
    ),
    frame('speech.audio.done', { usage: tokensOf(script) }, { carriesUsage: true }),
  ],
  errorFrame,
};

function pictureUsage(script: Script) {
  const { imageTokens } = script;
  return {
    ...tokensOf(script),
    input_tokens_details: { image_tokens: imageTokens, text_tokens: script.usage.input - imageTokens },
  };
}

function heardUsage(script: Script) {
  const { audioTokens } = script;
  return {
    type: 'tokens',
    ...tokensOf(script),
    input_token_details: { audio_tokens: audioTokens, text_tokens: script.usage.input - audioTokens },
  };
}

function tokensOf({ usage: { input, output } }: Script) {
  return { input_tokens: input, output_tokens: output, total_tokens: input + output };
}

function words({ chunks }: Script): string {
  return Array.from({ length: chunks }, (_, at) => `word${at} `).join('');
}

function frame(type: string, rest: object, marks: Partial<Frame>): Frame {
  return { event: type, data: JSON.stringify({ type, ...rest }), isChunk: false, carriesUsage: false, ...marks };
}

function errorFrame(): Frame {
  return frame(
    'error',
    { error: { type: 'server_error', code: 'server_error', message: 'The server had an error.' } },
    {},
  );
}
