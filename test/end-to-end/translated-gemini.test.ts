// The real `@google/genai` package speaks Gemini to a model of the company's own whose server speaks chat completions only.

import { ApiError, FunctionCallingConfigMode, type GenerateContentResponse, type GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { googleClient, newTeamId, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const model = 'company/coder';
const usage: Usage = { ...NO_USAGE, input: 200, cacheRead: 100, output: 50, reasoning: 20 };
/** 200 × $1, 100 × $0.10 and 50 × $2 per million. */
const COST_MICROS = 310;
const shownUsage = {
  promptTokenCount: 300,
  cachedContentTokenCount: 100,
  candidatesTokenCount: 30,
  thoughtsTokenCount: 20,
  totalTokenCount: 350,
};
const contents = 'Hello';
const WORDS = 'word0 word1 word2 word3 word4 ';
const functionDeclarations = ['weather', 'time'].map((name) => ({ name, parametersJsonSchema: { type: 'object' } }));

let system: ProviderGateway;
let team: string;
let key: string;
let google: GoogleGenAI;

beforeAll(async () => {
  system = await startProviderGateway(({ url }) => ({
    PROVIDERS: JSON.stringify({ inhouse: { kind: 'openai-compatible', baseUrl: `${url}/v1` } }),
  }));
  await system.gateway.admin.request('PUT', `/models/${model}`, {
    provider: 'inhouse',
    upstreamModel: 'coder-30b',
    price: { input: '1', cacheRead: '0.1', cacheWrite5m: null, cacheWrite1h: null, output: '2' },
    contextWindow: 100_000,
    maxOutputTokens: 4_096,
  });
});
beforeEach(async () => {
  system.upstream.reset();
  system.upstream.script({ usage });
  team = newTeamId();
  ({ key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' }));
  google = googleClient(system.gateway, key);
});
afterAll(() => system.close());

async function expectOneBill(facts: { readonly stream: boolean }): Promise<void> {
  const [event, ...others] = await system.gateway.admin.settledEvents(team, 1);
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    ...facts,
    model,
    provider: 'inhouse',
    upstreamModel: 'coder-30b',
    dialect: 'gemini',
    status: 200,
    estimated: false,
    usage: { input: 200, cacheRead: 100, output: 50, reasoning: 20 },
  });
  expect(dollars(event?.costUsd ?? '')).toBe(COST_MICROS);
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: COST_MICROS, held: 0 });
}

async function streamed(config: object = {}): Promise<GenerateContentResponse[]> {
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await google.models.generateContentStream({ model, contents, config })) chunks.push(chunk);
  return chunks;
}

describe('an answer', () => {
  it('is Gemini’s, and is asked for and billed as a chat completion', async () => {
    const config = { systemInstruction: 'Be brief.', maxOutputTokens: 500 };
    const answer = await google.models.generateContent({ model, contents, config });

    expect(answer.text).toBe(WORDS);
    expect(answer).toMatchObject({
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: shownUsage,
      modelVersion: model,
    });
    expect(system.upstream.journal).toMatchObject([
      {
        path: '/v1/chat/completions',
        body: {
          model: 'coder-30b',
          max_tokens: 500,
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'Hello' },
          ],
        },
      },
    ]);
    const names = Object.keys(system.upstream.journal[0]?.headers ?? {});
    expect(names.filter((name) => /^(?:x-goog|authorization)/.test(name))).toEqual([]);
    await expectOneBill({ stream: false });
  });

  it('streams in chunks that the client can put together, wherever they are cut', async () => {
    system.upstream.script({ usage, splitBytes: 7 });
    const chunks = await streamed();

    expect(chunks.map(({ text }) => text ?? '').join('')).toBe(WORDS);
    expect(chunks.at(-1)).toMatchObject({ candidates: [{ finishReason: 'STOP' }], usageMetadata: shownUsage });
    await expectOneBill({ stream: true });
  });

  it('streams as one array to a client that asks for no events', async () => {
    const response = await fetch(`${system.gateway.url}/v1beta/models/${model}:streamGenerateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ parts: [{ text: 'Hello' }] }] }),
    });

    expect(response.headers.get('content-type')).toContain('application/json');
    const chunks: unknown = await response.json();
    expect(chunks).toHaveLength(6);
    expect(chunks).toMatchObject([{ candidates: [{ content: { parts: [{ text: 'word0 ' }] } }] }, {}, {}, {}, {}, {}]);
    await expectOneBill({ stream: true });
  });

  it.each([
    { stream: false, parallelCalls: 1 },
    { stream: true, parallelCalls: 1 },
    { stream: false, parallelCalls: 2 },
    { stream: true, parallelCalls: 2 },
  ])('calls tools, and hears what came of them: %o', async ({ stream, parallelCalls }) => {
    system.upstream.script({ usage, toolCall: true, parallelCalls });
    const functionCallingConfig = { mode: FunctionCallingConfigMode.ANY };
    const config = { tools: [{ functionDeclarations }], toolConfig: { functionCallingConfig } };
    const first = stream
      ? (await streamed(config)).at(-1)
      : await google.models.generateContent({ model, contents, config });
    const calls = first?.functionCalls ?? [];
    const said = first?.candidates?.[0]?.content;
    if (said === undefined) throw new Error('no answer');
    const names = functionDeclarations.slice(0, parallelCalls).map(({ name }) => name);
    expect(calls).toMatchObject(names.map((name) => ({ name, args: { city: 'Oslo' } })));

    system.upstream.script({ usage });
    const results = calls.map(({ id, name }) => ({
      functionResponse: { ...(id && { id }), ...(name && { name }), response: { output: 'So.' } },
    }));
    const second = await google.models.generateContent({
      model,
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }, said, { role: 'user', parts: results }],
      config: { tools: [{ functionDeclarations }] },
    });
    expect(second.text).toBe(WORDS);
    expect(system.upstream.journal[0]?.body).toMatchObject({ tool_choice: 'required' });
    expect(system.upstream.journal.at(-1)?.body).toMatchObject({
      tools: functionDeclarations.map(({ name }) => ({ function: { name, parameters: { type: 'object' } } })),
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          tool_calls: calls.map(({ id, name }) => ({ id, function: { name, arguments: '{"city":"Oslo"}' } })),
        },
        ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'So.' })),
      ],
    });
  });
});

describe('what cannot be', () => {
  it('is refused by name before the model is asked', async () => {
    const refused = google.models.generateContent({ model, contents, config: { tools: [{ googleSearch: {} }] } });
    await expect(refused).rejects.toMatchObject({ status: 400, message: expect.stringContaining('tools[0]') });
    expect(system.upstream.journal).toEqual([]);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it.each(['countTokens', 'embedContent'])('is %s', async (operation) => {
    const response = await fetch(`${system.gateway.url}/v1beta/models/${model}:${operation}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ content: { parts: [{ text: 'Hello' }] } }),
    });
    expect(response.status).toBe(400);
    expect(system.upstream.journal).toEqual([]);
  });

  it('is not paid for: a used-up budget stops the client', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.000001' });
    await expect(google.models.generateContent({ model, contents })).rejects.toMatchObject({ status: 429 });
    expect(system.upstream.journal).toEqual([]);
  });

  it('the server’s own 400 is told in its words, and nothing is charged', async () => {
    const body = JSON.stringify({ error: { message: 'Not today.', type: 'x', param: null, code: null } });
    system.upstream.script({ fixedAnswer: { status: 400, body, headers: { 'content-type': 'application/json' } } });
    const error = await google.models.generateContent({ model, contents }).catch((cause: unknown) => cause);
    if (!(error instanceof ApiError)) throw new Error('no refusal');
    expect({ status: error.status, message: error.message }).toEqual({
      status: 400,
      message: expect.stringContaining('inhouse: Not today.'),
    });
    await system.gateway.admin.settledEvents(team, 1);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it('an error inside a stream ends it as a failure, in the server’s words', async () => {
    system.upstream.script({ usage, errorAfterChunks: 2 });
    await expect(streamed()).rejects.toThrow('The server had an error while processing your request.');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true });
  });

  it('a stream that breaks off is not taken for a whole one', async () => {
    system.upstream.script({ usage, cutAfterChunks: 2 });
    await expect(streamed()).rejects.toThrow('broke the answer off');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true });
  });
});
