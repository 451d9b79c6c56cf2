// The real `@anthropic-ai/sdk` package against a local Headgate: what it gets, and that its bill and ours agree.

import type Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE, type Usage } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import {
  anthropicClient,
  billedMicros,
  newTeamId,
  PROVIDER_KEY,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const model = 'claude-sonnet-4-5';
const messages = [{ role: 'user' as const, content: 'Hello' }];
const usage: Usage = { ...NO_USAGE, input: 41, cacheRead: 2_046, cacheWrite5m: 512, output: 233 };

let system: ProviderGateway;
let team: string;
let anthropic: Anthropic;

beforeAll(async () => {
  system = await startProviderGateway();
});
beforeEach(async () => {
  system.upstream.reset();
  system.upstream.script({ usage });
  team = newTeamId();
  const { key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });
  anthropic = anthropicClient(system.gateway, key);
});
afterAll(() => system.close());

async function expectBillsToAgree(facts: { readonly stream: boolean }): Promise<void> {
  const [event] = await system.gateway.admin.settledEvents(team, 1);
  const { reported } = system.upstream.journal[0] ?? { reported: null };
  if (event === undefined || reported === null) throw new Error('no event, or no bill to compare it with');

  const { webSearches: _searches, ...billedUsage } = reported;
  expect(event).toMatchObject({ ...facts, usage: billedUsage, status: 200, estimated: false, provider: 'anthropic' });
  expect(dollars(event.costUsd)).toBe(billedMicros(model, reported));
}

describe('a whole message', () => {
  it('arrives untouched and is billed exactly, caches included', async () => {
    const message = await anthropic.messages.create({ model, max_tokens: 1_024, messages });

    expect(message.content).toEqual([{ type: 'text', text: 'word0 word1 word2 word3 word4 ' }]);
    expect(message.usage).toMatchObject({ cache_read_input_tokens: 2_046, output_tokens: 233 });
    expect(system.upstream.journal[0]?.headers['x-api-key']).toBe(PROVIDER_KEY);
    expect(JSON.stringify(system.upstream.journal)).not.toContain('hg_');
    await expectBillsToAgree({ stream: false });
  });

  it('bills hour-long cache writes at their own price', async () => {
    system.upstream.script({ usage: { ...usage, cacheWrite1h: 1_000 } });

    await anthropic.messages.create({
      model,
      max_tokens: 1_024,
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Hello', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
      ],
    });

    await expectBillsToAgree({ stream: false });
  });
});

describe('a stream', () => {
  it('is put together by the SDK and billed exactly', async () => {
    const message = await anthropic.messages.stream({ model, max_tokens: 1_024, messages }).finalMessage();

    expect(message.content).toEqual([{ type: 'text', text: 'word0 word1 word2 word3 word4 ' }]);
    expect(message.usage.output_tokens).toBe(233);
    await expectBillsToAgree({ stream: true });
  });

  it.each([{ lineEnding: '\r\n' as const }, { splitBytes: 1 }, { splitBytes: 11 }])('survives %o', async (changes) => {
    system.upstream.script({ ...changes, usage });

    const message = await anthropic.messages.stream({ model, max_tokens: 1_024, messages }).finalMessage();

    expect(message.usage.output_tokens).toBe(233);
    await expectBillsToAgree({ stream: true });
  });

  it('carries a tool call', async () => {
    system.upstream.script({ usage, toolCall: true });

    const message = await anthropic.messages
      .stream({ model, max_tokens: 1_024, messages, tools: [{ name: 'weather', input_schema: { type: 'object' } }] })
      .finalMessage();

    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject([{ name: 'weather', input: { city: 'Oslo' } }]);
    await expectBillsToAgree({ stream: true });
  });

  it('that ends in the provider’s error event passes it on and is still charged', async () => {
    system.upstream.script({ usage, errorAfterChunks: 2 });

    const message = anthropic.messages.stream({ model, max_tokens: 1_024, messages }).finalMessage();

    await expect(message).rejects.toThrow('Overloaded');
    const [event] = await system.gateway.admin.settledEvents(team, 1);
    expect(event).toMatchObject({ stream: true, estimated: true });
    expect(dollars(event?.costUsd ?? '')).toBeGreaterThan(0);
  });
});

describe('counting tokens', () => {
  it('answers and costs nothing', async () => {
    const { input_tokens: counted } = await anthropic.messages.countTokens({ model, messages });

    expect(counted).toBe(41 + 2_046 + 512);
    expect(system.upstream.journal.map(({ path }) => path)).toEqual(['/v1/messages/count_tokens']);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: 0, held: 0, holds: 0 });
  });
});
