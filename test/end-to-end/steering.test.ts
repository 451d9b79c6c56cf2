// The real SDKs of Anthropic and OpenAI ask for models that are on their way out: they are answered in their own protocol by
// the company's model, or refused with what to use instead, and read in the headers what became of their call.

import { APIError } from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../schema/usage.ts';
import {
  anthropicClient,
  newTeamId,
  openaiClient,
  type ProviderGateway,
  startProviderGateway,
} from '../helpers/provider-gateway.ts';

const OUTSIDE = 'claude-sonnet-4-5';
const OURS = 'company/coder';
const PINNED = { headers: { 'x-headgate-pin': 'true' } };
const question = { model: OUTSIDE, max_tokens: 500, messages: [{ role: 'user' as const, content: 'Hello' }] };
const tool = { name: 'weather', input_schema: { type: 'object' as const } };

let system: ProviderGateway;
let team: string;
let key: string;

beforeAll(async () => {
  system = await startProviderGateway(({ url }) => ({
    PROVIDERS: JSON.stringify({ inhouse: { kind: 'openai-compatible', baseUrl: `${url}/v1` } }),
  }));
  await system.gateway.admin.request('PUT', `/models/${OURS}`, {
    provider: 'inhouse',
    upstreamModel: 'coder-30b',
    price: { input: '1', output: '2' },
    contextWindow: 100_000,
    maxOutputTokens: 4_096,
    capabilities: { tools: true },
  });
});
beforeEach(async () => {
  system.upstream.reset();
  system.upstream.script({ usage: { ...NO_USAGE, input: 200, output: 50 } });
  team = newTeamId();
  ({ key } = await system.gateway.admin.teamWithKey(team, { limit: '10.00' }));
});
afterAll(() => system.close());

/** Every model of the two families is at this stage from now on. */
async function setStage(stage: object): Promise<void> {
  await system.gateway.admin.request('PUT', '/phase-outs/outside', {
    models: ['claude-*', 'gpt-*'],
    aliases: ['sonnet'],
    to: OURS,
    stages: [{ from: '2020-01-01T00:00:00Z', ...stage }],
  });
}

async function setPolicy(policy: object): Promise<void> {
  await system.gateway.admin.request('PUT', `/teams/${team}/policy`, { models: {}, ...policy });
}

async function ask(change: object = {}, options: object = {}) {
  const { data, response } = await anthropicClient(system.gateway, key)
    .messages.create({ ...question, ...change }, options)
    .withResponse();
  return { data, served: response.headers.get('x-headgate-model'), how: response.headers.get('x-headgate-steering') };
}

describe('a phase-out, as the SDKs see it', () => {
  it('nudges in a header', async () => {
    await setStage({ action: 'nudge' });
    expect(await ask()).toMatchObject({ served: OUTSIDE, how: 'nudge; reason=phase-out:outside' });
  });

  it('leads an alias to the own model, which answers under the name that was asked for', async () => {
    await setStage({ action: 'default' });
    expect(await ask({ model: 'sonnet' })).toMatchObject({
      served: OURS,
      how: 'default; reason=phase-out:outside',
      data: { model: 'sonnet', type: 'message' },
    });
    expect(await ask()).toMatchObject({ served: OUTSIDE });
  });

  it('moves a call with tools, streamed, in either protocol', async () => {
    await setStage({ action: 'move', percent: 100 });
    system.upstream.script({ usage: { ...NO_USAGE, input: 200, output: 50 }, toolCall: true });
    const stream = anthropicClient(system.gateway, key).messages.stream({ ...question, tools: [tool] });
    const message = await stream.finalMessage();
    expect(message).toMatchObject({ model: OUTSIDE, stop_reason: 'tool_use' });
    const { data, response } = await openaiClient(system.gateway, key)
      .chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hello' }] })
      .withResponse();
    expect(data.choices).toHaveLength(1);
    expect(response.headers.get('x-headgate-model')).toBe(OURS);
    expect(system.upstream.journal.map(({ path }) => path)).toEqual(['/v1/chat/completions', '/v1/chat/completions']);
    const events = await system.gateway.admin.settledEvents(team, 2);
    expect(
      new Set(events.map((each) => `${each.model} ${String(each['askedModel'])} ${String(each['steering'])}`)),
    ).toEqual(new Set([`${OURS} ${OUTSIDE} moved`, `${OURS} gpt-5-mini moved`]));
  });

  it('does not move a call whose answer would be longer than the own model can write', async () => {
    await setStage({ action: 'move', percent: 100 });
    expect(await ask({ max_tokens: 4_097 })).toMatchObject({
      served: OUTSIDE,
      how: 'not-moved; reason=lacks:maxOutputTokens',
    });
  });

  it('lets those pin who may', async () => {
    await setStage({ action: 'move', percent: 100 });
    expect(await ask({}, PINNED)).toMatchObject({ served: OURS });
    await setPolicy({ pin: ['ada'] });
    expect(await ask({}, PINNED)).toMatchObject({ served: OUTSIDE, how: 'pinned; reason=asked' });
  });

  it('blocks with what to use instead, once and for all, until a grant opens it', async () => {
    await setStage({ action: 'block' });
    const refused = await ask().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(APIError);
    expect(refused).toMatchObject({ status: 403, error: { error: { code: 'phased_out' } } });
    expect(system.upstream.journal).toEqual([]);
    const asked = await fetch(`${system.gateway.url}/me/requests`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'model_access', models: [OUTSIDE], reason: 'a review' }),
    });
    expect(asked.status).toBe(201);
    const { id }: { id: string } = JSON.parse(await asked.text());
    await system.gateway.admin.request('POST', `/requests/${id}/approve`, {});
    expect(await ask()).toMatchObject({ served: OUTSIDE });
  });
});

describe('a downshift, as an SDK sees it', () => {
  it('answers with the own model once the outside budget is used up', async () => {
    await setStage({ action: 'nudge' });
    await setPolicy({ downshift: { models: ['claude-*'], to: OURS } });
    await system.gateway.admin.request('PUT', `/teams/${team}/budgets/outside`, {
      scope: { kind: 'model', id: 'claude-*' },
      unit: 'requests',
      limit: 1,
      period: 'month',
      enforcement: 'hard',
    });
    expect(await ask()).toMatchObject({ served: OUTSIDE });
    expect(await ask()).toMatchObject({ served: OURS, how: 'downshift; reason=budget:outside' });
  });
});
