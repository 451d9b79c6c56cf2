// Clients whose protocol and whose model's protocol meet in chat completions: Google's on Claude, OpenAI's Responses on Gemini.

import { ApiError, FunctionCallingConfigMode, type GoogleGenAI } from '@google/genai';
import { APIError, type OpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import {
  billedMicros,
  googleClient,
  newTeamId,
  openaiClient,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const WORDS = 'word0 word1 word2 word3 word4 ';
const usage: Usage = { ...NO_USAGE, input: 200, cacheRead: 100, output: 50 };
const schema = { type: 'object', properties: { city: { type: 'string' } } };

let system: ProviderGateway;
let team: string;
let google: GoogleGenAI;
let openai: OpenAI;

beforeAll(async () => {
  system = await startProviderGateway();
});
beforeEach(async () => {
  system.upstream.reset();
  system.upstream.script({ usage });
  team = newTeamId();
  const { key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });
  google = googleClient(system.gateway, key);
  openai = openaiClient(system.gateway, key);
});
afterAll(() => system.close());

interface Facts {
  readonly model: 'claude-sonnet-4-5' | 'gemini-2.5-pro';
  readonly dialect: string;
}

async function expectBillsToAgree(facts: Facts): Promise<void> {
  const { journal } = system.upstream;
  const events = await system.gateway.admin.settledEvents(team, journal.length);
  let billed = 0;
  for (const { reported } of journal) billed += reported === null ? Number.NaN : billedMicros(facts.model, reported);
  expect(events).toHaveLength(journal.length);
  for (const event of events) expect(event).toMatchObject({ ...facts, status: 200, estimated: false });
  expect(events.reduce((sum, event) => sum + dollars(event.costUsd), 0)).toBe(billed);
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: billed, held: 0 });
}

describe('Google’s client on Claude', () => {
  const model = 'claude-sonnet-4-5';
  const facts: Facts = { model, dialect: 'gemini' };
  const tools = [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: schema }] }];

  it('has an answer, asked for and billed as a message', async () => {
    const answer = await google.models.generateContent({
      model,
      contents: 'Hello',
      config: { systemInstruction: 'Be brief.', maxOutputTokens: 500 },
    });
    expect(answer.text).toBe(WORDS);
    expect(answer).toMatchObject({
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 300, cachedContentTokenCount: 100, candidatesTokenCount: 50 },
    });
    expect(system.upstream.journal).toMatchObject([{ path: '/v1/messages', body: { max_tokens: 500 } }]);
    await expectBillsToAgree(facts);
  });

  it('has a stream, wherever it is cut', async () => {
    system.upstream.script({ usage, splitBytes: 7 });
    let text = '';
    let last: unknown = null;
    for await (const chunk of await google.models.generateContentStream({ model, contents: 'Hello' })) {
      text += chunk.text ?? '';
      last = chunk;
    }
    expect(text).toBe(WORDS);
    expect(last).toMatchObject({ candidates: [{ finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 300 } });
    await expectBillsToAgree(facts);
  });

  it('calls a tool and hears what came of it', async () => {
    system.upstream.script({ usage, toolCall: true });
    const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } };
    const first = await google.models.generateContent({ model, contents: 'Hello', config: { tools, toolConfig } });
    const [call] = first.functionCalls ?? [];
    const said = first.candidates?.[0]?.content;
    if (call === undefined || said === undefined) throw new Error('no call');
    expect(call.name).toBe('weather');
    const functionResponse = {
      name: 'weather',
      response: { output: '4 °C' },
      ...(call.id !== undefined && { id: call.id }),
    };
    system.upstream.script({ usage });
    const second = await google.models.generateContent({
      model,
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }, said, { role: 'user', parts: [{ functionResponse }] }],
      config: { tools },
    });
    expect(second.text).toBe(WORDS);
    expect(JSON.stringify(system.upstream.journal[1]?.body)).toMatch(/"type":"tool_use".*"type":"tool_result".*4 °C/);
    await expectBillsToAgree(facts);
  });

  it('is refused by its own names what Claude cannot be asked', async () => {
    const call = google.models.generateContent({ model, contents: 'Hello', config: { candidateCount: 2 } });
    const refusal: unknown = await call.catch((error: unknown) => error);
    if (!(refusal instanceof ApiError)) throw new Error('it was not refused');
    expect(refusal.status).toBe(400);
    expect(refusal.message).toContain('generationConfig.candidateCount ');
    expect(system.upstream.journal).toEqual([]);
  });
});

describe('OpenAI’s client of Responses on Gemini', () => {
  const model = 'gemini-2.5-pro';
  const facts: Facts = { model, dialect: 'openai-responses' };
  const tool = { type: 'function', name: 'weather', parameters: schema, strict: false } as const;

  it('has a response, asked for and billed as Gemini’s', async () => {
    const response = await openai.responses.create({ model, input: 'Hello', max_output_tokens: 500 });
    expect(response.output_text).toBe(WORDS);
    expect(response).toMatchObject({
      model,
      status: 'completed',
      usage: { input_tokens: 300, input_tokens_details: { cached_tokens: 100 }, output_tokens: 50 },
    });
    expect(system.upstream.journal).toMatchObject([{ body: { generationConfig: { maxOutputTokens: 500 } } }]);
    await expectBillsToAgree(facts);
  });

  it('has a stream, wherever it is cut', async () => {
    system.upstream.script({ usage, splitBytes: 7 });
    const response = await openai.responses.stream({ model, input: 'Hello' }).finalResponse();
    expect(response.output_text).toBe(WORDS);
    expect(response).toMatchObject({ status: 'completed', usage: { input_tokens: 300, output_tokens: 50 } });
    await expectBillsToAgree(facts);
  });

  it('calls a tool and hears what came of it', async () => {
    system.upstream.script({ usage, toolCall: true });
    const first = await openai.responses.create({ model, input: 'Hello', tools: [tool], tool_choice: 'required' });
    const call = first.output.find(({ type }) => type === 'function_call');
    if (call?.type !== 'function_call') throw new Error('no call');
    expect(call.name).toBe('weather');
    system.upstream.script({ usage });
    const second = await openai.responses.create({
      model,
      input: [
        { role: 'user', content: 'Hello' },
        call,
        { type: 'function_call_output', call_id: call.call_id, output: '4 °C' },
      ],
      tools: [tool],
    });
    expect(second.output_text).toBe(WORDS);
    expect(JSON.stringify(system.upstream.journal[1]?.body)).toMatch(/"functionCall".*"functionResponse".*4 °C/);
    await expectBillsToAgree(facts);
  });

  it('is refused by name what cannot be carried', async () => {
    const call = openai.responses.create({ model, input: 'Hello', previous_response_id: 'resp_1' });
    const refusal: unknown = await call.catch((error: unknown) => error);
    if (!(refusal instanceof APIError)) throw new Error('it was not refused');
    expect(refusal).toMatchObject({ status: 400, param: 'previous_response_id' });
    expect(system.upstream.journal).toEqual([]);
  });
});
