// Prices across the line: a call that is counted because its bytes do not fit, terms of service, and prices that change.

import { APIError as AnthropicError } from '@anthropic-ai/sdk';
import { APIError as OpenaiError } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import {
  anthropicClient,
  billedMicros,
  newTeamId,
  openaiClient,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const model = 'claude-sonnet-4-5';
/** At three dollars a million: 30 cents by its bytes, 7.5 cents by the tokens that the provider counts. */
const text = 'word '.repeat(20_000);
const usage = { ...NO_USAGE, input: 25_000, output: 20 };
const question = { model, max_tokens: 100, messages: [{ role: 'user' as const, content: text }] };

let system: ProviderGateway;
let team: string;

beforeAll(async () => {
  system = await startProviderGateway();
});
beforeEach(() => {
  system.upstream.reset();
  system.upstream.script({ usage });
  team = newTeamId();
});
afterAll(() => system.close());

async function keyWith(limit: string): Promise<string> {
  return (await system.gateway.admin.teamWithKey(team, { limit })).key;
}

function paths(): string[] {
  return system.upstream.journal.map(({ path }) => path);
}

async function onlyEvent() {
  const events = await system.gateway.admin.settledEvents(team, 1);
  const [event] = events;
  if (event === undefined || events.length > 1) throw new Error(`${events.length} events where one was expected`);
  return event;
}

describe('a call that its bytes made too dear', () => {
  it('passes once the provider has counted it, and is billed like any other', async () => {
    const anthropic = anthropicClient(system.gateway, await keyWith('0.10'));
    const { data, response } = await anthropic.messages
      .create({ ...question, stop_sequences: ['stop'], metadata: { user_id: 'u' } })
      .withResponse();
    expect(data.usage.input_tokens).toBe(25_000);
    expect(response.headers.get('x-headgate-budget-remaining')).not.toBeNull();
    expect(paths()).toEqual(['/v1/messages/count_tokens', '/v1/messages']);
    const event = await onlyEvent();
    expect(event).toMatchObject({ outcome: 'completed', estimated: false });
    expect(dollars(event.costUsd)).toBe(billedMicros(model, usage));
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: dollars(event.costUsd), held: 0 });
  });

  it('is refused with the counted number where it truly does not fit', async () => {
    const anthropic = anthropicClient(system.gateway, await keyWith('0.05'));
    const refused = await anthropic.messages.create(question).then(
      () => null,
      (error: unknown) => error,
    );
    if (!(refused instanceof AnthropicError)) throw new Error('it was not refused');
    expect(refused.status).toBe(402);
    // 25,000 tokens, two in a hundred and 256 more, and an answer of 100
    expect(refused.message).toContain('0.078768');
    expect(paths()).toEqual(['/v1/messages/count_tokens']);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ holds: 0, held: 0, settled: 0 });
  });

  it('is not counted where it fits, or where there is no room for the answer alone', async () => {
    const anthropic = anthropicClient(system.gateway, await keyWith('0.40'));
    await anthropic.messages.create(question);
    expect(paths()).toEqual(['/v1/messages']);
    const long = { ...question, max_tokens: 21_000 };
    await expect(anthropic.messages.create(long)).rejects.toThrow('402');
    expect(paths()).toEqual(['/v1/messages', '/v1/messages/count_tokens']);
    await expect(anthropic.messages.create({ ...long, model: 'claude-opus-4-1' })).rejects.toThrow('402');
    expect(paths()).toHaveLength(2);
  });
});

describe('terms of service', () => {
  const ask = { model: 'gpt-5-mini', max_completion_tokens: 100, messages: [{ role: 'user' as const, content: 'Hi' }] };
  const small = { ...NO_USAGE, input: 1_000, output: 500 };

  it.each([
    ['as the answer says it was served', { service_tier: 'priority' }, 2_250],
    ['at the list price where the provider fell back to it', { service_tier: 'default' }, 1_250],
  ])('are billed %s', async (_, terms, amount) => {
    system.upstream.script({ usage: small, terms });
    const openai = openaiClient(system.gateway, await keyWith('10.00'));
    await openai.chat.completions.create({ ...ask, service_tier: 'priority' });
    const event = await onlyEvent();
    expect(event).toMatchObject({ estimated: false });
    expect(event.priceVersion).toMatch(/^genai-prices-.*\+overlay-\d+$/);
    expect(dollars(event.costUsd)).toBe(amount);
  });

  it('are exact in a stream too, where the provider chose them by itself', async () => {
    system.upstream.script({ usage: small, terms: { service_tier: 'flex' } });
    const openai = openaiClient(system.gateway, await keyWith('10.00'));
    for await (const _ of await openai.chat.completions.create({ ...ask, stream: true })) continue;
    const event = await onlyEvent();
    expect(event).toMatchObject({ estimated: false, stream: true });
    expect(dollars(event.costUsd)).toBe(625);
  });

  it('without a price are refused by name', async () => {
    const openai = openaiClient(system.gateway, await keyWith('10.00'));
    const refused = await openai.chat.completions
      .create({ ...ask, model: 'gpt-5-nano', service_tier: 'priority' })
      .then(
        () => null,
        (error: unknown) => error,
      );
    if (!(refused instanceof OpenaiError)) throw new Error('it was not refused');
    expect(refused).toMatchObject({ status: 400, param: 'service_tier' });
    expect(refused.message).toContain('service_tier "priority" has no price here for gpt-5-nano');
    expect(paths()).toEqual([]);
  });

  it('of Anthropic are read where its usage names them', async () => {
    system.upstream.script({ usage: small, terms: { inference_geo: 'us', speed: 'fast' } });
    const anthropic = anthropicClient(system.gateway, await keyWith('10.00'));
    await anthropic.messages.create({
      model: 'claude-opus-4-8',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Hi' }],
      inference_geo: 'us',
    });
    const event = await onlyEvent();
    // 1,000 tokens at $5 and 500 at $25 a million, twice and one tenth more
    expect(dollars(event.costUsd)).toBe((5_000 + 12_500) * 2.2);
    expect(event).toMatchObject({ estimated: false });
  });
});

it('an edition of a price counts from its date on, and is named on the event', async () => {
  const name = `dated-${team}`;
  const rates = { input: '1.00', output: '2.00' };
  await system.gateway.admin.request('PUT', `/models/${name}`, {
    provider: 'openai',
    upstreamModel: 'gpt-5-mini',
    prices: [
      rates,
      { from: '2026-01-01T00:00:00Z', ...rates, input: '3.00' },
      { from: '2999-01-01T00:00:00Z', ...rates, input: '9.00' },
    ],
  });
  system.upstream.script({ usage: { ...NO_USAGE, input: 1_000, output: 500 } });
  const openai = openaiClient(system.gateway, await keyWith('10.00'));
  await openai.chat.completions.create({ model: name, messages: [{ role: 'user', content: 'Hi' }] });
  const event = await onlyEvent();
  expect(event.priceVersion).toBe(`model:${name}@v1/2026-01-01T00:00:00.000Z`);
  expect(dollars(event.costUsd)).toBe(4_000);
});
