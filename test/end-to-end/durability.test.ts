// Nothing is lost: events reach D1 in seconds, and a power cut right after an answer changes no number.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../schema/usage.ts';
import { dollars } from '../helpers/admin-client.ts';
import {
  billedMicros,
  newTeamId,
  openaiClient,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const model = 'gpt-5-mini';
const messages = [{ role: 'user' as const, content: 'Hello' }];
const usage = { ...NO_USAGE, input: 100, output: 200 };
const IN_D1_WITHIN_MS = 5_000;

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

describe('the usage event of a call', () => {
  it('is in D1 within five seconds', async () => {
    const { key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });

    await openaiClient(system.gateway, key).chat.completions.create({ model, messages });

    const inD1 = async (): Promise<number> => (await system.gateway.admin.events(team)).length;
    await expect.poll(inD1, { timeout: IN_D1_WITHIN_MS }).toBe(1);
  });
});

describe('a power cut right after the answer', () => {
  it('leaves ledger and events agreed, with every call answered in both', async () => {
    const { key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });
    const openai = openaiClient(system.gateway, key);
    const answered = 5;
    await Promise.all(Array.from({ length: answered }, () => openai.chat.completions.create({ model, messages })));

    await system.gateway.kill9();
    await system.gateway.start();

    const events = await system.gateway.admin.settledEvents(team, answered);
    const { settled, held } = await system.gateway.admin.totals(team);
    expect(events).toHaveLength(answered);
    expect(events.reduce((sum, { costUsd }) => sum + dollars(costUsd), 0)).toBe(answered * billedMicros(model, usage));
    expect({ settled, held }).toEqual({ settled: answered * billedMicros(model, usage), held: 0 });
  });

  it('in the middle of a call leaves its amount held, never free for others', async () => {
    const { key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' });
    system.upstream.script({ usage, hang: true });
    const call = openaiClient(system.gateway, key)
      .chat.completions.create({ model, messages }, { maxRetries: 0 })
      .catch((error: unknown) => error);
    await expect.poll(() => system.upstream.journal.length).toBe(1);
    const before = await system.gateway.admin.totals(team);

    await system.gateway.kill9();
    await system.gateway.start();

    expect(await call).toBeInstanceOf(Error);
    expect(await system.gateway.admin.totals(team)).toEqual(before);
    expect(before).toMatchObject({ holds: 1, settled: 0 });
    expect(before.held).toBeGreaterThan(0);
  });
});
