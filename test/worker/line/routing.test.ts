// A model of several targets: who is asked, and what follows a failure. Whatever was tried, there is one event that names
// who served.

import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { chat, chatPieces, COST, ended, eventStream, makeTeam, playProvider } from '../../helpers/line.ts';
import { answer, asked, DEAR, defineModels, failure, isFirst, target } from '../../helpers/routed-models.ts';

beforeAll(() =>
  defineModels({
    usual: [target('openai', 'usual-a'), target('groq', 'usual-b')],
    table: [target('openai', 'table-a'), target('groq', 'table-b')],
    firm: [target('openai', 'firm-a'), target('groq', 'firm-b')],
    lost: [target('openai', 'lost-a'), target('groq', 'lost-b')],
    cut: [target('openai', 'cut-a'), target('groq', 'cut-b')],
    mixed: [target('anthropic', 'mixed-a'), target('openai', 'mixed-b')],
    alone: [target('openai', 'alone-a')],
    waiting: [target('openai', 'waiting-a'), target('groq', 'waiting-b')],
    leaving: [target('openai', 'leaving-a')],
    shared: [target('openai', 'shared-a', { weight: 1 }), target('groq', 'shared-b', { weight: 1 })],
    mended: [target('openai', 'mended-a'), target('groq', 'mended-b')],
    broken: [target('openai', 'broken-a'), target('groq', 'broken-b')],
  }),
);
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a first target that is in trouble', () => {
  test.each([408, 429, 500, 502, 503, 504, 529])('and says %i is followed by the second', async (status) => {
    const team = await makeTeam();
    const journal = playProvider((received) => (isFirst(received) ? failure(status) : answer()));
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'table' });
    expect(response.status).toBe(200);
    await response.text();
    const served = asked(journal).at(-1);
    expect(served).toBe('table-b');
    expect(await ended(team)).toMatchObject({
      outcome: 'completed',
      provider: 'groq',
      cost_micros: DEAR,
      estimated: 0,
    });
  });

  test('is named in the answer and in the event, with what served', async () => {
    const team = await makeTeam();
    const journal = playProvider((received) => (isFirst(received) ? failure(503) : answer()));
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'usual' });
    await response.text();
    expect(asked(journal)).toEqual(['usual-a', 'usual-b']);
    expect(journal.map(({ url }) => new URL(url).host)).toEqual(['openai.test', 'groq.test']);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-headgate-model': 'usual',
      'x-headgate-provider': 'groq',
      'x-headgate-attempts': 'openai/usual-a 503, groq/usual-b 200',
      'x-headgate-cost-usd': '0.015',
    });
    expect(await ended(team)).toMatchObject({
      model: 'usual',
      provider: 'groq',
      upstream_model: 'usual-b',
      price_version: 'model:usual@v1/2',
      tried: '[{"provider":"openai","upstreamModel":"usual-a","result":"503"}]',
      cost_micros: DEAR,
    });
  });

  test('by not being there costs nothing there', async () => {
    const team = await makeTeam();
    playProvider((received) => (isFirst(received) ? Promise.reject(new Error('Network connection lost.')) : answer()));
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'lost' });
    expect(response.headers.get('x-headgate-attempts')).toBe('openai/lost-a unreachable, groq/lost-b 200');
    await response.text();
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: DEAR, estimated: 0 });
  });

  test.each([400, 401, 403, 404, 413, 422])('and says %i is the answer: it is about the request', async (status) => {
    const team = await makeTeam();
    const journal = playProvider(() => failure(status));
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'firm' });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-headgate-attempts')).toBeNull();
    expect(await response.json()).toEqual({ error: { message: 'no' } });
    expect(asked(journal)).toEqual(['firm-a']);
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_refused', status, cost_micros: 0, tried: null });
  });
});

describe('targets that all fail', () => {
  test('are asked again after a pause, a few times in all, and the last word is passed on', async () => {
    const team = await makeTeam();
    const journal = playProvider((received) => failure(isFirst(received) ? 500 : 503, { 'retry-after': '0' }));
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'waiting' });
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ error: { message: 'no' } });
    expect(asked(journal)).toEqual(['waiting-a', 'waiting-b', 'waiting-a', 'waiting-b']);
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_refused', status: 503, cost_micros: 0 });
  });

  test('are not asked again before they want to be', async () => {
    const team = await makeTeam();
    const journal = playProvider(() => failure(429, { 'retry-after': '60' }));
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'alone' });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('60');
    expect(journal).toHaveLength(1);
    await ended(team);
  });

  test('are left in peace when the client is gone', async () => {
    const team = await makeTeam();
    const client = new AbortController();
    const journal = playProvider(() => {
      setTimeout(() => client.abort(), 20);
      return failure(503);
    });
    const call = team.call('/v1/chat/completions', { ...chat, model: 'leaving' }, { signal: client.signal });
    await call.catch(() => undefined);
    expect(await ended(team)).toMatchObject({ outcome: 'client_gone', cost_micros: 0 });
    expect(journal).toHaveLength(1);
  });
});

test('a stream that breaks after its first byte is not tried elsewhere', async () => {
  const team = await makeTeam();
  const journal = playProvider(() =>
    eventStream({ pieces: chatPieces(['Hi', 'there'], null).slice(0, 2), ending: 'break' }),
  );
  const response = await team.call('/v1/chat/completions', { ...chat, model: 'cut', stream: true });
  expect(await response.text()).toContain('upstream_invalid');
  expect(asked(journal)).toEqual(['cut-a']);
  expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', provider: 'openai', tried: null, estimated: 1 });
});

test('a target that cannot carry the call is left out while others can', async () => {
  const team = await makeTeam();
  const journal = playProvider(() => answer());
  const response = await team.call('/v1/chat/completions', { ...chat, model: 'mixed', logprobs: true });
  await response.text();
  expect(asked(journal)).toEqual(['mixed-b']);
  await ended(team);
  const other = await team.call('/v1/embeddings', { input: 'x', model: 'claude-sonnet-4-5' });
  expect(other.status).toBe(400);
  expect(await other.json()).toMatchObject({ error: { code: 'dialect_unsupported' } });
});

describe('targets that share the first place', () => {
  test('are chosen by conversation: all turns of one go to one', async () => {
    const team = await makeTeam();
    const journal = playProvider(() => answer());
    const turns = (session: string) =>
      [1, 2, 3].map(async () => {
        const body = { ...chat, model: 'shared' };
        await (await team.call('/v1/chat/completions', body, { headers: { 'session-id': session } })).text();
      });
    const sessions = Array.from({ length: 12 }, (_, nth) => `session-${nth}`);
    const chosen = new Set<unknown>();
    for (const session of sessions) {
      journal.length = 0;
      await Promise.all(turns(session));
      expect(new Set(asked(journal)).size).toBe(1);
      chosen.add(asked(journal)[0]);
    }
    expect(chosen.size).toBe(2);
  });
});

test('a target that failed several times is left alone by later calls', async () => {
  const team = await makeTeam();
  const journal = playProvider((received) => (isFirst(received) ? failure(500) : answer()));
  for (let nth = 0; nth < 5; nth += 1)
    await (await team.call('/v1/chat/completions', { ...chat, model: 'broken' })).text();
  journal.length = 0;
  const response = await team.call('/v1/chat/completions', { ...chat, model: 'broken' });
  await response.text();
  expect(asked(journal)).toEqual(['broken-b']);
  expect(response.headers.get('x-headgate-attempts')).toBeNull();
});

test('a target that answers in between is not left alone', async () => {
  const team = await makeTeam();
  let isDown = true;
  const journal = playProvider((received) => (isFirst(received) && isDown ? failure(500) : answer()));
  const call = async () => (await team.call('/v1/chat/completions', { ...chat, model: 'mended' })).text();
  for (let nth = 0; nth < 4; nth += 1) await call();
  isDown = false;
  await call();
  isDown = true;
  await call();
  journal.length = 0;
  await call();
  expect(asked(journal)[0]).toBe('mended-a');
});

test('a model of one target is passed through: nothing is tried twice', async () => {
  const team = await makeTeam();
  const journal = playProvider(() => failure(503));
  const response = await team.call('/v1/chat/completions', chat);
  expect(response.status).toBe(503);
  expect(journal).toHaveLength(1);
  expect(await ended(team)).toMatchObject({ tried: null });
  playProvider(() => answer());
  expect((await team.call('/v1/chat/completions', chat)).headers.get('x-headgate-cost-usd')).toBe(String(COST / 1e6));
});
