// The real `openai` package against a local Headgate: what it gets, what the upstream saw, and that both bills agree.

import { APIError, type OpenAI } from 'openai';
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
const messages = [{ role: 'user' as const, content: 'Hello' }];
const usage: Usage = { ...NO_USAGE, input: 1_201, cacheRead: 1_024, output: 347, reasoning: 128 };

let system: ProviderGateway;
let team: string;
let openai: OpenAI;

beforeAll(async () => {
  system = await startProviderGateway();
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
async function expectBillsToAgree(facts: { readonly stream: boolean }): Promise<void> {
  const [event] = await system.gateway.admin.settledEvents(team, 1);
  expect(system.upstream.journal).toHaveLength(1);
  const { reported } = system.upstream.journal[0] ?? { reported: null };
  if (event === undefined || reported === null) throw new Error('no event, or no bill to compare it with');

  const { webSearches: _searches, ...billedUsage } = reported;
  expect(event).toMatchObject({ ...facts, usage: billedUsage, status: 200, estimated: false, provider: 'openai' });
  expect(dollars(event.costUsd)).toBe(billedMicros(model, reported));
  const { settled, held } = await system.gateway.admin.totals(team);
  expect({ settled, held }).toEqual({ settled: billedMicros(model, reported), held: 0 });
}

describe('a whole completion', () => {
  it('arrives untouched and is billed exactly', async () => {
    const { data, response } = await openai.chat.completions.create({ model, messages }).withResponse();

    expect(data.choices[0]?.message.content).toBe('word0 word1 word2 word3 word4 ');
    expect(data.usage).toMatchObject({ prompt_tokens: 2_225, completion_tokens: 347 });
    expect(data.system_fingerprint).toBe('fp_de604bd877');
    expect(response.headers.get('x-headgate-request-id')).toMatch(/^req_/);
    expect(dollars(response.headers.get('x-headgate-cost-usd') ?? '')).toBe(billedMicros(model, usage));
    await expectBillsToAgree({ stream: false });
  });

  it('reaches the provider with its own key, and the employee’s key stays behind', async () => {
    await openai.chat.completions.create({ model, messages, user: 'ada', metadata: { ticket: 'T-1' } });

    const [request] = system.upstream.journal;
    expect(request?.headers.authorization).toBe(`Bearer ${PROVIDER_KEY}`);
    expect(JSON.stringify(request)).not.toContain('hg_');
    expect(request?.body).toMatchObject({ model, messages, user: 'ada', metadata: { ticket: 'T-1' } });
  });

  it('carries a tool call', async () => {
    system.upstream.script({ usage, toolCall: true });

    const { choices } = await openai.chat.completions.create({
      model,
      messages,
      tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
    });

    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Oslo"}' } }] },
    });
    await expectBillsToAgree({ stream: false });
  });

  it('may come back compressed', async () => {
    system.upstream.script({ usage, gzip: true });

    const completion = await openai.chat.completions.create({ model, messages });

    expect(completion.usage?.completion_tokens).toBe(347);
    await expectBillsToAgree({ stream: false });
  });
});

describe('a stream', () => {
  it('shows no usage to a client that did not ask, while the upstream was asked', async () => {
    const stream = await openai.chat.completions.create({ model, messages, stream: true });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);

    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      'word0 word1 word2 word3 word4 ',
    );
    expect(chunks.every(({ choices }) => choices.length === 1)).toBe(true);
    expect(system.upstream.journal[0]?.body).toMatchObject({ stream_options: { include_usage: true } });
    await expectBillsToAgree({ stream: true });
  });

  it.each([{}, { lineEnding: '\r\n' as const }, { splitBytes: 1 }, { splitBytes: 7 }])(
    'shows usage to a client that asked, with %o',
    async (changes) => {
      system.upstream.script({ ...changes, usage });

      const stream = await openai.chat.completions.create({
        model,
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of stream) chunks.push(chunk);

      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 2_225, completion_tokens: 347 } });
      await expectBillsToAgree({ stream: true });
    },
  );

  it('carries a tool call in pieces', async () => {
    system.upstream.script({ usage, toolCall: true });

    const stream = await openai.chat.completions.create({
      model,
      messages,
      stream: true,
      tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
    });
    let toolArguments = '';
    for await (const { choices } of stream) {
      toolArguments += choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '';
    }

    expect(toolArguments).toBe('{"city":"Oslo"}');
    await expectBillsToAgree({ stream: true });
  });

  it('that the upstream cuts is charged, marked as estimated, and leaves no hold', async () => {
    system.upstream.script({ usage, cutAfterChunks: 2 });

    const stream = await openai.chat.completions.create({ model, messages, stream: true });
    const read = async (): Promise<void> => {
      for await (const chunk of stream) expect(chunk.choices).toHaveLength(1);
    };

    await expect(read()).rejects.toThrow('broke the answer off');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ stream: true, estimated: true });
    expect(dollars(event?.costUsd ?? '')).toBeGreaterThan(0);
  });
});

describe('what the provider refuses', () => {
  it('reaches the client byte for byte and costs nothing', async () => {
    const body = '{"error":{"message":"Unsupported value","type":"invalid_request_error","param":"n","code":"x"}}';
    const headers = { 'content-type': 'application/json', 'x-request-id': 'req_upstream' };
    system.upstream.script({ fixedAnswer: { status: 400, body, headers } });

    const call = openai.chat.completions.create({ model, messages });

    await expect(call).rejects.toMatchObject({ status: 400, code: 'x', param: 'n' });
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ status: 400, costUsd: '0.00' });
  });

  it('by a redirect is not followed with the company’s key', async () => {
    const elsewhere = `${system.upstream.url}/stolen`;
    system.upstream.script({ fixedAnswer: { status: 302, body: '', headers: { location: elsewhere } } });

    const call = openai.chat.completions.create({ model, messages }, { maxRetries: 0 });

    await expect(call).rejects.toBeInstanceOf(APIError);
    expect(system.upstream.journal.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
  });
});
