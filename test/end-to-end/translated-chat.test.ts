// The real `openai` package speaks chat completions to Claude.

import { APIError, type OpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
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

const model = 'claude-sonnet-4-5';
const messages = [{ role: 'user' as const, content: 'Hello' }];
const usage: Usage = { ...NO_USAGE, input: 41, cacheRead: 2_046, cacheWrite5m: 512, output: 233 };
const shownUsage = {
  prompt_tokens: 2_599,
  completion_tokens: 233,
  total_tokens: 2_832,
  prompt_tokens_details: { cached_tokens: 2_046, cache_write_tokens: 512 },
};
const tools = [
  {
    type: 'function' as const,
    function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
];
const cappedSchema = z.looseObject({ max_tokens: z.number() });

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

async function expectBillsToAgree(facts: { readonly stream: boolean }): Promise<void> {
  const [event, ...others] = await system.gateway.admin.settledEvents(team, 1);
  const { reported } = system.upstream.journal[0] ?? { reported: null };
  if (event === undefined || reported === null) throw new Error('no event, or no bill to compare it with');

  expect(others).toEqual([]);
  const { webSearches: _searches, ...billedUsage } = reported;
  expect(event).toMatchObject({
    ...facts,
    model,
    usage: billedUsage,
    dialect: 'openai-chat',
    status: 200,
    estimated: false,
    provider: 'anthropic',
  });
  expect(dollars(event.costUsd)).toBe(billedMicros(model, reported));
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: billedMicros(model, reported), held: 0 });
}

describe('an answer', () => {
  it('is a completion, and is asked for and billed as Claude’s message', async () => {
    const { data, response } = await openai.chat.completions
      .create(
        { model, messages: [{ role: 'developer', content: 'Be brief.' }, ...messages], max_completion_tokens: 500 },
        { headers: { 'openai-beta': 'x=v1' } },
      )
      .withResponse();

    expect(data).toMatchObject({
      object: 'chat.completion',
      model,
      choices: [{ message: { role: 'assistant', content: 'word0 word1 word2 word3 word4 ' }, finish_reason: 'stop' }],
      usage: shownUsage,
    });
    expect(data.id).toMatch(/^chatcmpl-/);
    expect(dollars(response.headers.get('x-headgate-cost-usd') ?? '')).toBe(billedMicros(model, usage));
    expect(system.upstream.journal).toMatchObject([
      {
        path: '/v1/messages',
        headers: { 'x-api-key': PROVIDER_KEY, 'anthropic-version': '2023-06-01' },
        body: {
          model: expect.stringMatching(/^claude-sonnet-4-5/),
          max_tokens: 500,
          system: [{ type: 'text', text: 'Be brief.' }],
          messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
        },
      },
    ]);
    const names = Object.keys(system.upstream.journal[0]?.headers ?? {});
    expect(names.filter((name) => /^(?:openai|x-stainless|authorization)/.test(name))).toEqual([]);
    await expectBillsToAgree({ stream: false });
  });

  it('has the cap that Claude demands, as far as the budget goes, where the client names none', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.10' });

    await openai.chat.completions.create({ model, messages });

    const { max_tokens: cap } = cappedSchema.parse(system.upstream.journal[0]?.body);
    // A tenth of a dollar is 6,667 tokens of output, less what the input may cost.
    expect(cap).toBeGreaterThan(6_000);
    expect(cap).toBeLessThan(6_667);
  });

  it('streams in chunks that the client can put together, wherever they are cut', async () => {
    system.upstream.script({ usage, splitBytes: 7 });
    const stream = openai.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
    let text = '';
    stream.on('content', (said) => {
      text += said;
    });
    const completion = await stream.finalChatCompletion();

    expect(text).toBe('word0 word1 word2 word3 word4 ');
    expect(completion).toMatchObject({
      model,
      choices: [{ message: { content: text }, finish_reason: 'stop' }],
      usage: shownUsage,
    });
    await expectBillsToAgree({ stream: true });
  });

  it('keeps its usage from a stream whose client did not ask for it, and is billed all the same', async () => {
    const stream = await openai.chat.completions.create({ model, messages, stream: true });
    const usages = new Set<unknown>();
    for await (const chunk of stream) usages.add(chunk.usage);

    expect([...usages]).toEqual([undefined]);
    await expectBillsToAgree({ stream: true });
  });

  it.each([false, true])('calls a tool, and hears what came of it (streamed: %s)', async (streamed) => {
    system.upstream.script({ usage, toolCall: true });
    const first = streamed
      ? await openai.chat.completions.stream({ model, messages, tools }).finalChatCompletion()
      : await openai.chat.completions.create({ model, messages, tools });
    const [choice] = first.choices;
    const [call] = choice?.message.tool_calls ?? [];
    if (choice === undefined || call?.type !== 'function') throw new Error('no call');
    expect(choice.finish_reason).toBe('tool_calls');
    expect(call.function).toMatchObject({ name: 'weather', arguments: '{"city":"Oslo"}' });

    system.upstream.script({ usage });
    const second = await openai.chat.completions.create({
      model,
      tools,
      messages: [...messages, choice.message, { role: 'tool', tool_call_id: call.id, content: 'Rain.' }],
    });
    expect(second.choices[0]?.message.content).toContain('word0');
    expect(system.upstream.journal.at(-1)?.body).toMatchObject({
      tools: [{ name: 'weather', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user' },
        { role: 'assistant', content: [{ type: 'tool_use', id: call.id, name: 'weather', input: { city: 'Oslo' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: [{ text: 'Rain.' }] }] },
      ],
    });
  });

  it.each([false, true])('calls two tools at once, and hears of both in one turn (streamed: %s)', async (streamed) => {
    system.upstream.script({ usage, toolCall: true, parallelCalls: 2 });
    const both = [...tools, { type: 'function' as const, function: { name: 'time' } }];
    const first = streamed
      ? await openai.chat.completions.stream({ model, messages, tools: both }).finalChatCompletion()
      : await openai.chat.completions.create({ model, messages, tools: both });
    const [message] = first.choices.map((choice) => choice.message);
    if (message === undefined) throw new Error('no answer');
    const calls = message.tool_calls ?? [];
    const written = { arguments: '{"city":"Oslo"}' };
    expect(calls).toMatchObject([
      { function: { ...written, name: 'weather' } },
      { function: { ...written, name: 'time' } },
    ]);

    const results = calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'So.' }));
    await openai.chat.completions.create({ model, messages: [...messages, message, ...results], tools: both });
    expect(system.upstream.journal.at(-1)?.body).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'assistant', content: [{ name: 'weather' }, { name: 'time' }] },
        { role: 'user', content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id })) },
      ],
    });
  });

  it('is billed with caches that are written for an hour where its client marks them so', async () => {
    system.upstream.script({ usage: { ...usage, cacheWrite1h: 1_000 } });
    const text = { type: 'text' as const, text: 'Hello', cache_control: { type: 'ephemeral', ttl: '1h' } };

    await openai.chat.completions.create({ model, messages: [{ role: 'user', content: [text] }] });

    await expectBillsToAgree({ stream: false });
  });
});

describe('what cannot be', () => {
  it('is refused by name before Claude is asked', async () => {
    const refused = openai.chat.completions.create({ model, messages, n: 2 });
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'n' });
    expect(system.upstream.journal).toEqual([]);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it('is not paid for: a used-up budget stops the client after one request', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.000001' });
    let requests = 0;
    const counting = openai.withOptions({
      fetch: (input, init) => {
        requests += 1;
        return fetch(input, init);
      },
    });
    await expect(counting.chat.completions.create({ model, messages })).rejects.toMatchObject({ status: 402 });
    expect(requests).toBe(1);
    expect(system.upstream.journal).toEqual([]);
  });

  it.each([
    [400, 'invalid_request_error', 1],
    [429, 'rate_limit_error', 3],
    [529, 'overloaded_error', 3],
  ])('Anthropic’s own %s is told in its words, and nothing is charged', async (status, type, requests) => {
    const body = JSON.stringify({ type: 'error', error: { type, message: 'Not today.' } });
    const headers = { 'content-type': 'application/json', 'retry-after': '0' };
    system.upstream.script({ fixedAnswer: { status, body, headers } });
    const error = await openai.chat.completions.create({ model, messages }).catch((cause: unknown) => cause);
    if (!(error instanceof APIError)) throw new Error('no refusal');
    expect({ status: error.status, message: error.message }).toEqual({
      status,
      message: expect.stringContaining('anthropic: Not today.'),
    });
    expect(system.upstream.journal).toHaveLength(requests);
    await system.gateway.admin.settledEvents(team, requests);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it('an error inside a stream ends it as a failure', async () => {
    system.upstream.script({ usage, errorAfterChunks: 2 });
    const reading = openai.chat.completions.stream({ model, messages }).finalChatCompletion();
    await expect(reading).rejects.toThrow('Overloaded');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true });
    expect(dollars(event?.costUsd ?? '')).toBeGreaterThan(0);
  });

  it('a stream that breaks off is not taken for a whole one', async () => {
    system.upstream.script({ usage, cutAfterChunks: 2 });
    const reading = openai.chat.completions.stream({ model, messages }).finalChatCompletion();
    await expect(reading).rejects.toThrow('broke the answer off');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true });
  });
});
