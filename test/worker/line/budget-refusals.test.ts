// Calls that a budget has no room for: each is refused with the numbers, and the right kind of refusal.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { budgetIdSchema } from '../../../schema/ids.ts';
import { chat, makeTeam, messages, playProvider, refuseAll, TEN_DOLLARS, type Refusal } from '../../helpers/line.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a budget', () => {
  test.each([
    ['/v1/chat/completions', chat, 402, 'insufficient_quota'],
    ['/v1/messages', messages, 402, 'billing_error'],
  ])('that is used up ends %s with the numbers and no retry', async (path, body, status, type) => {
    const team = await makeTeam();
    playProvider(() => Response.json({ usage: { prompt_tokens: 100, input_tokens: 100 } }));
    await (await team.call(path, body)).text();
    await team.configure({ budgets: [{ ...TEN_DOLLARS, limit: 1 }] });
    const response = await team.call(path, body);
    expect(response.status).toBe(status);
    expect(response.headers.get('x-should-retry')).toBe('false');
    const { error } = await response.json<Refusal>();
    expect(error).toMatchObject({
      type,
      code: 'exhausted',
      details: { budget: 'monthly', limit: '0.000001', held: '0.00' },
    });
    expect(error.message).toMatch(
      /^Budget "monthly" .*\$0\.000\d+ of \$0\.000001 used.*This call may take up to \$0\.\d+/,
    );
    expect(error.message).not.toContain('\n');
  });

  test('of zero says so, since waiting will not help', async () => {
    const team = await makeTeam({ budgets: [{ ...TEN_DOLLARS, limit: 0 }] });
    refuseAll();
    const { error } = await (await team.call('/v1/messages', messages)).json<Refusal>();
    expect(error).toMatchObject({ code: 'exhausted' });
    expect(error.message).toContain('is set to $0.00');
  });

  test('refuses an absurd cap as too expensive, and names what it may take', async () => {
    const team = await makeTeam();
    refuseAll();
    const response = await team.call('/v1/messages', { ...messages, max_tokens: Number.MAX_SAFE_INTEGER });
    expect(response.status).toBe(402);
    expect((await response.json<Refusal>()).error.code).toBe('too_expensive');
    expect(await team.ledger()).toMatchObject({ holds: 0 });
  });

  test('that other calls hold lets a call wait for its room, and is contended when none comes free in time', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 };
    const team = await makeTeam({ budgets: [{ ...TEN_DOLLARS, limit: 400 }] });
    const go = Promise.withResolvers<void>();
    const answer = { choices: [{ message: { content: 'a' } }], usage };
    playProvider(async () => {
      await go.promise;
      return Response.json(answer);
    });
    const first = team.call('/v1/chat/completions', chat);
    await vi.waitFor(async () => expect((await team.ledger()).holds).toBe(1));
    const second = await team.call('/v1/chat/completions', chat);
    expect(second.status).toBe(429);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await second.json<Refusal>()).error.code).toBe('contended');
    const third = team.call('/v1/chat/completions', chat);
    await vi.waitFor(async () => expect((await team.ledger()).waiting).toBe(1));
    go.resolve();
    expect((await first).status).toBe(200);
    expect((await third).status).toBe(200);
    expect(await team.ledger()).toMatchObject({ holds: 0, waiting: 0 });
  });

  test('shrinks the cap of a call that brought none, and leaves a cap that was brought alone', async () => {
    const team = await makeTeam({ budgets: [{ ...TEN_DOLLARS, limit: 1_000 }] });
    const journal = playProvider(() =>
      Response.json({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
    );
    const uncapped = { model: 'gpt-5-mini', messages: chat.messages };
    await (await team.call('/v1/chat/completions', uncapped)).text();
    const cap = Number(journal[0]?.body['max_completion_tokens']);
    expect(cap).toBeGreaterThan(256);
    expect(cap).toBeLessThan(500);
    await (await team.call('/v1/chat/completions', chat)).text();
    expect(journal[1]?.body['max_completion_tokens']).toBe(100);
    await team.configure({ budgets: [] });
    await (await team.call('/v1/chat/completions', uncapped)).text();
    expect(journal[2]?.body['max_completion_tokens']).toBe(128_000);
  });

  test('in tokens and in requests counts calls as well', async () => {
    const team = await makeTeam({
      budgets: [{ ...TEN_DOLLARS, id: budgetIdSchema.parse('few'), unit: 'requests', limit: 1 }],
    });
    playProvider(() =>
      Response.json({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
    );
    expect((await team.call('/v1/chat/completions', chat)).status).toBe(200);
    const second = await team.call('/v1/chat/completions', chat);
    expect(second.status).toBe(402);
    expect((await second.json<Refusal>()).error.message).toContain('1 requests of 1 requests used');
  });
});
