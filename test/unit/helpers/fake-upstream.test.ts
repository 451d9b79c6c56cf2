// The fake upstream against the real SDKs: what it serves is what they understand, and its bill says what it served.

import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NO_USAGE } from '../../../schema/usage.ts';
import { type FakeUpstream, startFakeUpstream } from '../../helpers/fake-upstream/fake-upstream.ts';

const messages = [{ role: 'user' as const, content: 'Hello' }];

let upstream: FakeUpstream;
let openai: OpenAI;
let anthropic: Anthropic;
let google: GoogleGenAI;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  openai = new OpenAI({ baseURL: `${upstream.url}/v1`, apiKey: 'sk-test', maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: upstream.url, apiKey: 'sk-test', maxRetries: 0 });
  google = new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: upstream.url } });
});
beforeEach(() => upstream.reset());
afterAll(() => upstream.close());

describe('as OpenAI chat', () => {
  it('answers a whole completion and keeps its bill', async () => {
    upstream.script({ usage: { ...NO_USAGE, input: 10, cacheRead: 5, output: 7, reasoning: 3 } });

    const completion = await openai.chat.completions.create({ model: 'gpt-5-mini', messages });

    expect(completion.usage).toMatchObject({ prompt_tokens: 15, completion_tokens: 7, total_tokens: 22 });
    expect(upstream.journal).toMatchObject([{ ending: 'complete', reported: { input: 10, cacheRead: 5 } }]);
  });

  it.each([{}, { lineEnding: '\r\n' as const }, { splitBytes: 1 }, { gzip: true }])(
    'streams with %o',
    async (changes) => {
      upstream.script({ ...changes, chunks: 4 });

      const stream = await openai.chat.completions.create({ model: 'gpt-5-mini', messages, stream: true });
      const contents: string[] = [];
      for await (const chunk of stream) contents.push(chunk.choices[0]?.delta.content ?? '');

      expect(contents.join('')).toBe('word0 word1 word2 word3 ');
      await expect.poll(() => upstream.journal).toMatchObject([{ ending: 'complete', chunks: 4, reported: null }]);
    },
  );

  it('bills each request as its own body says', async () => {
    const bodySchema = z.looseObject({ max_completion_tokens: z.number() });
    upstream.script((body) => ({ usage: { ...NO_USAGE, output: bodySchema.parse(body).max_completion_tokens / 2 } }));

    const bills = await Promise.all(
      [10, 20].map(async (cap) => {
        const completion = openai.chat.completions.create({ model: 'm', messages, max_completion_tokens: cap });
        return (await completion).usage?.completion_tokens;
      }),
    );

    expect(bills).toEqual([5, 10]);
  });

  it('reports usage in a stream only where it was asked to', async () => {
    const stream = await openai.chat.completions.create({
      model: 'gpt-5-mini',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const usages = [];
    for await (const chunk of stream) usages.push(chunk.usage);

    expect(usages.slice(0, -1).every((usage) => usage === null)).toBe(true);
    expect(usages.at(-1)).toMatchObject({ prompt_tokens: 12, completion_tokens: 30 });
  });

  it('cuts the connection where the script says so', async () => {
    upstream.script({ cutAfterChunks: 2 });

    const stream = await openai.chat.completions.create({ model: 'gpt-5-mini', messages, stream: true });
    const read = async (): Promise<void> => {
      for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk');
    };

    await expect(read()).rejects.toThrow('terminated');
    expect(upstream.journal).toMatchObject([{ ending: 'cut', chunks: 2 }]);
  });

  it('notices that its client has left', async () => {
    upstream.script({ chunks: 1_000, chunkDelayMs: 5 });

    const stream = await openai.chat.completions.create({ model: 'gpt-5-mini', messages, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;

    await expect.poll(() => upstream.journal[0]?.ending).toBe('client_gone');
    expect(upstream.journal[0]?.chunks).toBeLessThan(1_000);
  });

  it('gives a fixed answer as it stands', async () => {
    const body = '{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}';
    upstream.script({ fixedAnswer: { status: 429, body, headers: { 'content-type': 'application/json' } } });

    const call = openai.chat.completions.create({ model: 'gpt-5-mini', messages });

    await expect(call).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
  });
});

describe('as OpenAI Responses', () => {
  it('answers whole, and bills what it says', async () => {
    upstream.script({ usage: { ...NO_USAGE, input: 10, cacheRead: 5, output: 7, reasoning: 3, webSearches: 2 } });

    const response = await openai.responses.create({ model: 'gpt-5-mini', input: 'Hello' });

    expect(response.usage).toMatchObject({ input_tokens: 15, output_tokens: 7, total_tokens: 22 });
    expect(response.tool_usage?.web_search).toEqual({ num_requests: 2 });
    expect(upstream.journal).toMatchObject([{ ending: 'complete', reported: { input: 10, cacheRead: 5 } }]);
  });

  it('streams a tool call that the SDK puts together', async () => {
    upstream.script({ toolCall: true, toolArguments: '{"cmd":"ls"}' });

    const response = await openai.responses
      .stream({
        model: 'gpt-5-mini',
        input: 'Hello',
        tools: [{ type: 'function', name: 'run', parameters: { type: 'object' }, strict: false }],
      })
      .finalResponse();

    expect(response.output).toMatchObject([{ type: 'function_call', name: 'run', arguments: '{"cmd":"ls"}' }]);
    await expect
      .poll(() => upstream.journal)
      .toMatchObject([{ ending: 'complete', chunks: 2, reported: { output: 30 } }]);
  });

  it('counts tokens, and says what went wrong mid-stream', async () => {
    const count = await openai.responses.inputTokens.count({ model: 'gpt-5-mini', input: 'Hello' });
    expect(count.input_tokens).toBe(12);

    upstream.script({ errorAfterChunks: 1 });
    const stream = openai.responses.stream({ model: 'gpt-5-mini', input: 'Hello' });
    await expect(stream.finalResponse()).rejects.toThrow('error while processing');
  });
});

describe('as OpenAI embeddings', () => {
  it.each(['float', 'base64'] as const)('answers with a vector for each text, in %s', async (encoding_format) => {
    const { data, usage } = await openai.embeddings.create({
      model: 'text-embedding-3-small',
      input: ['Hello', 'you'],
      encoding_format,
    });

    expect(data).toHaveLength(2);
    expect(usage).toEqual({ prompt_tokens: 12, total_tokens: 12 });
  });
});

describe('as Anthropic Messages', () => {
  it('bills caches by lifetime', async () => {
    upstream.script({ usage: { ...NO_USAGE, input: 3, cacheRead: 4, cacheWrite5m: 5, cacheWrite1h: 6, output: 7 } });

    const message = await anthropic.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 64, messages });

    expect(message.usage).toMatchObject({
      input_tokens: 3,
      cache_read_input_tokens: 4,
      cache_creation_input_tokens: 11,
      cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 6 },
      output_tokens: 7,
    });
  });

  it('streams a tool call that the SDK puts together', async () => {
    upstream.script({ toolCall: true });

    const message = await anthropic.messages
      .stream({
        model: 'claude-sonnet-4-5',
        max_tokens: 64,
        messages,
        tools: [{ name: 'weather', input_schema: { type: 'object' } }],
      })
      .finalMessage();

    expect(message.content).toMatchObject([{ type: 'tool_use', name: 'weather', input: { city: 'Oslo' } }]);
    expect(message.usage.output_tokens).toBe(30);
  });

  it('counts tokens, and says what went wrong mid-stream', async () => {
    const count = await anthropic.messages.countTokens({ model: 'claude-sonnet-4-5', messages });
    expect(count.input_tokens).toBe(12);

    upstream.script({ errorAfterChunks: 1 });
    const stream = anthropic.messages.stream({ model: 'claude-sonnet-4-5', max_tokens: 64, messages });
    await expect(stream.finalMessage()).rejects.toThrow('Overloaded');
  });
});

describe('as Gemini', () => {
  it('answers whole and keeps its bill, thoughts apart', async () => {
    upstream.script({ usage: { ...NO_USAGE, input: 10, cacheRead: 5, output: 7, reasoning: 3 } });

    const { text, usageMetadata } = await google.models.generateContent({ model: 'gemini-2.5-pro', contents: 'Hello' });

    expect(text).toContain('word0');
    expect(usageMetadata).toMatchObject({
      promptTokenCount: 15,
      cachedContentTokenCount: 5,
      candidatesTokenCount: 4,
      thoughtsTokenCount: 3,
      totalTokenCount: 22,
    });
    expect(upstream.journal).toMatchObject([{ ending: 'complete', reported: { input: 10, cacheRead: 5 } }]);
  });

  it.each([{}, { lineEnding: '\r\n' as const }, { splitBytes: 1 }])('streams with %o', async (changes) => {
    upstream.script({ ...changes, chunks: 4 });

    const texts: string[] = [];
    const stream = await google.models.generateContentStream({ model: 'gemini-2.5-pro', contents: 'Hello' });
    for await (const { text } of stream) texts.push(text ?? '');

    expect(texts.join('')).toBe('word0 word1 word2 word3 ');
    await expect
      .poll(() => upstream.journal)
      .toMatchObject([{ ending: 'complete', chunks: 4, reported: { input: 12 } }]);
  });
});
