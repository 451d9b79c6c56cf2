// Vertex AI behind a local Headgate: Google's and Anthropic's own SDKs in front, a service account that signs in, and bills
// that agree.

import type Anthropic from '@anthropic-ai/sdk';
import type { GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { TOKEN_PATH } from '../helpers/fake-upstream/fake-upstream.ts';
import { googleAccount } from '../helpers/fake-upstream/google-account.ts';
import {
  anthropicClient,
  openaiClient,
  billedMicros,
  googleClient,
  newTeamId,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const GEMINI = 'vertex/gemini';
const CLAUDE = 'vertex/claude';
const LLAMA = 'vertex/llama';
const LLAMA_THERE = 'meta/llama-4-maverick-17b-128e-instruct-maas';
const REGIONAL = 'eu/claude';
const STRANGE = 'stranger/gemini';
const contents = 'Hello';
const question = { max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hello' }] };
const usage: Usage = { ...NO_USAGE, input: 1_201, cacheRead: 1_024, output: 347 };
const WORDS = 'word0 word1 word2 word3 word4 ';
const GEMINI_AT = '/v1beta1/projects/contoso-ai/locations/global/publishers/google/models/gemini-2.5-pro';
const CLAUDE_AT = '/v1/projects/contoso-ai/locations/global/publishers/anthropic/models/claude-sonnet-4-5@20250929';

let system: ProviderGateway;
let team: string;
let key: string;
let google: GoogleGenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  system = await startProviderGateway(({ url, account }) => {
    const vertex = {
      kind: 'vertex',
      project: 'contoso-ai',
      location: 'global',
      baseUrl: url,
      tokenUrl: `${url}${TOKEN_PATH}`,
      serviceAccountSecret: 'VERTEX_ACCOUNT',
    };
    return {
      PROVIDERS: JSON.stringify({
        vertex,
        'vertex-eu': { ...vertex, location: 'eu' },
        stranger: { ...vertex, serviceAccountSecret: 'STRANGE_ACCOUNT' },
      }),
      VERTEX_ACCOUNT: account.keyFile(`${url}${TOKEN_PATH}`),
      // Of an account that Google does not know.
      STRANGE_ACCOUNT: googleAccount().keyFile(`${url}${TOKEN_PATH}`),
    };
  });
  for (const [model, provider, upstreamModel] of [
    [GEMINI, 'vertex', 'gemini-2.5-pro'],
    [CLAUDE, 'vertex', 'claude-sonnet-4-5@20250929'],
    ['vertex/embedding', 'vertex', 'gemini-embedding-001'],
    [REGIONAL, 'vertex-eu', 'claude-sonnet-4-5@20250929'],
    [STRANGE, 'stranger', 'gemini-2.5-pro'],
  ]) {
    await system.gateway.admin.request('PUT', `/models/${model}`, { provider, upstreamModel });
  }
  const price = { input: '0.35', cacheRead: '0.10', cacheWrite5m: null, cacheWrite1h: null, output: '1.15' };
  await system.gateway.admin.request('PUT', `/models/${LLAMA}`, {
    provider: 'vertex',
    upstreamModel: LLAMA_THERE,
    price,
  });
});
beforeEach(async () => {
  system.upstream.reset();
  system.upstream.script({ usage });
  team = newTeamId();
  ({ key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' }));
  google = googleClient(system.gateway, key);
  anthropic = anthropicClient(system.gateway, key);
});
afterAll(() => system.close());

/** The team's one event says what the upstream billed, at this price. */
async function expectBill(micros: number, facts: object): Promise<void> {
  const [event] = await system.gateway.admin.settledEvents(team, 1);
  const reported = system.upstream.journal.at(-1)?.reported;
  if (event === undefined || !reported) throw new Error('no event, or no bill to compare it with');
  const { webSearches: _searches, ...billedUsage } = reported;
  expect(event).toMatchObject({ ...facts, usage: billedUsage, status: 200, estimated: false });
  expect(dollars(event.costUsd)).toBe(micros);
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: micros, held: 0 });
}

describe('signing in', () => {
  it('happens once for many calls at a time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => google.models.generateContent({ model: GEMINI, contents })),
    );

    expect(answers.map(({ text }) => text)).toEqual(answers.map(() => WORDS));
    expect(system.upstream.account.asked()).toBe(1);
  });

  it('happens again once a token is not taken any more', async () => {
    await google.models.generateContent({ model: GEMINI, contents });
    const before = system.upstream.account.asked();
    system.upstream.account.revokeAll();

    await expect(google.models.generateContent({ model: GEMINI, contents })).rejects.toMatchObject({ status: 401 });
    expect((await google.models.generateContent({ model: GEMINI, contents })).text).toBe(WORDS);
    expect(system.upstream.account.asked()).toBe(before + 1);
  });

  it('that fails costs nothing and tells nothing of the account', async () => {
    const error: unknown = await google.models
      .generateContent({ model: STRANGE, contents })
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ status: 502, message: expect.stringContaining('tell your admin') });
    expect(String(error)).not.toMatch(/contoso|iam|PRIVATE|invalid_grant/);
    expect(system.upstream.journal).toEqual([]);
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ status: 502, costUsd: '0.00' });
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });
});

describe('Gemini', () => {
  it('answers whole, with the model in the path alone, and is billed exactly', async () => {
    const answer = await google.models.generateContent({ model: GEMINI, contents });

    expect(answer.text).toBe(WORDS);
    const [request] = system.upstream.journal;
    expect(request?.path).toBe(`${GEMINI_AT}:generateContent`);
    expect(request?.headers['authorization']).toMatch(/^Bearer ya29\./);
    expect(request?.headers['x-goog-api-key']).toBeUndefined();
    expect(JSON.stringify(request)).not.toContain('hg_');
    await expectBill(billedMicros('gemini-2.5-pro', usage), { dialect: 'gemini', provider: 'vertex', stream: false });
  });

  it.each([{}, { lineEnding: '\r\n' as const }, { splitBytes: 5 }])('streams with %o', async (changes) => {
    system.upstream.script({ ...changes, usage });

    let text = '';
    for await (const chunk of await google.models.generateContentStream({ model: GEMINI, contents })) {
      text += chunk.text ?? '';
    }

    expect(text).toBe(WORDS);
    expect(system.upstream.journal[0]?.path).toBe(`${GEMINI_AT}:streamGenerateContent?alt=sse`);
    await expectBill(billedMicros('gemini-2.5-pro', usage), { dialect: 'gemini', stream: true });
  });

  it('counts tokens for nothing', async () => {
    expect((await google.models.countTokens({ model: GEMINI, contents })).totalTokens).toBe(2_225);
    expect(system.upstream.journal[0]?.path).toBe(`${GEMINI_AT}:countTokens`);
  });

  it.each([false, true])('answers clients of Anthropic in their own words (streamed: %s)', async (streamed) => {
    const call = { ...question, model: GEMINI };
    const message = streamed
      ? await anthropic.messages.stream(call).finalMessage()
      : await anthropic.messages.create(call);

    expect(message.content).toEqual([{ type: 'text', text: WORDS }]);
    expect(system.upstream.journal[0]?.path).toMatch(`${GEMINI_AT}:${streamed ? 'streamG' : 'g'}enerateContent`);
    await expectBill(billedMicros('gemini-2.5-pro', usage), { dialect: 'anthropic-messages', stream: streamed });
  });

  it.each([false, true])('answers clients of chat completions in their own words (streamed: %s)', async (streamed) => {
    const openai = openaiClient(system.gateway, key);
    const call = { model: GEMINI, messages: question.messages };
    const completion = streamed
      ? await openai.chat.completions.stream(call).finalChatCompletion()
      : await openai.chat.completions.create(call);

    expect(completion.choices[0]?.message.content).toBe(WORDS);
    await expectBill(billedMicros('gemini-2.5-pro', usage), { dialect: 'openai-chat', stream: streamed });
  });
});

describe('Claude', () => {
  it('answers whole, with its version in the body and the model in the path, and is billed exactly', async () => {
    const answer = await anthropic.messages.create({ ...question, model: CLAUDE });

    expect(answer.content).toEqual([{ type: 'text', text: WORDS }]);
    const [request] = system.upstream.journal;
    expect(request?.path).toBe(`${CLAUDE_AT}:rawPredict`);
    expect(request?.body).toEqual({ ...question, anthropic_version: 'vertex-2023-10-16' });
    expect(request?.headers['anthropic-version']).toBeUndefined();
    expect(request?.headers['x-api-key']).toBeUndefined();
    await expectBill(billedMicros('claude-sonnet-4-5', usage), { dialect: 'anthropic-messages', stream: false });
  });

  it('streams, and is billed exactly', async () => {
    const message = await anthropic.messages.stream({ ...question, model: CLAUDE }).finalMessage();

    expect(message.content).toEqual([{ type: 'text', text: WORDS }]);
    expect(system.upstream.journal[0]?.path).toBe(`${CLAUDE_AT}:streamRawPredict`);
    await expectBill(billedMicros('claude-sonnet-4-5', usage), { dialect: 'anthropic-messages', stream: true });
  });

  it('counts tokens for nothing', async () => {
    const { messages } = question;
    expect((await anthropic.messages.countTokens({ model: CLAUDE, messages })).input_tokens).toBe(2_225);
    expect(system.upstream.journal[0]?.path).toMatch(/\/publishers\/anthropic\/models\/count-tokens:rawPredict$/);
  });

  it('costs a tenth more outside the global endpoint', async () => {
    await anthropic.messages.create({ ...question, model: REGIONAL });

    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event?.priceVersion).toContain('regional');
    // Picodollars per token: 3,300,000 in, 330,000 from the cache, 16,500,000 out.
    expect(dollars(event?.costUsd ?? '0')).toBe(Math.round(1_201 * 3.3 + 1_024 * 0.33 + 347 * 16.5));
  });

  it('is called by Google’s clients as well, and asked as Claude is', async () => {
    const answer = await google.models.generateContent({ model: CLAUDE, contents });

    expect(answer.text).toBe(WORDS);
    const [request] = system.upstream.journal;
    expect(request?.path).toMatch(/:rawPredict$/);
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ dialect: 'gemini', provider: 'vertex', status: 200, estimated: false });
  });
});

describe('a model of others', () => {
  const chat = { model: LLAMA, messages: [{ role: 'user' as const, content: 'Hello' }], max_tokens: 100 };
  const micros = Math.round(1_201 * 0.35 + 1_024 * 0.1 + 347 * 1.15);

  it('answers chat completions, with its name in the body, and is billed exactly', async () => {
    const answer = await openaiClient(system.gateway, key).chat.completions.create(chat);

    expect(answer.choices[0]?.message.content).toBe(WORDS);
    const [request] = system.upstream.journal;
    expect(request?.path).toBe('/v1/projects/contoso-ai/locations/global/endpoints/openapi/chat/completions');
    expect(request?.body).toMatchObject({ ...chat, model: LLAMA_THERE });
    expect(request?.headers['authorization']).toMatch(/^Bearer ya29\./);
    await expectBill(micros, { dialect: 'openai-chat', provider: 'vertex', stream: false });
  });

  it('streams, also to a client of Anthropic’s, and is billed exactly', async () => {
    const message = await anthropic.messages.stream({ ...question, model: LLAMA }).finalMessage();

    expect(message.content).toMatchObject([{ type: 'text', text: WORDS }]);
    expect(system.upstream.journal[0]?.path).toMatch(/\/endpoints\/openapi\/chat\/completions$/);
    await expectBill(micros, { provider: 'vertex', stream: true });
  });
});

describe('embeddings', () => {
  const model = 'vertex/embedding';
  const embed = { ...NO_USAGE, input: 1_201 };
  /** At $0.15 a million. */
  const micros = Math.round(1_201 * 0.15);

  it.each([{}, { dimensions: 3 }, { encoding_format: 'float' as const }])(
    'of OpenAI’s client with %j are predicted, and billed exactly',
    async (how) => {
      system.upstream.script({ usage: embed });
      const { dimensions = 8 } = how;
      const answer = await openaiClient(system.gateway, key).embeddings.create({
        model,
        input: ['Hello', 'World'],
        ...how,
      });

      const vector = (index: number) => Array.from({ length: dimensions }, (_, at) => (index + 1) / 2 ** (at + 1));
      expect(answer.data.map(({ embedding }) => embedding)).toEqual([vector(0), vector(1)]);
      expect(answer.usage).toEqual({ prompt_tokens: 1_201, total_tokens: 1_201 });
      expect(system.upstream.journal[0]?.path).toMatch(/\/v1\/projects\/.+\/gemini-embedding-001:predict$/);
      await expectBill(micros, { dialect: 'openai-embeddings', provider: 'vertex', stream: false });
    },
  );

  it('in tokens are refused, and cost nothing', async () => {
    const asked = openaiClient(system.gateway, key).embeddings.create({ model, input: [1, 2, 3] });

    await expect(asked).rejects.toMatchObject({ status: 400, param: 'input' });
    expect(system.upstream.journal).toEqual([]);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });
});
