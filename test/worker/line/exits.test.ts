// Every way a call can end: none leaves a hold behind, each has exactly one event, and the event says what happened.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { chat, messages, USAGE, COST, ended, makeTeam, playProvider } from '../../helpers/line.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('an answer in one piece', () => {
  test('is settled exactly and told to the client with its cost', async () => {
    const team = await makeTeam();
    playProvider(() => Response.json({ id: 'x', choices: [{ message: { content: 'Hi' } }], usage: USAGE, odd: [1] }));
    const response = await team.call('/v1/chat/completions', chat);
    expect(await response.json()).toEqual({
      id: 'x',
      choices: [{ message: { content: 'Hi' } }],
      usage: USAGE,
      odd: [1],
    });
    expect(response.headers.get('x-headgate-cost-usd')).toBe('0.00125');
    expect(response.headers.get('x-headgate-budget-remaining')).toBe('9.99875');
    expect(await ended(team)).toMatchObject({
      outcome: 'completed',
      status: 200,
      cost_micros: COST,
      estimated: 0,
      input: 1_000,
      output: 500,
    });
  });

  test('without usage is charged its hold', async () => {
    const team = await makeTeam();
    playProvider(() => Response.json({ choices: [{ message: { content: 'Hi' } }] }));
    await (await team.call('/v1/chat/completions', chat)).text();
    const event = await ended(team);
    expect(event).toMatchObject({ outcome: 'usage_missing', estimated: 1 });
    expect(event.cost_micros).toBeGreaterThan(200);
  });

  test.each([
    { prompt_tokens: -5, completion_tokens: 1, total_tokens: -4 },
    { prompt_tokens: 1.5, completion_tokens: 1, total_tokens: 2.5 },
    { prompt_tokens: '1000', completion_tokens: 1, total_tokens: 1_001 },
  ])('with impossible usage %j is charged its hold', async (usage) => {
    const team = await makeTeam();
    playProvider(() => Response.json({ choices: [], usage }));
    await (await team.call('/v1/chat/completions', chat)).text();
    expect(await ended(team)).toMatchObject({ outcome: 'usage_missing', estimated: 1 });
  });

  test('that is no JSON passes untouched and is charged its hold', async () => {
    const team = await makeTeam();
    playProvider(() => new Response('surprise', { headers: { 'content-type': 'application/json' } }));
    expect(await (await team.call('/v1/chat/completions', chat)).text()).toBe('surprise');
    expect(await ended(team)).toMatchObject({ outcome: 'usage_missing', estimated: 1 });
  });

  test('that breaks off is a clear 502, and charged its hold', async () => {
    const team = await makeTeam();
    playProvider(() => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"half')),
        pull: (controller) => controller.error(new Error('reset')),
      });
      return new Response(body, { headers: { 'content-type': 'application/json' } });
    });
    const response = await team.call('/v1/chat/completions', chat);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_invalid' } });
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', status: 502, estimated: 1 });
  });

  test('with all counts zero costs nothing, because zero is a legal bill', async () => {
    const team = await makeTeam();
    playProvider(() =>
      Response.json({ choices: [], usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }),
    );
    await (await team.call('/v1/chat/completions', chat)).text();
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: 0, estimated: 0 });
  });
});

describe('a provider that refuses or fails', () => {
  test.each([400, 401, 429, 500, 529])('with %i is passed on to the byte and costs nothing', async (status) => {
    const team = await makeTeam();
    const body = '{"type":"error", "error":{"type":"x","message":"\\u00e9 spacing  kept"}}';
    playProvider(
      () => new Response(body, { status, headers: { 'retry-after': '7', 'request-id': 'up-1', 'set-cookie': 'a=b' } }),
    );
    const response = await team.call('/v1/messages', messages);
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(body);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('request-id')).toBe('up-1');
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_refused', status, cost_micros: 0 });
  });

  test('by not being there is a 502 that may be tried again, and costs nothing', async () => {
    const team = await makeTeam();
    playProvider(() => Promise.reject(new Error('Network connection lost.')));
    const response = await team.call('/v1/chat/completions', chat);
    expect(response.status).toBe(502);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_failed', status: 502, cost_micros: 0 });
  });

  test('by never answering is a 504, and charged its hold because it may have worked', async () => {
    const team = await makeTeam();
    playProvider(
      ({ signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted')))),
    );
    const response = await team.call('/v1/chat/completions', chat);
    expect(response.status).toBe(504);
    expect(await ended(team)).toMatchObject({ outcome: 'deadline', status: 504, estimated: 1 });
  });

  test('by a redirect is never followed', async () => {
    const team = await makeTeam();
    const journal = playProvider(
      () => new Response(null, { status: 302, headers: { location: 'https://evil.test/' } }),
    );
    const response = await team.call('/v1/chat/completions', chat);
    expect(response.status).toBe(502);
    expect(response.headers.get('location')).toBeNull();
    expect(journal).toHaveLength(1);
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_failed', cost_micros: 0 });
  });
});
