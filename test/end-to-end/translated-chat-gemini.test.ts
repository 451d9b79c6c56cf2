// The real `openai` package speaks chat completions to Gemini.

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

const model = 'gemini-2.5-pro';
const messages = [{ role: 'user' as const, content: 'Hello' }];
const usage: Usage = { ...NO_USAGE, input: 1_201, cacheRead: 1_024, output: 347, reasoning: 128 };
const shownUsage = {
  prompt_tokens: 2_225,
  completion_tokens: 347,
  total_tokens: 2_572,
  prompt_tokens_details: { cached_tokens: 1_024 },
  completion_tokens_details: { reasoning_tokens: 128 },
};
const tools = ['weather', 'time'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}));
const SIGNATURE = 'EqUCCqICAb4+9vsh8Pd5taZVoPzS';

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
  const told = { model, usage: billedUsage, dialect: 'openai-chat', status: 200, estimated: false, provider: 'gemini' };
  expect(event).toMatchObject({ ...facts, ...told });
  expect(dollars(event.costUsd)).toBe(billedMicros(model, reported));
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: billedMicros(model, reported), held: 0 });
}

describe('an answer', () => {
  it('is a completion, and is asked for and billed as Gemini’s', async () => {
    const completion = await openai.chat.completions.create({
      model,
      messages: [{ role: 'developer', content: 'Be brief.' }, ...messages],
      max_completion_tokens: 500,
    });

    expect(completion).toMatchObject({
      object: 'chat.completion',
      model,
      choices: [{ message: { role: 'assistant', content: 'word0 word1 word2 word3 word4 ' }, finish_reason: 'stop' }],
      usage: shownUsage,
    });
    expect(system.upstream.journal).toMatchObject([
      {
        path: `/v1beta/models/${model}:generateContent`,
        headers: { 'x-goog-api-key': PROVIDER_KEY },
        body: {
          systemInstruction: { parts: [{ text: 'Be brief.' }] },
          contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
          generationConfig: { maxOutputTokens: 500 },
        },
      },
    ]);
    const names = Object.keys(system.upstream.journal[0]?.headers ?? {});
    expect(names.filter((name) => /^(?:openai|x-stainless|authorization)/.test(name))).toEqual([]);
    await expectBillsToAgree({ stream: false });
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

  it.each([
    { streamed: false, parallelCalls: 1 },
    { streamed: true, parallelCalls: 1 },
    { streamed: false, parallelCalls: 2 },
    { streamed: true, parallelCalls: 2 },
  ])('calls tools, and hears what came of them, with its signature: %o', async ({ streamed, parallelCalls }) => {
    system.upstream.script({ usage, toolCall: true, parallelCalls });
    const first = streamed
      ? await openai.chat.completions.stream({ model, messages, tools }).finalChatCompletion()
      : await openai.chat.completions.create({ model, messages, tools });
    const [choice] = first.choices;
    if (choice === undefined) throw new Error('no answer');
    expect(choice.finish_reason).toBe('tool_calls');
    const calls = choice.message.tool_calls ?? [];
    const named = tools.slice(0, parallelCalls).map((tool) => tool.function.name);
    expect(calls).toMatchObject(named.map((name) => ({ function: { name, arguments: '{"city":"Oslo"}' } })));
    expect(new Set(calls.map(({ id }) => id)).size).toBe(parallelCalls);

    system.upstream.script({ usage });
    const results = calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'So.' }));
    const second = await openai.chat.completions.create({
      model,
      tools,
      messages: [...messages, choice.message, ...results.toReversed()],
    });
    expect(second.choices[0]?.message.content).toContain('word0');
    expect(system.upstream.journal.at(-1)?.body).toMatchObject({
      tools: [{ functionDeclarations: tools.map((tool) => ({ name: tool.function.name })) }],
      contents: [
        { role: 'user' },
        {
          role: 'model',
          parts: named.map((name, index) => ({
            functionCall: { name, args: { city: 'Oslo' } },
            ...(index === 0 && { thoughtSignature: SIGNATURE }),
          })),
        },
        {
          role: 'user',
          parts: named.map((name) => ({ functionResponse: { name, response: { output: 'So.' } } })),
        },
      ],
    });
  });
});

describe('what cannot be', () => {
  it('is refused by name before Gemini is asked', async () => {
    const image = { type: 'image_url' as const, image_url: { url: 'https://example.com/a.png' } };
    const refused = openai.chat.completions.create({ model, messages: [{ role: 'user', content: [image] }] });
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'messages[0].content[0].image_url' });
    expect(system.upstream.journal).toEqual([]);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it.each([
    [400, 'INVALID_ARGUMENT', 1],
    [429, 'RESOURCE_EXHAUSTED', 3],
    [503, 'UNAVAILABLE', 3],
  ])('Google’s own %s is told in its words, and nothing is charged', async (status, name, requests) => {
    const body = JSON.stringify({ error: { code: status, message: 'Not today.', status: name } });
    const headers = { 'content-type': 'application/json', 'retry-after': '0' };
    system.upstream.script({ fixedAnswer: { status, body, headers } });
    const error = await openai.chat.completions.create({ model, messages }).catch((cause: unknown) => cause);
    if (!(error instanceof APIError)) throw new Error('no refusal');
    expect({ status: error.status, message: error.message }).toEqual({
      status,
      message: expect.stringContaining('gemini: Not today.'),
    });
    expect(system.upstream.journal).toHaveLength(requests);
    await system.gateway.admin.settledEvents(team, requests);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0 });
  });

  it('an error inside a stream ends it as a failure', async () => {
    system.upstream.script({ usage, errorAfterChunks: 2 });
    const reading = openai.chat.completions.stream({ model, messages }).finalChatCompletion();
    await expect(reading).rejects.toThrow('overloaded');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true });
  });

  it('a stream that breaks off is not taken for a whole one', async () => {
    system.upstream.script({ usage, cutAfterChunks: 2 });
    const reading = openai.chat.completions.stream({ model, messages }).finalChatCompletion();
    await expect(reading).rejects.toThrow('broke the answer off');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true });
  });
});
