// Calls that are served by another model than the one they name, or could be: what reaches which provider, what the client
// is told, what the event says, and how often the ledger is asked.

import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { budgetIdSchema, grantIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { BudgetInput } from '../../../schema/team-config.ts';
import { ended, makeTeam, messages, playProvider, type Received, type Refusal, USAGE } from '../../helpers/line.ts';

const PAST = '2020-01-01T00:00:00Z';
const ada = userIdSchema.parse('ada');

/** Through the Worker itself, which then reads its models anew. */
async function put(path: string, body: object): Promise<void> {
  const response = await exports.default.fetch(
    new Request(`https://headgate.test/admin/v1/${path}`, {
      method: 'PUT',
      headers: { authorization: 'Bearer test-admin-token', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
  expect([200, 201], await response.clone().text()).toContain(response.status);
}

interface Planned {
  readonly action: string;
  readonly percent?: number;
  readonly message?: string;
}

/** The models `<family>-…` of Anthropic's are on their way out. */
async function phaseOut(family: string, stage: Planned, to = 'ours'): Promise<void> {
  await put(`models/${family}-sonnet`, { provider: 'anthropic', upstreamModel: 'claude-sonnet-4-5' });
  const stages = [{ from: PAST, ...stage }];
  await put(`phase-outs/${family}`, { models: [`${family}-*`], aliases: [family], to, stages });
}

const price = { input: '0.10', output: '0.40' };

beforeAll(async () => {
  const own = { provider: 'groq', upstreamModel: 'coder-32b', price, contextWindow: 131_072, maxOutputTokens: 32_000 };
  await put('models/ours', { ...own, capabilities: { tools: true, structuredOutput: true } });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const answerTo = ({ url }: Received) =>
  url.includes('anthropic')
    ? Response.json({
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-5',
        content: [{ type: 'text', text: 'Hi' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 10, output_tokens: 5 },
      })
    : Response.json({
        id: 'c',
        object: 'chat.completion',
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
        usage: USAGE,
      });

const hosts = (journal: readonly Received[]) => journal.map(({ url }) => new URL(url).host);
const told = ({ headers }: Response) => ({
  model: headers.get('x-headgate-model'),
  asked: headers.get('x-headgate-asked-model'),
  steering: headers.get('x-headgate-steering'),
});
const PICTURE = {
  role: 'user',
  content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } }],
};
const PAPER = {
  role: 'user',
  content: [{ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'aGk=' } }],
};
const tool = { name: 'look', description: 'Looks', input_schema: { type: 'object', properties: {} } };

describe('a phase-out', () => {
  test('that nudges serves as asked and says so', async () => {
    await phaseOut('nudged', { action: 'nudge', message: 'Ours is as good: see the wiki.' });
    const team = await makeTeam();
    const journal = playProvider(answerTo);
    const response = await team.call('/v1/messages', { ...messages, model: 'nudged-sonnet' });
    expect(response.status).toBe(200);
    expect(told(response)).toEqual({
      model: 'nudged-sonnet',
      asked: 'nudged-sonnet',
      steering: 'nudge; reason=phase-out:nudged',
    });
    expect(response.headers.get('x-headgate-notice')).toBe('Ours is as good: see the wiki.');
    expect(hosts(journal)).toEqual(['anthropic.test']);
    expect(await ended(team)).toMatchObject({ model: 'nudged-sonnet', asked_model: null, steering: 'nudge' });
  });

  test('leads its short name to the other model, in the client’s own dialect, and counts its tokens there', async () => {
    await phaseOut('short', { action: 'default' });
    const team = await makeTeam();
    const journal = playProvider(answerTo);
    const response = await team.call('/v1/messages', { ...messages, model: 'short', tools: [tool] });
    expect(told(response)).toEqual({ model: 'ours', asked: 'short', steering: 'default; reason=phase-out:short' });
    expect(await response.json()).toMatchObject({ type: 'message', model: 'short', content: [{ text: 'Hi' }] });
    expect(hosts(journal)).toEqual(['groq.test']);
    expect(journal[0]?.body).toMatchObject({ model: 'coder-32b', tools: [{ type: 'function' }] });
    expect(await ended(team)).toMatchObject({
      model: 'ours',
      provider: 'groq',
      asked_model: 'short',
      steering: 'default',
      cost_micros: 300,
    });
    const counted = await team.call('/v1/messages/count_tokens', { ...messages, model: 'short' });
    expect(await counted.json()).toMatchObject({ error: { code: 'dialect_unsupported' } });
  });

  test('moves a conversation as a whole, and others not', async () => {
    await phaseOut('moving', { action: 'move', percent: 50 });
    const team = await makeTeam({ budgets: [] });
    playProvider(answerTo);
    const servedBy = async (session: string) => {
      const headers = { 'x-claude-code-session-id': session };
      const response = await team.call('/v1/messages', { ...messages, model: 'moving-sonnet' }, { headers });
      await response.text();
      return told(response);
    };
    const sessions = Array.from({ length: 24 }, (_, nth) => `session-${nth}`);
    // One reads the models anew; those that come meanwhile would know them as they were.
    await servedBy('session-0');
    const first = await Promise.all(sessions.map((session) => servedBy(session)));
    const second = await Promise.all(sessions.map((session) => servedBy(session)));
    expect(second).toEqual(first);
    expect(new Set(first.map(({ model, steering }) => `${model} ${steering}`))).toEqual(
      new Set(['ours moved; reason=phase-out:moving', 'moving-sonnet nudge; reason=phase-out:moving']),
    );
  });

  test.each([
    ['images', { messages: [PICTURE] }],
    ['maxOutputTokens', { max_tokens: 32_001 }],
    ['documents', { messages: [PAPER] }],
  ])('does not move a call whose needs the other model lacks: %s', async (lack, change) => {
    await phaseOut('needy', { action: 'move', percent: 100 });
    const team = await makeTeam();
    const journal = playProvider(answerTo);
    const response = await team.call('/v1/messages', { ...messages, model: 'needy-sonnet', ...change });
    expect(told(response)).toEqual({
      model: 'needy-sonnet',
      asked: 'needy-sonnet',
      steering: `not-moved; reason=lacks:${lack}`,
    });
    expect(hosts(journal)).toEqual(['anthropic.test']);
    await ended(team);
  });

  test('does not move what cannot be translated, nor whoever may not use the other model', async () => {
    await phaseOut('barred', { action: 'move', percent: 100 });
    const team = await makeTeam({ access: { allow: ['*'], deny: ['ours'], approval: [] } });
    playProvider(answerTo);
    const denied = await team.call('/v1/messages', { ...messages, model: 'barred-sonnet' });
    expect(told(denied)).toMatchObject({
      model: 'barred-sonnet',
      steering: 'not-moved; reason=refused:model_not_allowed',
    });
    await ended(team);
    const other = await makeTeam();
    const body = { ...messages, model: 'barred-sonnet', top_k: 5 };
    const untranslated = await other.call('/v1/messages', body);
    expect(untranslated.status).toBe(200);
    expect(told(untranslated).steering).toMatch(/^(?:not-moved; reason=refused:bad_request|moved)/);
  });

  test('that blocks refuses with what to use instead and how to ask, and a grant opens it', async () => {
    await phaseOut('blocked', { action: 'block', message: 'Contract ended.' });
    const team = await makeTeam();
    const journal = playProvider(answerTo);
    const call = () => team.call('/v1/messages', { ...messages, model: 'blocked-sonnet' });
    const refused = await call();
    expect(refused.status).toBe(403);
    expect(await refused.json<Refusal>()).toMatchObject({
      error: {
        type: 'permission_error',
        code: 'phased_out',
        message:
          'The model "blocked-sonnet" is no longer offered: use "ours". Contract ended. Ask for an exception: ' +
          'https://headgate.test/ask#kind=model_access&models=blocked-sonnet',
        details: { instead: 'ours', ask: { body: { kind: 'model_access', models: ['blocked-sonnet'] } } },
      },
    });
    const listed = async () =>
      JSON.stringify(await (await team.call('/v1/models', '', { method: 'GET', body: null })).json());
    expect(await listed()).not.toContain('blocked-sonnet');
    const count = { model: 'blocked-sonnet', messages: messages.messages };
    expect((await team.call('/v1/messages/count_tokens', count)).status).toBe(403);
    expect(journal).toEqual([]);

    const id = grantIdSchema.parse(`grant_${'0'.repeat(26)}`);
    const lifetime = { id, startsAtMs: 0, endsAtMs: Date.now() + 60_000 };
    await team.configure({ grants: [{ ...lifetime, kind: 'model_access', user: ada, models: ['blocked-*'] }] });
    expect(await listed()).toContain('blocked-sonnet');
    expect((await team.call('/v1/messages/count_tokens', count)).status).toBe(200);
    const granted = await call();
    expect(granted.status).toBe(200);
    expect(told(granted).steering).toBe('nudge; reason=phase-out:blocked');
  });
});

describe('a caller who pins', () => {
  const headers = { 'x-headgate-pin': 'true' };

  test('is served as asked where the team allows it, and moved where not', async () => {
    await phaseOut('pinned', { action: 'move', percent: 100 });
    const team = await makeTeam();
    playProvider(answerTo);
    const call = async () =>
      told(await team.call('/v1/messages', { ...messages, model: 'pinned-sonnet' }, { headers }));
    expect(await call()).toMatchObject({ model: 'ours', steering: 'moved; reason=phase-out:pinned' });
    await team.configure({ steering: { pin: [ada], downshift: null } });
    expect(await call()).toMatchObject({ model: 'pinned-sonnet', steering: 'pinned; reason=asked' });
  });

  test('is refused all the same once the model is blocked', async () => {
    await phaseOut('late', { action: 'block' });
    const team = await makeTeam({ steering: { pin: true, downshift: null } });
    playProvider(answerTo);
    expect((await team.call('/v1/messages', { ...messages, model: 'late-sonnet' }, { headers })).status).toBe(403);
  });
});

describe('a downshift', () => {
  const outside: BudgetInput = {
    id: budgetIdSchema.parse('outside'),
    scope: { kind: 'model', id: 'claude-*' },
    unit: 'requests',
    limit: 2,
    period: 'month',
    enforcement: 'hard',
  };
  const steering = { pin: [], downshift: { models: ['claude-*'], to: 'ours', fromPercent: 50 } } as const;

  test('prefers the other model from its share of a budget on, also when the budget is used up', async () => {
    const team = await makeTeam({ budgets: [outside], steering });
    playProvider(answerTo);
    const call = async (change: object = {}) => {
      const response = await team.call('/v1/messages', { ...messages, ...change });
      await response.text();
      return { ...told(response), notice: response.headers.get('x-headgate-notice') };
    };
    expect(await call()).toEqual({ model: 'claude-sonnet-4-5', asked: null, steering: null, notice: null });
    expect(await call()).toEqual({
      model: 'ours',
      asked: 'claude-sonnet-4-5',
      steering: 'downshift; reason=budget:outside',
      notice: 'Budget "outside" is 50% used; ours answered in place of claude-sonnet-4-5.',
    });
    expect(await call({ messages: [PICTURE] })).toMatchObject({
      model: 'claude-sonnet-4-5',
      steering: 'not-moved; reason=lacks:images',
    });
    expect(await call()).toMatchObject({ model: 'ours', steering: 'downshift; reason=budget:outside' });
    const full = await team.call('/v1/messages', { ...messages, messages: [PICTURE] });
    expect(full.status).toBe(402);
    const events = await team.events();
    expect(events.map(({ model, asked_model, steering: how }) => [model, asked_model, how])).toEqual([
      ['claude-sonnet-4-5', null, null],
      ['ours', 'claude-sonnet-4-5', 'downshift'],
      ['claude-sonnet-4-5', null, 'not-moved'],
      ['ours', 'claude-sonnet-4-5', 'downshift'],
    ]);
  });

  test('does not concern who may pin and does', async () => {
    const team = await makeTeam({ budgets: [{ ...outside, limit: 1 }], steering: { ...steering, pin: true } });
    playProvider(answerTo);
    const call = (headers: Record<string, string>) => team.call('/v1/messages', messages, { headers });
    await (await call({})).text();
    const pinned = await call({ 'x-headgate-pin': 'true' });
    expect(pinned.status).toBe(402);
    expect(told(await call({})).model).toBe('ours');
  });
});
