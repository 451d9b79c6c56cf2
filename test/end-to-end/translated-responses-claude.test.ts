// The real `openai` package speaks Responses, as Codex does, to Claude in Anthropic's dialect.

import { APIError, type OpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import {
  billedMicros,
  newTeamId,
  openaiClient,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const model = 'claude-sonnet-4-5';
const usage: Usage = { ...NO_USAGE, input: 41, cacheRead: 2_046, cacheWrite5m: 512, output: 233 };
const shownUsage = { input_tokens: 2_599, input_tokens_details: { cached_tokens: 2_046 }, output_tokens: 233 };
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
    dialect: 'openai-responses',
    status: 200,
    estimated: false,
    provider: 'anthropic',
  });
  expect(dollars(event.costUsd)).toBe(billedMicros(model, reported));
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: billedMicros(model, reported), held: 0 });
}

describe('an answer of Claude', () => {
  it('is a response, and is asked for and billed as a message', async () => {
    const response = await openai.responses.create({
      model,
      input: 'Hello',
      instructions: 'Be brief.',
      max_output_tokens: 500,
    });

    expect(response.output_text).toBe('word0 word1 word2 word3 word4 ');
    expect(response).toMatchObject({ model, status: 'completed', usage: shownUsage });
    expect(system.upstream.journal).toMatchObject([
      {
        path: '/v1/messages',
        body: {
          max_tokens: 500,
          system: [{ type: 'text', text: 'Be brief.' }],
          messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
        },
      },
    ]);
    await expectBillsToAgree({ stream: false });
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
    expect(response.usage).toMatchObject(shownUsage);
    await expectBillsToAgree({ stream: true });
  });

  it.each([false, true])(
    'calls a tool, and gets its signed thoughts back with the outcome (streamed: %s)',
    async (streamed) => {
      system.upstream.script({ usage, toolCall: true });
      const question = {
        model,
        tools: [tool],
        reasoning: { summary: 'auto' as const },
        include: ['reasoning.encrypted_content' as const],
        store: false,
        input: [{ role: 'user' as const, content: 'Weather?' }],
      };
      const first = streamed
        ? await openai.responses.stream(question).finalResponse()
        : await openai.responses.create(question);
      expect(first.output).toMatchObject([
        { type: 'reasoning', content: [{ text: 'Hm.' }] },
        { type: 'function_call', name: 'weather', arguments: '{"city":"Oslo"}', status: 'completed' },
      ]);
      const [reasoning, call] = first.output;
      if (reasoning?.type !== 'reasoning' || call?.type !== 'function_call') throw new Error('no call');

      system.upstream.script({ usage });
      const { call_id: callId, name } = call;
      const second = await openai.responses.create({
        ...question,
        input: [
          ...question.input,
          reasoning,
          { type: 'function_call', call_id: callId, name, arguments: call.arguments },
          { type: 'function_call_output', call_id: callId, output: 'Rain.' },
        ],
      });
      expect(second.output_text).toContain('word0');
      expect(system.upstream.journal.at(-1)).toMatchObject({
        body: {
          thinking: { type: 'adaptive' },
          messages: [
            { role: 'user' },
            {
              role: 'assistant',
              content: [
                { type: 'thinking', thinking: 'Hm.', signature: expect.stringMatching(/^EqMD/) },
                { type: 'tool_use', id: callId, name: 'weather', input: { city: 'Oslo' } },
              ],
            },
            { role: 'user', content: [{ type: 'tool_result', tool_use_id: callId, content: [{ text: 'Rain.' }] }] },
          ],
        },
      });
    },
  );
});

describe('what cannot be', () => {
  it('is refused by the name that the client knows, before Claude is asked', async () => {
    const refused = openai.responses.create({ model, input: 'Hello', text: { format: { type: 'json_object' } } });
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'text.format' });
    expect(system.upstream.journal).toEqual([]);
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
    expect(types.includes('response.output_text.delta')).toBe(true);
    expect(types.includes('response.completed')).toBe(false);
  });

  it('a stream that breaks off is not taken for a whole one', async () => {
    system.upstream.script({ usage, cutAfterChunks: 2 });
    const reading = openai.responses.stream({ model, input: 'Hello' }).finalResponse();
    await expect(reading).rejects.toThrow();
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ estimated: true, outcome: 'upstream_cut' });
  });
});
