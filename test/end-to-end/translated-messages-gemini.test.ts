// The real `@anthropic-ai/sdk` package speaks to Gemini.

import { type Anthropic, APIError } from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import {
  anthropicClient,
  billedMicros,
  newTeamId,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const model = 'gemini-2.5-pro';
const usage: Usage = { ...NO_USAGE, input: 1_201, cacheRead: 1_024, output: 347, reasoning: 128 };
const shownUsage = {
  input_tokens: 1_201,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 1_024,
  output_tokens: 347,
};
const question = { model, max_tokens: 2_000, messages: [{ role: 'user' as const, content: 'Hello' }] };
const tools = ['weather', 'time'].map((name) => ({ name, input_schema: { type: 'object' as const } }));
const SIGNATURE = 'EqUCCqICAb4+9vsh8Pd5taZVoPzS';

let system: ProviderGateway;
let team: string;
let anthropic: Anthropic;

beforeAll(async () => {
  system = await startProviderGateway();
});
beforeEach(async () => {
  system.upstream.reset();
  system.upstream.script({ usage });
  team = newTeamId();
  const { key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });
  anthropic = anthropicClient(system.gateway, key);
});
afterAll(() => system.close());

async function expectBillsToAgree(facts: { readonly stream: boolean }): Promise<void> {
  const [event, ...others] = await system.gateway.admin.settledEvents(team, 1);
  const { reported } = system.upstream.journal[0] ?? { reported: null };
  if (event === undefined || reported === null) throw new Error('no event, or no bill to compare it with');
  expect(others).toEqual([]);
  const { webSearches: _searches, ...billedUsage } = reported;
  const told = { model, usage: billedUsage, dialect: 'anthropic-messages', status: 200, estimated: false };
  expect(event).toMatchObject({ ...facts, ...told, provider: 'gemini' });
  expect(dollars(event.costUsd)).toBe(billedMicros(model, reported));
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: billedMicros(model, reported), held: 0 });
}

describe('an answer', () => {
  it('is a message, and is asked for and billed as Gemini’s', async () => {
    const message = await anthropic.messages.create({ ...question, system: 'Be brief.' });

    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model,
      content: [{ type: 'text', text: 'word0 word1 word2 word3 word4 ' }],
      stop_reason: 'end_turn',
      usage: shownUsage,
    });
    expect(system.upstream.journal).toMatchObject([
      {
        path: `/v1beta/models/${model}:generateContent`,
        body: {
          systemInstruction: { parts: [{ text: 'Be brief.' }] },
          contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
          generationConfig: { maxOutputTokens: 2_000 },
        },
      },
    ]);
    const names = Object.keys(system.upstream.journal[0]?.headers ?? {});
    expect(names.filter((name) => /^(?:anthropic-|x-api-key|x-stainless|authorization)/.test(name))).toEqual([]);
    await expectBillsToAgree({ stream: false });
  });

  it('streams in events that the client can put together, wherever they are cut', async () => {
    system.upstream.script({ usage, splitBytes: 7 });
    const stream = anthropic.messages.stream(question);
    let text = '';
    stream.on('text', (said) => {
      text += said;
    });
    const message = await stream.finalMessage();

    expect(text).toBe('word0 word1 word2 word3 word4 ');
    expect(message).toMatchObject({
      model,
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      usage: shownUsage,
    });
    await expectBillsToAgree({ stream: true });
  });

  it.each([
    { streamed: false, parallelCalls: 1 },
    { streamed: true, parallelCalls: 1 },
    { streamed: false, parallelCalls: 2 },
    { streamed: true, parallelCalls: 2 },
  ])('calls tools, and hears what came of them, with its signature: %o', async ({ streamed, parallelCalls }) => {
    system.upstream.script({ usage, toolCall: true, parallelCalls });
    const thinking = { type: 'enabled' as const, budget_tokens: 1_024 };
    const first = streamed
      ? await anthropic.messages.stream({ ...question, tools, thinking }).finalMessage()
      : await anthropic.messages.create({ ...question, tools, thinking });
    expect(first.stop_reason).toBe('tool_use');
    const uses = first.content.filter((block) => block.type === 'tool_use');
    const names = tools.slice(0, parallelCalls).map(({ name }) => name);
    expect(uses).toMatchObject(names.map((name) => ({ name, input: { city: 'Oslo' } })));

    system.upstream.script({ usage });
    const results = uses.map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: 'So.' }));
    const second = await anthropic.messages.create({
      ...question,
      tools,
      thinking,
      messages: [
        ...question.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: results.toReversed() },
      ],
    });
    expect(second.content).toMatchObject([{ text: 'word0 word1 word2 word3 word4 ' }]);
    expect(system.upstream.journal.at(-1)?.body).toMatchObject({
      tools: [{ functionDeclarations: tools.map(({ name }) => ({ name })) }],
      generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1_024 } },
      contents: [
        { role: 'user' },
        {
          role: 'model',
          parts: names.map((name, index) => ({
            functionCall: { name, args: { city: 'Oslo' } },
            ...(index === 0 && { thoughtSignature: SIGNATURE }),
          })),
        },
        { role: 'user', parts: names.map((name) => ({ functionResponse: { name, response: { output: 'So.' } } })) },
      ],
    });
  });
});

describe('what cannot be', () => {
  it('is refused by name before the model is asked', async () => {
    const refused = anthropic.messages.create({
      ...question,
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    });
    await expect(refused).rejects.toMatchObject({ status: 400, message: expect.stringContaining('tools[0]') });
    expect(system.upstream.journal).toEqual([]);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it('is not paid for: a used-up budget stops the client after one request', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.000001' });
    let requests = 0;
    const counting = anthropic.withOptions({
      fetch: (input, init) => {
        requests += 1;
        return fetch(input, init);
      },
    });
    await expect(counting.messages.create(question)).rejects.toMatchObject({ status: 402 });
    expect(requests).toBe(1);
    expect(system.upstream.journal).toEqual([]);
  });

  it.each([
    [400, 'invalid_request_error', 1],
    [429, 'rate_limit_error', 3],
    [500, 'api_error', 3],
  ])('Google’s own %s is told in its words, and nothing is charged', async (status, type, requests) => {
    const body = JSON.stringify({ error: { code: status, message: 'Not today.', status: 'X' } });
    const headers = { 'content-type': 'application/json', 'retry-after': '0' };
    system.upstream.script({ fixedAnswer: { status, body, headers } });
    const error = await anthropic.messages.create(question).catch((cause: unknown) => cause);
    if (!(error instanceof APIError)) throw new Error('no refusal');
    expect({ status: error.status, message: error.message, type: error.type }).toEqual({
      status,
      message: expect.stringContaining('gemini: Not today.'),
      type,
    });
    expect(system.upstream.journal).toHaveLength(requests);
    await system.gateway.admin.settledEvents(team, requests);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it('an error inside a stream ends it as a failure, in Google’s words', async () => {
    system.upstream.script({ usage, errorAfterChunks: 2 });
    const reading = anthropic.messages.stream(question).finalMessage();
    await expect(reading).rejects.toThrow('overloaded');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true });
    expect(dollars(event?.costUsd ?? '')).toBeGreaterThan(0);
  });

  it('a stream that breaks off is not taken for a whole one', async () => {
    system.upstream.script({ usage, cutAfterChunks: 2 });
    const reading = anthropic.messages.stream(question).finalMessage();
    await expect(reading).rejects.toThrow('broke the answer off');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true });
  });
});
