// Hard budgets from outside: refusal at the end, a crowd at the door, clients that leave, changes that bind at once.

import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import { WATCHERS, watchLedger } from '../helpers/crowd.ts';
import {
  anthropicClient,
  billedMicros,
  newTeamId,
  openaiClient,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const model = 'gpt-5-mini';
const messages = [{ role: 'user' as const, content: 'Hello' }];

let system: ProviderGateway;
let team: string;

beforeAll(async () => {
  system = await startProviderGateway();
});
beforeEach(() => {
  system.upstream.reset();
  team = newTeamId();
});
afterAll(() => system.close());

/** Counts what an SDK really sends. */
function countingFetch(): { fetch: typeof fetch; count: () => number } {
  let calls = 0;
  return {
    fetch: (...request) => {
      calls += 1;
      return fetch(...request);
    },
    count: () => calls,
  };
}

describe('the end of a budget', () => {
  it('is a 402 that the OpenAI SDK takes as final, with the numbers in its message', async () => {
    const { key } = await system.gateway.admin.teamWithKey(team, { limit: '0.00' });
    const counting = countingFetch();
    const openai = new OpenAI({ baseURL: `${system.gateway.url}/v1`, apiKey: key, fetch: counting.fetch });

    const call = openai.chat.completions.create({ model, messages });

    await expect(call).rejects.toMatchObject({ status: 402, type: 'insufficient_quota' });
    await expect(call).rejects.toThrow(/main.*\$?0\.00/);
    expect(counting.count()).toBe(1);
    expect(system.upstream.journal).toHaveLength(0);
  });

  it('is a 402 billing_error that the Anthropic SDK takes as final', async () => {
    const { key } = await system.gateway.admin.teamWithKey(team, { limit: '0.00' });
    const counting = countingFetch();
    const anthropic = new Anthropic({ baseURL: system.gateway.url, apiKey: key, fetch: counting.fetch });

    const call = anthropic.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 64, messages });

    await expect(call).rejects.toMatchObject({ status: 402, error: { error: { type: 'billing_error' } } });
    expect(counting.count()).toBe(1);
    expect(system.upstream.journal).toHaveLength(0);
  });

  it('comes after the last affordable call, and nothing is sent upstream for what is refused', async () => {
    const { key } = await system.gateway.admin.teamWithKey(team, { unit: 'requests', limit: 3 });
    const openai = openaiClient(system.gateway, key);

    const statuses: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { status } = await openai.chat.completions
        .create({ model, messages })
        .asResponse()
        .catch((error: unknown) => ({ status: error instanceof APIError ? Number(error.status) : 0 }));
      statuses.push(status);
    }

    expect(statuses).toEqual([200, 200, 200, 402, 402]);
    expect(system.upstream.journal).toHaveLength(3);
  });
});

describe('200 calls at once on a budget for ten', () => {
  it('never overdraw it, and every call admitted is one the upstream saw', async () => {
    system.upstream.script({ usage: { ...NO_USAGE, input: 20, output: 1_000 }, chunkDelayMs: 800 });
    // Each call bills 20 × 0.25 + 1000 × 2 micro-dollars = 2,005, and caps its output at 1,000 tokens.
    const each = billedMicros(model, { ...NO_USAGE, input: 20, output: 1_000 });
    const { key } = await system.gateway.admin.teamWithKey(team, { limit: '0.021000' });
    const openai = openaiClient(system.gateway, key);

    const crowd = Promise.allSettled(
      Array.from({ length: 200 }, () =>
        openai.chat.completions.create({ model, messages, max_completion_tokens: 1_000 }, { maxRetries: 0 }),
      ),
    );
    const { looks, highest, value: results } = await watchLedger(system.gateway.admin, team, crowd);

    const admitted = results.filter(({ status }) => status === 'fulfilled').length;
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(highest).toBeLessThanOrEqual(21_000);
    expect(looks).toBeGreaterThan(WATCHERS);
    expect(admitted).toBe(10);
    expect(system.upstream.journal).toHaveLength(admitted);
    expect(refusals.every((reason) => reason instanceof APIError && [402, 429].includes(reason.status))).toBe(true);
    await system.gateway.admin.settledEvents(team, admitted);
    expect(await system.gateway.admin.totals(team)).toMatchObject({ settled: admitted * each, held: 0 });
  });
});

describe('100 clients that leave after the first chunk', () => {
  it('leave no hold behind and are charged once each', async () => {
    system.upstream.script({ usage: { ...NO_USAGE, input: 20, output: 400 }, chunks: 400, chunkDelayMs: 20 });
    const { key } = await system.gateway.admin.teamWithKey(team, { limit: '50.00' });
    const openai = openaiClient(system.gateway, key);

    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const stream = await openai.chat.completions.create({
          model,
          messages,
          stream: true,
          max_completion_tokens: 1_000,
        });
        for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
      }),
    );

    const events = await system.gateway.admin.settledEvents(team, 100);
    expect(events).toHaveLength(100);
    expect(new Set(events.map(({ id }) => id)).size).toBe(100);
    expect(events.every(({ costUsd }) => dollars(costUsd) > 0)).toBe(true);
    const { settled, held } = await system.gateway.admin.totals(team);
    expect(held).toBe(0);
    expect(settled).toBe(events.reduce((sum, { costUsd }) => sum + dollars(costUsd), 0));
  });
});

describe('a change binds the very next call', () => {
  it('when a key is revoked', async () => {
    const { key, keyId } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });
    const openai = openaiClient(system.gateway, key);
    await openai.chat.completions.create({ model, messages });

    await system.gateway.admin.revokeKey(team, keyId);

    await expect(openai.chat.completions.create({ model, messages })).rejects.toMatchObject({ status: 401 });
    expect(system.upstream.journal).toHaveLength(1);
  });

  it('when a budget is lowered, and when it is raised again', async () => {
    const { key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });
    const anthropic = anthropicClient(system.gateway, key);
    const call = (): Promise<unknown> =>
      anthropic.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 64, messages });
    await call();

    await system.gateway.admin.putBudget(team, { limit: '0.000001' });
    await expect(call()).rejects.toMatchObject({ status: 402 });

    await system.gateway.admin.putBudget(team, { limit: '10.00' });
    await expect(call()).resolves.toBeTruthy();
  });
});
