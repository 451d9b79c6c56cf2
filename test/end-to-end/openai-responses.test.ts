// The real `openai` package against a local Headgate: responses and embeddings, and that both bills agree.

import type { OpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import {
  billedMicros,
  newTeamId,
  openaiClient,
  PROVIDER_KEY,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const model = 'gpt-5-mini';
const input = 'Hello';
const TEXT = 'word0 word1 word2 word3 word4 ';
const usage: Usage = { ...NO_USAGE, input: 1_201, cacheRead: 1_024, output: 347, reasoning: 128 };
const weather = { type: 'function', name: 'weather', parameters: { type: 'object' }, strict: false } as const;

let system: ProviderGateway;
let team: string;
let openai: OpenAI;

beforeAll(async () => {
  system = await startProviderGateway((url) => ({
    PROVIDERS: JSON.stringify({
      inhouse: { kind: 'openai-compatible', baseUrl: `${url}/v1`, speaks: ['openai-responses'] },
      plain: { kind: 'openai-compatible', baseUrl: `${url}/v1` },
    }),
  }));
});
beforeEach(async () => {
  system.upstream.reset();
  system.upstream.script({ usage });
  team = newTeamId();
  const { key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });
  openai = openaiClient(system.gateway, key);
});
afterAll(() => system.close());

/** The team's one event says what the upstream billed, to the token and the micro-dollar; so does its budget. */
async function expectBillsToAgree(
  facts: { readonly stream: boolean },
  billedModel: Parameters<typeof billedMicros>[0] = model,
): Promise<void> {
  const [event] = await system.gateway.admin.settledEvents(team, 1);
  expect(system.upstream.journal).toHaveLength(1);
  const { reported } = system.upstream.journal[0] ?? { reported: null };
  if (event === undefined || reported === null) throw new Error('no event, or no bill to compare it with');

  const { webSearches: _searches, ...billedUsage } = reported;
  expect(event).toMatchObject({ ...facts, usage: billedUsage, status: 200, estimated: false, provider: 'openai' });
  expect(dollars(event.costUsd)).toBe(billedMicros(billedModel, reported));
  const { settled, held } = await system.gateway.admin.totals(team);
  expect({ settled, held }).toEqual({ settled: billedMicros(billedModel, reported), held: 0 });
}

describe('a whole response', () => {
  it('arrives untouched and is billed exactly', async () => {
    const { data, response } = await openai.responses.create({ model, input }).withResponse();

    expect(data.output_text).toBe(TEXT);
    expect(data.usage).toMatchObject({ input_tokens: 2_225, output_tokens: 347, total_tokens: 2_572 });
    expect(dollars(response.headers.get('x-headgate-cost-usd') ?? '')).toBe(billedMicros(model, usage));
    await expectBillsToAgree({ stream: false });
  });

  it('reaches the provider with its own key, a cap that was not there, and all else as it was', async () => {
    await openai.responses.create({ model, input, store: false, metadata: { ticket: 'T-1' } });

    const [request] = system.upstream.journal;
    expect(request?.headers.authorization).toBe(`Bearer ${PROVIDER_KEY}`);
    expect(JSON.stringify(request)).not.toContain('hg_');
    expect(request?.body).toEqual({
      model,
      input,
      store: false,
      metadata: { ticket: 'T-1' },
      max_output_tokens: 128_000,
    });
  });

  it('carries a tool call', async () => {
    system.upstream.script({ usage, toolCall: true });

    const { output } = await openai.responses.create({ model, input, tools: [weather] });

    expect(output).toMatchObject([{ type: 'function_call', name: 'weather', arguments: '{"city":"Oslo"}' }]);
    await expectBillsToAgree({ stream: false });
  });

  it('bills the searches that the provider counted', async () => {
    system.upstream.script({ usage: { ...usage, webSearches: 2 } });

    await openai.responses.create({ model, input, tools: [{ type: 'web_search' }], max_tool_calls: 4 });

    const [event] = await system.gateway.admin.settledEvents(team, 1);
    // Ten dollars a thousand.
    expect(dollars(event?.costUsd ?? '')).toBe(billedMicros(model, usage) + 20_000);
    expect(event).toMatchObject({ estimated: false });
  });
});

describe('a stream', () => {
  it.each([{}, { lineEnding: '\r\n' as const }, { splitBytes: 1 }, { splitBytes: 7 }, { gzip: true }])(
    'arrives event by event and is billed exactly, with %o',
    async (changes) => {
      system.upstream.script({ ...changes, usage });

      const stream = await openai.responses.create({ model, input, stream: true });
      const events: OpenAI.Responses.ResponseStreamEvent[] = [];
      for await (const event of stream) events.push(event);

      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, position) => position));
      expect(events[0]?.type).toBe('response.created');
      expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { usage: { output_tokens: 347 } } });
      expect(events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('')).toBe(
        TEXT,
      );
      await expectBillsToAgree({ stream: true });
    },
  );

  it('is put together by the SDK itself', async () => {
    system.upstream.script({ usage, toolCall: true });

    const response = await openai.responses.stream({ model, input, tools: [weather] }).finalResponse();

    expect(response.output).toMatchObject([{ type: 'function_call', arguments: '{"city":"Oslo"}' }]);
    await expectBillsToAgree({ stream: true });
  });

  it('that the upstream cuts ends with an error for the SDK, is charged as estimated, and leaves no hold', async () => {
    system.upstream.script({ usage, cutAfterChunks: 2 });

    const stream = await openai.responses.create({ model, input, stream: true });
    const read = async (): Promise<void> => {
      for await (const event of stream) expect(event.type).not.toBe('response.completed');
    };

    await expect(read()).rejects.toThrow('broke the answer off');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ stream: true, estimated: true });
    expect(dollars(event?.costUsd ?? '')).toBeGreaterThan(0);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ held: 0 });
  });
});

describe('a refusal', () => {
  it('for want of budget is asked for once', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.000001' });
    let requests = 0;
    const counted = openai.withOptions({
      fetch: async (url, init) => {
        requests += 1;
        return await fetch(url, init);
      },
    });

    await expect(counted.responses.create({ model, input })).rejects.toMatchObject({
      status: 429,
      type: 'insufficient_quota',
      code: 'too_expensive',
      message: expect.stringContaining('This call may take up to'),
    });
    expect(requests).toBe(1);
    expect(system.upstream.journal).toHaveLength(0);
  });

  it('of the provider reaches the client byte for byte and costs nothing', async () => {
    const body = '{"error":{ "message":"Unsupported value","type":"invalid_request_error","param":"text","code":"x"}}';
    system.upstream.script({
      fixedAnswer: {
        status: 400,
        body,
        headers: { 'content-type': 'application/json', 'x-request-id': 'req_upstream' },
      },
    });
    let received = '';
    const listening = openai.withOptions({
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        received = await response.clone().text();
        return response;
      },
    });

    await expect(listening.responses.create({ model, input })).rejects.toMatchObject({ status: 400, code: 'x' });
    expect(received).toBe(body);
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ status: 400, costUsd: '0.00' });
  });
});

it('counts tokens for nothing', async () => {
  const count = await openai.responses.inputTokens.count({ model, input });

  expect(count).toMatchObject({ object: 'response.input_tokens', input_tokens: 2_225 });
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
});

describe('embeddings', () => {
  const embedding = 'text-embedding-3-small' as const;

  it('arrive as the numbers they are and are billed exactly', async () => {
    system.upstream.script({ usage: { ...NO_USAGE, input: 1_234 } });

    const { data, usage: said } = await openai.embeddings.create({
      model: embedding,
      input: ['Hello', 'you'],
      dimensions: 3,
    });

    // The SDK asks for base64 and decodes it.
    expect(system.upstream.journal[0]?.body).toMatchObject({ encoding_format: 'base64', dimensions: 3 });
    expect(data.map(({ embedding: numbers }) => Array.from(numbers))).toEqual([
      [0.5, 0.25, 0.125],
      [1, 0.5, 0.25],
    ]);
    expect(said).toEqual({ prompt_tokens: 1_234, total_tokens: 1_234 });
    await expectBillsToAgree({ stream: false }, embedding);
  });

  it('of tokens are one text', async () => {
    system.upstream.script({ usage: { ...NO_USAGE, input: 3 } });

    const { data } = await openai.embeddings.create({
      model: embedding,
      input: [9906, 1917, 0],
      encoding_format: 'float',
    });

    expect(data).toHaveLength(1);
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ costUsd: '0.000001', usage: { input: 3, output: 0 } });
  });

  it('are refused once for want of budget', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.00' });

    await expect(openai.embeddings.create({ model: embedding, input })).rejects.toMatchObject({ status: 402 });
    expect(system.upstream.journal).toHaveLength(0);
  });
});

describe('a provider named in PROVIDERS', () => {
  const priced = { price: { input: '1.00', output: '2.00' }, contextWindow: 32_000, maxOutputTokens: 4_000 };
  const upstreamModel = 'qwen3-coder';

  it('speaks what its settings say', async () => {
    await system.gateway.admin.request('PUT', '/models/inhouse/coder', {
      provider: 'inhouse',
      upstreamModel,
      ...priced,
    });

    const response = await openai.responses.create({ model: 'inhouse/coder', input });

    expect(response.output_text).toBe(TEXT);
    expect(system.upstream.journal[0]?.body).toMatchObject({ model: upstreamModel, max_output_tokens: 4_000 });
    const chat = openai.chat.completions.create({
      model: 'inhouse/coder',
      messages: [{ role: 'user', content: input }],
    });
    await expect(chat).rejects.toMatchObject({ status: 400, code: 'dialect_unsupported' });
  });

  it('embeds, and is asked for responses as chat completions unless it says that it speaks them', async () => {
    await system.gateway.admin.request('PUT', '/models/plain/e5', {
      provider: 'plain',
      upstreamModel: 'e5',
      ...priced,
      price: { input: '0.10', output: '0.00' },
    });

    const { data } = await openai.embeddings.create({ model: 'plain/e5', input });

    expect(data).toHaveLength(1);
    expect(system.upstream.journal[0]).toMatchObject({ path: '/v1/embeddings', body: { model: 'e5' } });
    await openai.responses.create({ model: 'plain/e5', input });
    expect(system.upstream.journal[1]).toMatchObject({ path: '/v1/chat/completions', body: { model: 'e5' } });
  });
});
