// Models of several targets behind real servers: whatever becomes of the first, the client has its answer, the bill is the
// second's, and nothing stays held.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dollars, type EventAnswer } from '../helpers/admin-client.ts';
import { type FakeUpstream, startFakeUpstream } from '../helpers/fake-upstream/fake-upstream.ts';
import { freePort } from '../helpers/local-gateway.ts';
import { newTeamId, openaiClient, type ProviderGateway, startProviderGateway } from '../helpers/provider-gateway.ts';

const messages = [{ role: 'user' as const, content: 'Hello' }];
const FIRST_BYTE_TIMEOUT_MS = 400;
/** Micro-dollars of the fake upstream's 12 tokens in and 30 out, at $1 and $2 a million, and at ten times that. */
const BILL = { second: 72, dear: 720 };

let second: FakeUpstream;
let system: ProviderGateway;
let team: string;
let key: string;

const price = { input: '1.00', output: '2.00' };
const terms = { price, contextWindow: 32_000, maxOutputTokens: 4_000 };
const then = { provider: 'second', upstreamModel: 'spare', ...terms };
const pair = (upstreamModel: string) => [
  { provider: 'openai', upstreamModel, ...terms, firstByteTimeoutMs: FIRST_BYTE_TIMEOUT_MS },
  then,
];
/** Tests do not share a first target: one that failed often would be left alone. */
const routes: Readonly<Record<string, readonly object[]>> = {
  busy: pair('busy'),
  silent: pair('silent'),
  strict: pair('strict'),
  fragile: pair('fragile'),
  absent: [{ provider: 'absent', upstreamModel: 'main', ...terms }, then],
  insecure: [{ provider: 'insecure', upstreamModel: 'main', ...terms }, then],
  thrifty: [{ provider: 'openai', upstreamModel: 'dear', ...terms, price: { input: '10.00', output: '20.00' } }, then],
};

beforeAll(async () => {
  second = await startFakeUpstream();
  const nobody = await freePort();
  system = await startProviderGateway(({ url }) => ({
    PROVIDERS: JSON.stringify({
      second: { kind: 'openai-compatible', baseUrl: `${second.url}/v1` },
      absent: { kind: 'openai-compatible', baseUrl: `http://127.0.0.1:${nobody}/v1` },
      // Speaks no TLS: the connection is made and then refused.
      insecure: { kind: 'openai-compatible', baseUrl: `${url.replace('http:', 'https:')}/v1` },
    }),
  }));
  for (const [name, targets] of Object.entries(routes)) {
    await system.gateway.admin.request('PUT', `/models/${name}`, { targets });
  }
});
beforeEach(async () => {
  system.upstream.reset();
  second.reset();
  team = newTeamId();
  ({ key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' }));
});
afterAll(async () => {
  await system.close();
  await second.close();
});

/** The one event of the team, once nothing is held; the budget says the same. */
async function onlyEvent(): Promise<EventAnswer> {
  const events = await system.gateway.admin.settledEvents(team, 1);
  const [event] = events;
  if (event === undefined || events.length > 1) throw new Error(`${events.length} events where one was expected`);
  expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: dollars(event.costUsd), held: 0 });
  return event;
}

async function ask(model: string) {
  const { data, response } = await openaiClient(system.gateway, key)
    .chat.completions.create({ model, messages, max_tokens: 100 }, { maxRetries: 0 })
    .withResponse();
  return { text: data.choices[0]?.message.content, headers: response.headers };
}

async function stream(model: string): Promise<string> {
  const client = openaiClient(system.gateway, key);
  const options = { model, messages, max_tokens: 100, stream: true } as const;
  let text = '';
  for await (const { choices } of await client.chat.completions.create(options, { maxRetries: 0 })) {
    text += choices[0]?.delta.content ?? '';
  }
  return text;
}

const refusing = (status: number) => ({
  fixedAnswer: {
    status,
    body: '{"error":{"message":"no","type":"x"}}',
    headers: { 'content-type': 'application/json' },
  },
});

describe('a first target', () => {
  it.each([429, 500, 529])('that answers %i leaves the call to the second, for nothing', async (status) => {
    system.upstream.script(refusing(status));

    const { text, headers } = await ask('busy');

    expect(text).toContain('word0');
    expect(headers.get('x-headgate-provider')).toBe('second');
    expect(headers.get('x-headgate-attempts')).toBe(`openai/busy ${status}, second/spare 200`);
    const event = await onlyEvent();
    expect(event).toMatchObject({
      model: 'busy',
      provider: 'second',
      upstreamModel: 'spare',
      priceVersion: 'model:busy@v1/2',
      outcome: 'completed',
      estimated: false,
      tried: [{ provider: 'openai', upstreamModel: 'busy', result: String(status) }],
    });
    expect(dollars(event.costUsd)).toBe(BILL.second);
    expect(second.journal).toHaveLength(1);
    expect(second.journal[0]?.body).toMatchObject({ model: 'spare', max_tokens: 100 });
  });

  it.each(['absent', 'insecure'])('that cannot be connected to (%s) leaves the call to the second', async (model) => {
    const { text, headers } = await ask(model);

    expect(text).toContain('word0');
    expect(headers.get('x-headgate-attempts')).toBe(`${model}/main unreachable, second/spare 200`);
    expect(await onlyEvent()).toMatchObject({ provider: 'second', outcome: 'completed' });
  });

  it.each([
    ['does not answer', { hang: true }],
    ['answers and does not begin', { hangAfterHeaders: true }],
  ])(
    'that %s in its time leaves the stream to the second, and is charged for what it may have done',
    async (_, script) => {
      system.upstream.script(script);
      const startedAt = performance.now();

      expect(await stream('silent')).toContain('word4');

      expect(performance.now() - startedAt).toBeLessThan(10 * FIRST_BYTE_TIMEOUT_MS);
      const event = await onlyEvent();
      expect(event).toMatchObject({
        provider: 'second',
        outcome: 'completed',
        estimated: true,
        tried: [{ provider: 'openai', result: 'timeout' }],
      });
      // At most a hundred tokens of output and the body at $1 and $2 a million.
      expect(dollars(event.costUsd)).toBeGreaterThan(BILL.second);
      expect(dollars(event.costUsd)).toBeLessThan(BILL.second + 400);
      await expect.poll(() => system.upstream.journal[0]?.ending).toBe('client_gone');
    },
  );

  it('that finds fault with the request has the last word', async () => {
    system.upstream.script(refusing(400));

    await expect(ask('strict')).rejects.toMatchObject({ status: 400 });

    expect(second.journal).toHaveLength(0);
    expect(await onlyEvent()).toMatchObject({
      provider: 'openai',
      outcome: 'upstream_refused',
      status: 400,
      tried: [],
    });
  });

  it('that breaks its stream off after the first byte is not followed by anybody', async () => {
    system.upstream.script({ cutAfterChunks: 2 });

    await expect(stream('fragile')).rejects.toThrow();

    expect(second.journal).toHaveLength(0);
    expect(await onlyEvent()).toMatchObject({
      provider: 'openai',
      outcome: 'upstream_cut',
      estimated: true,
      tried: [],
    });
  });
});

describe('a budget', () => {
  it('that pays for both has the dear target serve', async () => {
    await ask('thrifty');

    expect(system.upstream.journal).toHaveLength(1);
    expect(dollars((await onlyEvent()).costUsd)).toBe(BILL.dear);
  });

  it('that pays for the cheaper one only has that one serve', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.001' });

    const { headers } = await ask('thrifty');

    expect(headers.get('x-headgate-attempts')).toBeNull();
    expect(system.upstream.journal).toHaveLength(0);
    const event = await onlyEvent();
    expect(event).toMatchObject({ provider: 'second', upstreamModel: 'spare', tried: [] });
    expect(dollars(event.costUsd)).toBe(BILL.second);
  });

  it('that pays for neither refuses before anybody is asked', async () => {
    await system.gateway.admin.putBudget(team, { limit: '0.0001' });

    await expect(ask('thrifty')).rejects.toMatchObject({ status: 402 });

    expect(system.upstream.journal).toHaveLength(0);
    expect(second.journal).toHaveLength(0);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ holds: 0, settled: 0 });
  });
});
