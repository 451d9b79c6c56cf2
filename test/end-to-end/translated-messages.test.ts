// The real `@anthropic-ai/sdk` package speaks to a model of the company's own whose server speaks chat completions only.

import { type Anthropic, APIError } from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { anthropicClient, newTeamId, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const model = 'company/coder';
const usage: Usage = { ...NO_USAGE, input: 200, cacheRead: 100, output: 50, reasoning: 20 };
/** 200 × $1, 100 × $0.10 and 50 × $2 per million. */
const COST_MICROS = 310;
const shownUsage = {
  input_tokens: 200,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 100,
  output_tokens: 50,
};
const question = { model, max_tokens: 500, messages: [{ role: 'user' as const, content: 'Hello' }] };
const tools = ['weather', 'time'].map((name) => ({ name, input_schema: { type: 'object' as const } }));

let system: ProviderGateway;
let team: string;
let anthropic: Anthropic;

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
  const { key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });
  anthropic = anthropicClient(system.gateway, key);
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
    dialect: 'anthropic-messages',
    status: 200,
    estimated: false,
    usage: { input: 200, cacheRead: 100, output: 50, reasoning: 20 },
  });
  expect(dollars(event?.costUsd ?? '')).toBe(COST_MICROS);
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: COST_MICROS, held: 0 });
}

describe('an answer', () => {
  it('is a message, and is asked for and billed as a chat completion', async () => {
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
    expect(names.filter((name) => /^(?:anthropic-|x-api-key|x-stainless|authorization)/.test(name))).toEqual([]);
    await expectOneBill({ stream: false });
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
    await expectOneBill({ stream: true });
  });

  it.each([
    { streamed: false, parallelCalls: 1 },
    { streamed: true, parallelCalls: 1 },
    { streamed: false, parallelCalls: 2 },
    { streamed: true, parallelCalls: 2 },
  ])('calls tools, and hears what came of them: %o', async ({ streamed, parallelCalls }) => {
    system.upstream.script({ usage, toolCall: true, parallelCalls });
    const first = streamed
      ? await anthropic.messages.stream({ ...question, tools }).finalMessage()
      : await anthropic.messages.create({ ...question, tools });
    expect(first.stop_reason).toBe('tool_use');
    const uses = first.content.filter((block) => block.type === 'tool_use');
    const named = tools.slice(0, parallelCalls);
    expect(uses).toMatchObject(named.map(({ name }) => ({ name, input: { city: 'Oslo' } })));
    expect(first.content).toHaveLength(parallelCalls);

    system.upstream.script({ usage });
    const results = uses.map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: 'So.' }));
    const second = await anthropic.messages.create({
      ...question,
      tools,
      messages: [
        ...question.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: results },
      ],
    });
    expect(second.content).toMatchObject([{ text: 'word0 word1 word2 word3 word4 ' }]);
    expect(system.upstream.journal.at(-1)?.body).toMatchObject({
      tools: tools.map(({ name }) => ({ type: 'function', function: { name, parameters: { type: 'object' } } })),
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          tool_calls: uses.map(({ id, name }) => ({ id, function: { name, arguments: '{"city":"Oslo"}' } })),
        },
        ...uses.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'So.' })),
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
  ])('the server’s own %s is told in its words, and nothing is charged', async (status, type, requests) => {
    const body = JSON.stringify({ error: { message: 'Not today.', type: 'x', param: null, code: null } });
    const headers = { 'content-type': 'application/json', 'retry-after': '0' };
    system.upstream.script({ fixedAnswer: { status, body, headers } });
    const error = await anthropic.messages.create(question).catch((cause: unknown) => cause);
    if (!(error instanceof APIError)) throw new Error('no refusal');
    expect({ status: error.status, message: error.message, type: error.type }).toEqual({
      status,
      message: expect.stringContaining('inhouse: Not today.'),
      type,
    });
    expect(system.upstream.journal).toHaveLength(requests);
    await system.gateway.admin.settledEvents(team, requests);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it('an error inside a stream ends it as a failure, in the server’s words', async () => {
    system.upstream.script({ usage, errorAfterChunks: 2 });
    const reading = anthropic.messages.stream(question).finalMessage();
    await expect(reading).rejects.toThrow('The server had an error while processing your request.');
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
