// The real `openai` package speaks Responses to a model of the company's own whose server speaks chat completions only.

import { APIError, type OpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { newTeamId, openaiClient, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const model = 'company/coder';
const usage: Usage = { ...NO_USAGE, input: 200, cacheRead: 100, output: 50, reasoning: 20 };
/** 200 × $1, 100 × $0.10 and 50 × $2 per million. */
const COST_MICROS = 310;
const tool = {
  type: 'function',
  name: 'weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
} as const;

let system: ProviderGateway;
let team: string;
let openai: OpenAI;

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
  openai = openaiClient(system.gateway, key);
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
    dialect: 'openai-responses',
    status: 200,
    estimated: false,
    usage: { input: 200, cacheRead: 100, output: 50, reasoning: 20 },
  });
  expect(dollars(event?.costUsd ?? '')).toBe(COST_MICROS);
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: COST_MICROS, held: 0 });
}

describe('an answer', () => {
  it('is a response, and is asked for and billed as a chat completion', async () => {
    const response = await openai.responses.create({ model, input: 'Hello', instructions: 'Be brief.' });

    expect(response.output_text).toBe('word0 word1 word2 word3 word4 ');
    expect(response).toMatchObject({
      model,
      status: 'completed',
      usage: { input_tokens: 300, input_tokens_details: { cached_tokens: 100 }, output_tokens: 50, total_tokens: 350 },
    });
    expect(system.upstream.journal).toMatchObject([
      {
        path: '/v1/chat/completions',
        body: {
          model: 'coder-30b',
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'Hello' },
          ],
        },
      },
    ]);
    await expectOneBill({ stream: false });
  });

  it('streams in events that the client can put together, wherever they are cut', async () => {
    system.upstream.script({ usage, splitBytes: 7 });
    const stream = openai.responses.stream({ model, input: 'Hello' });
    let text = '';
    stream.on('response.output_text.delta', ({ delta }) => {
      text += delta;
    });
    const response = await stream.finalResponse();

    expect(text).toBe('word0 word1 word2 word3 word4 ');
    expect(response.output_text).toBe(text);
    expect(response.usage).toMatchObject({ input_tokens: 300, output_tokens: 50 });
    await expectOneBill({ stream: true });
  });

  it.each([false, true])('calls a tool, and hears what came of it (streamed: %s)', async (streamed) => {
    system.upstream.script({ usage, toolCall: true });
    const question = { model, tools: [tool], input: [{ role: 'user' as const, content: 'Weather?' }] };
    const first = streamed
      ? await openai.responses.stream(question).finalResponse()
      : await openai.responses.create(question);
    const [call] = first.output;
    if (call?.type !== 'function_call') throw new Error('no call');
    expect(call).toMatchObject({ name: 'weather', arguments: '{"city":"Oslo"}', status: 'completed' });

    system.upstream.script({ usage });
    const { call_id: callId, name } = call;
    const second = await openai.responses.create({
      ...question,
      input: [
        ...question.input,
        { type: 'function_call', call_id: callId, name, arguments: call.arguments },
        { type: 'function_call_output', call_id: callId, output: 'Rain.' },
      ],
    });
    expect(second.output_text).toContain('word0');
    expect(system.upstream.journal.at(-1)).toMatchObject({
      body: {
        messages: [
          { role: 'user' },
          { role: 'assistant', tool_calls: [{ id: callId, function: { name: 'weather' } }] },
          { role: 'tool', tool_call_id: callId, content: 'Rain.' },
        ],
      },
    });
  });
});

describe('what cannot be', () => {
  it('is refused by name before the model is asked', async () => {
    const refused = openai.responses.create({ model, input: 'Hello', previous_response_id: 'resp_1' });
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'previous_response_id' });
    expect(system.upstream.journal).toEqual([]);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it.each([
    [400, 1],
    [429, 3],
    [500, 3],
  ])('the server’s own %s is told in its words, and nothing is charged', async (status, requests) => {
    const body = JSON.stringify({ error: { message: 'Not today.', type: 'x', param: null, code: null } });
    const headers = { 'content-type': 'application/json', 'retry-after': '0' };
    system.upstream.script({ fixedAnswer: { status, body, headers } });
    const error = await openai.responses.create({ model, input: 'Hello' }).catch((cause: unknown) => cause);
    if (!(error instanceof APIError)) throw new Error('no refusal');
    expect({ status: error.status, message: error.message }).toEqual({
      status,
      message: expect.stringContaining('inhouse: Not today.'),
    });
    expect(system.upstream.journal).toHaveLength(requests);
    await system.gateway.admin.settledEvents(team, requests);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it('an error inside a stream ends it as a failure', async () => {
    system.upstream.script({ usage, errorAfterChunks: 2 });
    const types: string[] = [];
    const events = await openai.responses.create({ model, input: 'Hello', stream: true });
    const reading = (async () => {
      for await (const { type } of events) types.push(type);
    })();
    await reading.catch((cause: unknown) => expect(cause).toBeInstanceOf(APIError));
    expect(types.includes('response.completed')).toBe(false);
  });

  it('a stream that breaks off is not taken for a whole one', async () => {
    system.upstream.script({ usage, cutAfterChunks: 2 });
    const reading = openai.responses.stream({ model, input: 'Hello' }).finalResponse();
    await expect(reading).rejects.toThrow();
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true });
  });
});

describe('a provider that does not keep to what was asked', () => {
  const json = { 'content-type': 'application/json' };

  it('and answers whole in the place of a stream is streamed to the client, and billed', async () => {
    const message = { role: 'assistant', content: 'Whole.' };
    const body = JSON.stringify({
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: 300,
        completion_tokens: 50,
        total_tokens: 350,
        prompt_tokens_details: { cached_tokens: 100 },
      },
    });
    system.upstream.script({ fixedAnswer: { status: 200, body, headers: json } });
    const response = await openai.responses.stream({ model, input: 'Hello' }).finalResponse();

    expect(response).toMatchObject({ output_text: 'Whole.', usage: { input_tokens: 300, output_tokens: 50 } });
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ outcome: 'completed', estimated: false });
    expect(dollars(event?.costUsd ?? '')).toBe(COST_MICROS);
  });

  it('and says with 200 what is wrong is quoted, and nothing is charged', async () => {
    const body = JSON.stringify({ error: { message: 'The model is being loaded.' } });
    system.upstream.script({ fixedAnswer: { status: 200, body, headers: json } });
    const refused = openai.responses.create({ model, input: 'Hello' });
    await expect(refused).rejects.toThrow('answered with an error: The model is being loaded.');
    await system.gateway.admin.settledEvents(team, 1);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });
});
