// The real `openai` package against a local Headgate: pictures, transcriptions and speech, and that both bills agree. What
// they cost is worked out here by hand, from OpenAI's price pages.

import { type OpenAI, toFile } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { PICTURE, SOUND } from '../helpers/fake-upstream/openai-media.ts';
import {
  newTeamId,
  openaiClient,
  PROVIDER_KEY,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';
import { mp3, wav } from '../helpers/sound-files.ts';

let system: ProviderGateway;
let team: string;
let openai: OpenAI;

beforeAll(async () => {
  system = await startProviderGateway();
  const free = { input: '0.00', output: '0.00' };
  const define = (name: string, pieces: object) =>
    system.gateway.admin.request('PUT', `/models/${name}`, {
      provider: 'openai',
      upstreamModel: name,
      price: { ...free, pieces },
    });
  await define('dall-e-3', { images: '0.12' });
  await define('tts-1', { characters: '0.000015' });
  await system.gateway.admin.request('PUT', '/models/dictation', { provider: 'openai', upstreamModel: 'whisper-1' });
});
beforeEach(async () => {
  system.upstream.reset();
  team = newTeamId();
  const { key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });
  openai = openaiClient(system.gateway, key);
});
afterAll(() => system.close());

/** The team's one call, its event and its budget, in micro-dollars. */
async function expectBill(micros: number, facts: object = {}): Promise<void> {
  const [event] = await system.gateway.admin.settledEvents(team, 1);
  expect(system.upstream.journal).toHaveLength(1);
  expect(event).toMatchObject({ status: 200, estimated: false, provider: 'openai', ...facts });
  expect(dollars(event?.costUsd ?? '')).toBe(micros);
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: micros, held: 0 });
}

describe('pictures', () => {
  const prompt = 'A heron in the fog';

  it('are drawn and billed by the token', async () => {
    system.upstream.script({ usage: { ...NO_USAGE, input: 50, output: 8_320 } });

    const { data, response } = await openai.images.generate({ model: 'gpt-image-1', prompt, n: 2 }).withResponse();

    expect(data.data?.map(({ b64_json: picture }) => picture)).toEqual([PICTURE, PICTURE]);
    expect(response.headers.get('x-headgate-model')).toBe('gpt-image-1');
    expect(dollars(response.headers.get('x-headgate-cost-usd') ?? '')).toBe(333_050);
    expect(system.upstream.journal[0]?.body).toEqual({ model: 'gpt-image-1', prompt, n: 2 });
    // $5 in and $40 out a million.
    await expectBill(250 + 332_800, { dialect: 'openai-images', usage: expect.objectContaining({ output: 8_320 }) });
  });

  it('are changed, and what was looked at is billed as such', async () => {
    system.upstream.script({ usage: { ...NO_USAGE, input: 400, output: 1_056 }, imageTokens: 388 });
    const picture = await toFile(Buffer.from(PICTURE, 'base64'), 'a;b.png', { type: 'image/png' });

    const { data } = await openai.images.edit({ model: 'gpt-image-1.5', image: [picture, picture], prompt });

    expect(data).toHaveLength(1);
    // Text at $5, pictures at $8, drawn at $32 a million.
    await expectBill(60 + 3_104 + 33_792);
  });

  it('stream, the unfinished ones first', async () => {
    system.upstream.script({ usage: { ...NO_USAGE, input: 50, output: 4_360 } });

    const stream = await openai.images.generate({ model: 'gpt-image-1', prompt, stream: true, partial_images: 2 });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);

    expect(types).toEqual([
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
    await expectBill(250 + 174_400, { stream: true });
  });

  it('are billed by the picture where that is the price', async () => {
    await openai.images.generate({ model: 'dall-e-3', prompt, quality: 'hd' });
    await expectBill(120_000);
  });

  it('without a count of tokens are charged as held', async () => {
    system.upstream.script({ usageReport: 'missing' });

    await openai.images.generate({ model: 'gpt-image-1', prompt });

    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ outcome: 'usage_missing', estimated: true });
    expect(dollars(event?.costUsd ?? '')).toBeGreaterThanOrEqual(6_240 * 40);
  });

  it.each([
    [{ n: 11 }, 'n must be at most 10.', 'n'],
    [{ quality: 'max' }, 'quality has no price here', 'quality'],
    [{ output_format: 'svg' }, 'output_format must not be svg', 'output_format'],
  ])('are refused by name with %o', async (change, message, param) => {
    const body = { model: 'gpt-image-1', prompt, ...change };
    await expect(openai.post('/images/generations', { body })).rejects.toMatchObject({
      status: 400,
      param,
      message: expect.stringContaining(message),
    });
    expect(system.upstream.journal).toHaveLength(0);
  });

  it('that the budget does not pay for are refused once, before they are drawn', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.24' });
    await expect(openai.images.generate({ model: 'gpt-image-1', prompt })).rejects.toMatchObject({ status: 402 });
    expect(system.upstream.journal).toHaveLength(0);
  });
});

describe('transcriptions', () => {
  it('are billed by the token, and reach the provider byte for byte', async () => {
    system.upstream.script({ usage: { ...NO_USAGE, input: 400, output: 90 }, audioTokens: 380 });
    let sent = Buffer.alloc(0);
    const listening = openai.withOptions({
      fetch: async (url, init) => {
        const request = new Request(url, init);
        sent = Buffer.from(await request.clone().arrayBuffer());
        return fetch(request);
      },
    });

    const { text } = await listening.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file: await mp3() });

    expect(text).toBe('word0 word1 word2 word3 word4 ');
    const [request] = system.upstream.journal;
    expect(request?.bytes.equals(sent)).toBe(true);
    expect(request?.headers.authorization).toBe(`Bearer ${PROVIDER_KEY}`);
    expect(request?.body).toMatchObject({ model: 'gpt-4o-transcribe', file: { name: 'sa"id.mp3', size: 30_000 } });
    // Text at $2.50, sound at $6, written at $10 a million.
    await expectBill(50 + 2_280 + 900, { dialect: 'openai-transcriptions' });
  });

  it.each(['json', 'verbose_json'] as const)('are billed by the second, in %s', async (format) => {
    const file = await mp3();
    await openai.audio.transcriptions.create({ model: 'whisper-1', file, response_format: format });
    // $0.006 a minute.
    await expectBill(3_700);
  });

  it('reach a model of another name with that name, and nothing else is changed', async () => {
    const file = await mp3();
    await openai.audio.transcriptions.create({ model: 'dictation', file, prompt: 'model' });
    expect(system.upstream.journal[0]?.body).toMatchObject({
      model: 'whisper-1',
      prompt: 'model',
      file: { size: 30_000 },
    });
    await expectBill(3_700, { model: 'dictation', upstreamModel: 'whisper-1' });
  });

  it('are translated and billed alike', async () => {
    const { text } = await openai.audio.translations.create({ model: 'whisper-1', file: await mp3() });
    expect(text).toContain('word0');
    await expectBill(3_700);
  });

  it.each(['text', 'srt', 'vtt'] as const)(
    'in %s are charged by the length of a file that tells it',
    async (format) => {
      const file = await wav(37);
      const text = await openai.audio.transcriptions.create({ model: 'whisper-1', file, response_format: format });
      expect(text).toContain('word0 word1');
      await expectBill(3_700, { estimated: true });
    },
  );

  it('as subtitles are charged up to the last one, where the file does not tell', async () => {
    const file = await mp3();
    await openai.audio.transcriptions.create({ model: 'whisper-1', file, response_format: 'srt' });
    await expectBill(3_700, { estimated: true });
  });

  it('in plain text of a file that does not tell are charged as held', async () => {
    const file = await mp3();
    await openai.audio.transcriptions.create({ model: 'whisper-1', file, response_format: 'text' });
    await expectBill(6_000, { estimated: true, outcome: 'usage_missing' });
  });

  it('stream and are billed by the token', async () => {
    system.upstream.script({ usage: { ...NO_USAGE, input: 400, output: 90 }, audioTokens: 400 });

    const file = await mp3();
    const stream = await openai.audio.transcriptions.create({ model: 'gpt-4o-mini-transcribe', file, stream: true });
    let text = '';
    for await (const event of stream) if (event.type === 'transcript.text.delta') text += event.delta;

    expect(text).toBe('word0 word1 word2 word3 word4 ');
    await expectBill(1_200 + 450, { stream: true });
  });

  it('that the upstream cuts end with an error for the SDK, are charged as estimated, and leave no hold', async () => {
    system.upstream.script({ cutAfterChunks: 2 });

    const file = await mp3();
    const stream = await openai.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file, stream: true });
    const read = async (): Promise<void> => {
      for await (const event of stream) expect(event.type).not.toBe('transcript.text.done');
    };

    await expect(read()).rejects.toThrow('broke the answer off');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ outcome: 'upstream_cut', estimated: true });
    expect(dollars(event?.costUsd ?? '')).toBeGreaterThan(0);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ held: 0 });
  });

  it('that the provider refuses reach the client as they are and cost nothing', async () => {
    const body =
      '{"error":{"message":"Audio file might be corrupted","type":"invalid_request_error","param":"file","code":"x"}}';
    system.upstream.script({ fixedAnswer: { status: 400, body, headers: { 'content-type': 'application/json' } } });

    const file = await mp3();
    await expect(openai.audio.transcriptions.create({ model: 'whisper-1', file })).rejects.toMatchObject({ code: 'x' });
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ status: 400, costUsd: '0.00' });
  });

  it('that the budget does not pay for are refused once', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.003' });
    const file = await mp3();
    await expect(openai.audio.transcriptions.create({ model: 'whisper-1', file })).rejects.toMatchObject({
      status: 402,
    });
    expect(system.upstream.journal).toHaveLength(0);
  });

  it('by a model without a price for them are refused by name', async () => {
    const file = await mp3();
    await expect(openai.audio.transcriptions.create({ model: 'tts-1', file })).rejects.toMatchObject({
      code: 'price_unknown',
    });
    const messages = [{ role: 'user', content: 'Hello' }] as const;
    await expect(openai.chat.completions.create({ model: 'whisper-1', messages: [...messages] })).rejects.toMatchObject(
      {
        code: 'price_unknown',
      },
    );
    expect(system.upstream.journal).toHaveLength(0);
  });
});

describe('speech', () => {
  const input = 'Guten Morgen, Herr Grüße!';

  it('arrives to the byte and is billed by the character', async () => {
    const answer = await openai.audio.speech.create({ model: 'tts-1', voice: 'alloy', input });
    expect(Buffer.from(await answer.arrayBuffer()).equals(SOUND)).toBe(true);
    expect(answer.headers.get('content-type')).toBe('audio/mpeg');
    await expectBill(375, { dialect: 'openai-speech' });
  });

  it('as events is billed by the token', async () => {
    system.upstream.script({ usage: { ...NO_USAGE, input: 20, output: 100 } });
    const answer = await openai.audio.speech.create({
      model: 'gpt-4o-mini-tts',
      voice: 'alloy',
      input,
      stream_format: 'sse',
    });
    expect(await answer.text()).toContain('speech.audio.done');
    await expectBill(12 + 1_200, { stream: true });
  });

  it('of a model that bills tokens is charged by its length where the answer counts none', async () => {
    const answer = await openai.audio.speech.create({ model: 'gpt-4o-mini-tts', voice: 'alloy', input });
    expect(Buffer.from(await answer.arrayBuffer()).equals(SOUND)).toBe(true);
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true, usage: { output: 105 } });
  });

  it('that the budget does not pay for is refused once', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.0003' });
    await expect(openai.audio.speech.create({ model: 'tts-1', voice: 'alloy', input })).rejects.toMatchObject({
      status: 402,
    });
    expect(system.upstream.journal).toHaveLength(0);
  });
});
