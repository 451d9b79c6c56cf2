// Providers that misbehave, and a provider of the company's own. Whatever happens, there is one event and no open hold.

import { APIError } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dollars, type EventAnswer } from '../helpers/admin-client.ts';
import { newTeamId, openaiClient, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const model = 'gpt-5-mini';
const messages = [{ role: 'user' as const, content: 'Hello' }];
const FIRST_BYTE_TIMEOUT_MS = 1_000;
const INHOUSE_KEY = 'inhouse-$ecret';

let system: ProviderGateway;
let team: string;
let key: string;

beforeAll(async () => {
  system = await startProviderGateway(({ url }) => ({
    FIRST_BYTE_TIMEOUT_MS: String(FIRST_BYTE_TIMEOUT_MS),
    PROVIDERS: JSON.stringify({
      inhouse: { kind: 'openai-compatible', baseUrl: `${url}/v1`, apiKeySecret: 'INHOUSE' },
    }),
    INHOUSE: INHOUSE_KEY,
  }));
});
beforeEach(async () => {
  system.upstream.reset();
  team = newTeamId();
  ({ key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' }));
});
afterAll(() => system.close());

/** The one event of the team, once nothing is open; the budget says the same. */
async function onlyEvent(): Promise<EventAnswer> {
  const events = await system.gateway.admin.settledEvents(team, 1);
  const [event] = events;
  if (event === undefined || events.length > 1) throw new Error(`${events.length} events where one was expected`);
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: dollars(event.costUsd), held: 0 });
  return event;
}

describe('an answer whose usage cannot be right', () => {
  it.each(['missing', 'negative'] as const)(
    '(%s) reaches the client and is charged as estimated',
    async (usageReport) => {
      system.upstream.script({ usageReport });

      const { choices } = await openaiClient(system.gateway, key).chat.completions.create({ model, messages });

      expect(choices[0]?.message.content).toContain('word0');
      const event = await onlyEvent();
      expect(event).toMatchObject({ status: 200, estimated: true });
      expect(dollars(event.costUsd)).toBeGreaterThan(0);
    },
  );

  it.each(['missing', 'negative'] as const)('(%s, streamed) too', async (usageReport) => {
    system.upstream.script({ usageReport });

    const stream = await openaiClient(system.gateway, key).chat.completions.create({ model, messages, stream: true });
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';

    expect(text).toContain('word4');
    const event = await onlyEvent();
    expect(event).toMatchObject({ status: 200, estimated: true });
    expect(dollars(event.costUsd)).toBeGreaterThan(0);
  });
});

describe('a provider in trouble', () => {
  it('that never answers is given up in time', async () => {
    system.upstream.script({ hang: true });
    const startedAt = performance.now();

    const call = openaiClient(system.gateway, key).chat.completions.create({ model, messages }, { maxRetries: 0 });

    await expect(call).rejects.toMatchObject({ status: 504 });
    expect(performance.now() - startedAt).toBeLessThan(FIRST_BYTE_TIMEOUT_MS * 3);
    expect((await onlyEvent()).status).toBe(504);
    await expect.poll(() => system.upstream.journal[0]?.ending).toBe('client_gone');
  });

  it('that fails with an error of its own is quoted, and costs nothing', async () => {
    const body = '{"error":{"message":"upstream is on fire","type":"server_error","param":null,"code":null}}';
    system.upstream.script({ fixedAnswer: { status: 500, body, headers: { 'content-type': 'application/json' } } });

    const call = openaiClient(system.gateway, key).chat.completions.create({ model, messages }, { maxRetries: 0 });

    await expect(call).rejects.toThrow('upstream is on fire');
    expect(await onlyEvent()).toMatchObject({ status: 500, costUsd: '0.00' });
  });

  it('that begins a stream and says error at once ends it with an error', async () => {
    system.upstream.script({ errorAfterChunks: 0 });

    const stream = await openaiClient(system.gateway, key).chat.completions.create({ model, messages, stream: true });
    const read = async (): Promise<void> => {
      for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk');
    };

    await expect(read()).rejects.toBeInstanceOf(APIError);
    await onlyEvent();
  });
});

describe('a provider named in PROVIDERS', () => {
  it('serves a model under its public name, with its own secret and price', async () => {
    await system.gateway.admin.request('PUT', '/models/inhouse/coder', {
      provider: 'inhouse',
      upstreamModel: 'qwen3-coder',
      price: { input: '1.00', output: '2.00' },
      contextWindow: 32_000,
      maxOutputTokens: 4_000,
    });

    const completion = await openaiClient(system.gateway, key).chat.completions.create({
      model: 'inhouse/coder',
      messages,
    });

    expect(completion.choices).toHaveLength(1);
    expect(system.upstream.journal[0]?.body).toMatchObject({ model: 'qwen3-coder' });
    expect(system.upstream.journal[0]?.headers.authorization).toBe(`Bearer ${INHOUSE_KEY}`);
    const event = await onlyEvent();
    expect(event).toMatchObject({ model: 'inhouse/coder', provider: 'inhouse' });
    expect(dollars(event.costUsd)).toBe(12 * 1 + 30 * 2);
  });
});
