// Azure, Bedrock and Workers AI behind the real gateway, asked by real SDKs. The provider here has a bill of its own, and
// every call must cost exactly that.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars, type EventAnswer } from '../helpers/admin-client.ts';
import {
  anthropicClient,
  newTeamId,
  openaiClient,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const ACCOUNT = '0123456789abcdef0123456789abcdef';
const SECRETS = { AZURE_KEY: 'azure-$ecret', CF_TOKEN: 'cf-$ecret', AWS_ID: 'AKIDEXAMPLE', AWS_SECRET: 'aws-$ecret' };
const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const NOVA = 'amazon.nova-pro-v1:0';
const LLAMA = '@cf/meta/llama-3.1-8b-instruct';
const messages = [{ role: 'user' as const, content: 'Hello' }];
const usage: Usage = { ...NO_USAGE, input: 1_000, cacheRead: 200, output: 300 };

let system: ProviderGateway;
let team: string;
let key: string;

beforeAll(async () => {
  system = await startProviderGateway(({ url }) => ({
    PROVIDERS: JSON.stringify({
      azure: { kind: 'azure', baseUrl: url, apiKeySecret: 'AZURE_KEY', deployments: { 'prod-mini': 'gpt-5-mini' } },
      'azure-classic': { kind: 'azure', baseUrl: url, apiKeySecret: 'AZURE_KEY', form: 'deployments' },
      bedrock: {
        kind: 'bedrock',
        region: 'us-east-1',
        baseUrl: url,
        accessKeyIdSecret: 'AWS_ID',
        secretAccessKeySecret: 'AWS_SECRET',
      },
      cloudflare: { kind: 'workers-ai', accountId: ACCOUNT, baseUrl: url, apiKeySecret: 'CF_TOKEN' },
    }),
    ...SECRETS,
  }));
  const { admin } = system.gateway;
  await admin.request('PUT', '/models/house/mini', { provider: 'azure', upstreamModel: 'prod-mini' });
  await admin.request('PUT', '/models/house/classic', { provider: 'azure-classic', upstreamModel: 'gpt-5-mini' });
});
beforeEach(async () => {
  system.upstream.reset();
  system.upstream.script({ usage });
  team = newTeamId();
  ({ key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' }));
});
afterAll(() => system.close());

async function onlyEvent(): Promise<EventAnswer> {
  const [event, ...others] = await system.gateway.admin.settledEvents(team, 1);
  if (event === undefined || others.length > 0) throw new Error('there is not exactly one event');
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: dollars(event.costUsd), held: 0 });
  return event;
}

/** By list prices in pico-dollars per token, written down from the providers' pages. */
async function expectBilled(picos: { readonly input: number; readonly cacheRead: number; readonly output: number }) {
  const event = await onlyEvent();
  expect(event).toMatchObject({ outcome: 'completed', estimated: false, usage: { input: 1_000, output: 300 } });
  const cost = usage.input * picos.input + usage.cacheRead * picos.cacheRead + usage.output * picos.output;
  expect(dollars(event.costUsd)).toBe(Math.round(cost / 1_000_000));
}

const GPT_5_MINI = { input: 250_000, cacheRead: 25_000, output: 2_000_000 };
/** A tenth more than elsewhere, as the profile keeps to one region of the world. */
const REGIONAL_SONNET = { input: 3_300_000, cacheRead: 330_000, output: 16_500_000 };
const NOVA_PRO = { input: 800_000, cacheRead: 200_000, output: 3_200_000 };

async function chatText(model: string, stream: boolean): Promise<string> {
  const { chat } = openaiClient(system.gateway, key);
  if (!stream) return (await chat.completions.create({ model, messages })).choices[0]?.message.content ?? '';
  let text = '';
  for await (const { choices } of await chat.completions.create({ model, messages, stream })) {
    text += choices[0]?.delta.content ?? '';
  }
  return text;
}

async function messagesText(model: string, stream: boolean): Promise<string> {
  const client = anthropicClient(system.gateway, key);
  const body = { model, messages, max_tokens: 500 };
  const message = stream ? await client.messages.stream(body).finalMessage() : await client.messages.create(body);
  expect(message.usage).toMatchObject({ input_tokens: 1_000, cache_read_input_tokens: 200, output_tokens: 300 });
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

const WORDS = 'word0 word1 word2 word3 word4 ';

describe('azure', () => {
  it.each([
    ['house/mini', 'prod-mini', '/openai/v1/chat/completions'],
    ['house/classic', 'gpt-5-mini', '/openai/deployments/gpt-5-mini/chat/completions?api-version=2024-10-21'],
  ])('%s is the deployment %s, at its list price', async (model, deployment, path) => {
    for (const stream of [false, true]) {
      system.upstream.reset();
      system.upstream.script({ usage });
      team = newTeamId();
      ({ key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' }));
      expect(await chatText(model, stream)).toBe(WORDS);
      expect(system.upstream.journal[0]).toMatchObject({ path, body: { model: deployment } });
      expect(system.upstream.journal[0]?.headers['api-key']).toBe(SECRETS.AZURE_KEY);
      expect(system.upstream.journal[0]?.headers.authorization).toBeUndefined();
      await expectBilled(GPT_5_MINI);
    }
  });
});

it('lists of azure what was deployed, and everything that Bedrock and Workers AI sell', async () => {
  const { data } = await openaiClient(system.gateway, key).models.list();
  const ownerOf = (wanted: string) => data.find(({ id }) => id === wanted)?.owned_by;
  expect(data.filter(({ owned_by: owner }) => owner === 'azure').map(({ id }) => id)).toEqual([
    'house/mini',
    'prod-mini',
  ]);
  expect([ownerOf(CLAUDE), ownerOf(NOVA), ownerOf(LLAMA)]).toEqual(['bedrock', 'bedrock', 'cloudflare']);
});

describe('bedrock', () => {
  it.each([false, true])('answers messages with Claude itself (streamed: %s)', async (stream) => {
    system.upstream.script({ usage, splitBytes: 37 });
    expect(await messagesText(CLAUDE, stream)).toBe(WORDS);
    const [request] = system.upstream.journal;
    const operation = stream ? 'invoke-with-response-stream' : 'invoke';
    expect(request?.path).toBe(`/model/${encodeURIComponent(CLAUDE)}/${operation}`);
    expect(request?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/bedrock\//,
    );
    await expectBilled(REGIONAL_SONNET);
  });

  it.each([false, true])('answers messages with a model of another kind (streamed: %s)', async (stream) => {
    system.upstream.script({ usage, splitBytes: 37 });
    expect(await messagesText(NOVA, stream)).toBe(WORDS);
    expect(system.upstream.journal[0]).toMatchObject({
      path: `/model/${encodeURIComponent(NOVA)}/${stream ? 'converse-stream' : 'converse'}`,
      body: { inferenceConfig: { maxTokens: 500 } },
    });
    await expectBilled(NOVA_PRO);
  });

  it.each([false, true])('answers chat completions (streamed: %s)', async (stream) => {
    expect(await chatText(NOVA, stream)).toBe(WORDS);
    await expectBilled(NOVA_PRO);
  });

  it('calls tools in the words of chat completions', async () => {
    system.upstream.script({ usage, toolCall: true });
    const stream = openaiClient(system.gateway, key).chat.completions.stream({
      model: NOVA,
      messages,
      tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }],
    });
    const [choice] = (await stream.finalChatCompletion()).choices;
    expect(choice).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Oslo"}' } }] },
    });
    await expectBilled(NOVA_PRO);
  });

  it('quotes a refusal with its status, and charges nothing', async () => {
    const body = '{"message":"Too many tokens per day"}';
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'ThrottlingException' };
    system.upstream.script({ fixedAnswer: { status: 429, body, headers } });
    for (const call of [
      anthropicClient(system.gateway, key).messages.create(
        { model: CLAUDE, messages, max_tokens: 9 },
        { maxRetries: 0 },
      ),
      openaiClient(system.gateway, key).chat.completions.create({ model: NOVA, messages }, { maxRetries: 0 }),
    ]) {
      await expect(call).rejects.toMatchObject({ status: 429, message: expect.stringContaining('Too many tokens') });
    }
    const events = await system.gateway.admin.settledEvents(team, 2);
    expect(events.map(({ costUsd }) => costUsd)).toEqual(['0.00', '0.00']);
  });

  it.each([CLAUDE, NOVA])('says so when %s fails within a stream, and charges what came', async (model) => {
    system.upstream.script({ usage, errorAfterChunks: 2 });
    const client = anthropicClient(system.gateway, key);
    const stream = client.messages.stream({ model, messages, max_tokens: 500 }, { maxRetries: 0 });
    await expect(stream.finalMessage()).rejects.toThrow('Overloaded');
    expect(await onlyEvent()).toMatchObject({ outcome: 'upstream_cut', estimated: true });
  });

  it.each([CLAUDE, NOVA])('says so when the stream of %s is cut off', async (model) => {
    system.upstream.script({ usage, cutAfterChunks: 2 });
    const client = anthropicClient(system.gateway, key);
    const stream = client.messages.stream({ model, messages, max_tokens: 500 }, { maxRetries: 0 });
    await expect(stream.finalMessage()).rejects.toThrow('broke the answer off');
    expect(await onlyEvent()).toMatchObject({ outcome: 'upstream_cut', estimated: true });
  });

  it('refuses by name what Converse has no place for, before anything is sent', async () => {
    const call = openaiClient(system.gateway, key).chat.completions.create({ model: NOVA, messages, n: 2 });
    await expect(call).rejects.toMatchObject({ status: 400, param: 'n' });
    expect(system.upstream.journal).toEqual([]);
  });
});

describe('workers-ai', () => {
  it.each([false, true])('answers with a model of its catalogue (streamed: %s)', async (stream) => {
    expect(await chatText(LLAMA, stream)).toBe(WORDS);
    const [request] = system.upstream.journal;
    expect(request?.path).toBe(`/accounts/${ACCOUNT}/ai/v1/chat/completions`);
    expect(request?.headers.authorization).toBe(`Bearer ${SECRETS.CF_TOKEN}`);
    expect(request?.body).toMatchObject({ model: LLAMA });
    const event = await onlyEvent();
    expect(event).toMatchObject({ provider: 'cloudflare', estimated: false, outcome: 'completed' });
    expect(dollars(event.costUsd)).toBeGreaterThan(0);
  });

  it('takes a stream that ends before its end for what it is', async () => {
    system.upstream.script({ usage, cutAfterChunks: 3 });
    await expect(chatText(LLAMA, true)).rejects.toThrow('broke the answer off');
    expect(await onlyEvent()).toMatchObject({ outcome: 'upstream_cut', estimated: true });
  });
});

it('no credential of a provider leaves the gateway', async () => {
  system.upstream.script({ fixedAnswer: { status: 500, body: '{"message":"odd"}', headers: {} } });
  const answers = await Promise.all(
    [CLAUDE, 'house/mini', LLAMA].map((model) =>
      fetch(`${system.gateway.url}/v1/${model === CLAUDE ? 'messages' : 'chat/completions'}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages, max_tokens: 9 }),
      }),
    ),
  );
  const texts = await Promise.all(
    answers.map(async (answer) => `${JSON.stringify([...answer.headers])}${await answer.text()}`),
  );
  for (const secret of Object.values(SECRETS)) {
    for (const text of [...texts, system.gateway.firstScreen()]) expect(text).not.toContain(secret);
  }
});
