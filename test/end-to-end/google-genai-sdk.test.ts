// The real `@google/genai` package against a local Headgate: what it gets, what the upstream saw, and that both bills agree.

import { type GoogleGenAI, Type } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import {
  billedMicros,
  googleClient,
  newTeamId,
  PROVIDER_KEY,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const model = 'gemini-2.5-pro';
const contents = 'Hello';
const usage: Usage = { ...NO_USAGE, input: 1_201, cacheRead: 1_024, output: 347, reasoning: 128 };
const WORDS = 'word0 word1 word2 word3 word4 ';
const tools = [{ functionDeclarations: [{ name: 'weather', parameters: { type: Type.OBJECT, properties: {} } }] }];

let system: ProviderGateway;
let team: string;
let key: string;
let google: GoogleGenAI;

beforeAll(async () => {
  system = await startProviderGateway();
});
beforeEach(async () => {
  system.upstream.reset();
  system.upstream.script({ usage });
  team = newTeamId();
  ({ key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' }));
  google = googleClient(system.gateway, key);
});
afterAll(() => system.close());

/** The team's one event says what the upstream billed, to the token and the micro-dollar; so does its budget. */
async function expectBillsToAgree(facts: { readonly stream: boolean }): Promise<void> {
  const [event] = await system.gateway.admin.settledEvents(team, 1);
  expect(system.upstream.journal).toHaveLength(1);
  const { reported } = system.upstream.journal[0] ?? { reported: null };
  if (event === undefined || reported === null) throw new Error('no event, or no bill to compare it with');

  const { webSearches: _searches, ...billedUsage } = reported;
  expect(event).toMatchObject({ ...facts, usage: billedUsage, status: 200, estimated: false, provider: 'gemini' });
  expect(dollars(event.costUsd)).toBe(billedMicros(model, reported));
  const { settled, held } = await system.gateway.admin.totals(team);
  expect({ settled, held }).toEqual({ settled: billedMicros(model, reported), held: 0 });
}

/** The error that the SDK throws, by what a program reads of it. */
async function refusalOf(call: Promise<unknown>): Promise<{ readonly status: unknown; readonly message: string }> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (!(error instanceof Error && 'status' in error)) throw new Error(`not refused: ${String(error)}`);
  return { status: error.status, message: error.message };
}

describe('generateContent', () => {
  it('arrives untouched and is billed exactly', async () => {
    const answer = await google.models.generateContent({ model, contents });

    expect(answer.text).toBe(WORDS);
    expect(answer.usageMetadata).toMatchObject({ promptTokenCount: 2_225, thoughtsTokenCount: 128 });
    expect(answer.responseId).toBe('bH6LaZW8Fp_3nsEPqtaSwQ4');
    await expectBillsToAgree({ stream: false });
  });

  it('reaches the provider with its own key, a cap, and all that the client said', async () => {
    const config = { temperature: 0.5, systemInstruction: 'Be brief.', thinkingConfig: { thinkingBudget: 64 } };
    await google.models.generateContent({ model, contents, config });

    const [request] = system.upstream.journal;
    expect(request?.path).toBe(`/v1beta/models/${model}:generateContent`);
    expect(request?.headers['x-goog-api-key']).toBe(PROVIDER_KEY);
    expect(JSON.stringify(request)).not.toContain('hg_');
    expect(request?.body).toMatchObject({
      contents: [{ role: 'user', parts: [{ text: contents }] }],
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      generationConfig: { temperature: 0.5, thinkingConfig: { thinkingBudget: 64 }, maxOutputTokens: 65_536 },
    });
  });

  it('carries a function call', async () => {
    system.upstream.script({ usage, toolCall: true });

    const { functionCalls } = await google.models.generateContent({ model, contents, config: { tools } });

    expect(functionCalls).toEqual([{ name: 'weather', args: { city: 'Oslo' } }]);
    await expectBillsToAgree({ stream: false });
  });
});

describe('generateContentStream', () => {
  it.each([{}, { lineEnding: '\r\n' as const }, { splitBytes: 1 }, { splitBytes: 7 }])(
    'arrives piece by piece and is billed exactly, with %o',
    async (changes) => {
      system.upstream.script({ ...changes, usage });

      const texts: string[] = [];
      for await (const { text } of await google.models.generateContentStream({ model, contents })) {
        texts.push(text ?? '');
      }

      expect(texts.join('')).toBe(WORDS);
      expect(texts.length).toBeGreaterThan(1);
      await expectBillsToAgree({ stream: true });
    },
  );

  it('carries a function call', async () => {
    system.upstream.script({ usage, toolCall: true });

    const calls: unknown[] = [];
    const stream = await google.models.generateContentStream({ model, contents, config: { tools } });
    for await (const { functionCalls } of stream) calls.push(...(functionCalls ?? []));

    expect(calls).toEqual([{ name: 'weather', args: { city: 'Oslo' } }]);
    await expectBillsToAgree({ stream: true });
  });

  it('that the upstream cuts is an error, charged, marked as estimated, and leaves no hold', async () => {
    system.upstream.script({ usage, cutAfterChunks: 2, chunkDelayMs: 50 });

    const stream = await google.models.generateContentStream({ model, contents });
    const read = async (): Promise<void> => {
      for await (const { candidates } of stream) expect(candidates).toHaveLength(1);
    };

    await expect(read()).rejects.toThrow('broke the answer off');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ stream: true, estimated: true, usage: { input: 2_225 } });
    expect(await system.gateway.admin.totals(team)).toMatchObject({ held: 0 });
  });
});

describe('a stream as an array', () => {
  it.each([{}, { splitBytes: 1 }, { splitBytes: 13 }])(
    'is the same answer, billed exactly, with %o',
    async (changes) => {
      system.upstream.script({ ...changes, usage });
      const response = await fetch(`${system.gateway.url}/v1beta/models/${model}:streamGenerateContent?key=${key}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ contents: [{ parts: [{ text: contents }] }] }),
      });

      const chunks: unknown = await response.json();
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(chunks).toHaveLength(6);
      expect(system.upstream.journal[0]?.path).toBe(`/v1beta/models/${model}:streamGenerateContent?alt=sse`);
      await expectBillsToAgree({ stream: true });
    },
  );
});

describe('beside calls', () => {
  it('tokens are counted and models are listed, for nothing', async () => {
    expect((await google.models.countTokens({ model, contents })).totalTokens).toBe(2_225);
    const names: (string | undefined)[] = [];
    for await (const { name } of await google.models.list({ config: { pageSize: 5 } })) names.push(name);

    expect(names).toContain(`models/${model}`);
    expect(await google.models.get({ model })).toMatchObject({ name: `models/${model}`, displayName: model });
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });
});

describe('a refusal', () => {
  it('of an exhausted budget says so with the numbers, and never reaches the provider', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.000001' });

    const error = await refusalOf(google.models.generateContent({ model, contents }));

    expect(error.status).toBe(429);
    expect(JSON.parse(error.message)).toMatchObject({
      error: { status: 'RESOURCE_EXHAUSTED', message: expect.stringContaining('$0.000001') },
    });
    expect((await refusalOf(google.models.generateContentStream({ model, contents }))).status).toBe(429);
    expect(system.upstream.journal).toEqual([]);
  });

  it('of a key that is none is 401', async () => {
    const stranger = googleClient(system.gateway, 'AIza-nothing');
    expect((await refusalOf(stranger.models.generateContent({ model, contents }))).status).toBe(401);
  });

  it('by the provider arrives as it is, and costs nothing', async () => {
    const body = '{"error":{"code":400,"message":"Invalid value at generation_config","status":"INVALID_ARGUMENT"}}';
    system.upstream.script({ fixedAnswer: { status: 400, body, headers: { 'content-type': 'application/json' } } });

    const error = await refusalOf(google.models.generateContent({ model, contents }));

    expect(error.message).toContain('Invalid value at generation_config');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ status: 400, costUsd: '0.00' });
  });
});
