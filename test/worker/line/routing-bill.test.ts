// What a call costs that may be served by several targets: one hold covers it, what was given up is charged, and no budget
// is overdrawn.

import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  chat,
  chatPieces,
  ended,
  eventStream,
  makeTeam,
  playProvider,
  TEN_DOLLARS,
  USAGE,
} from '../../helpers/line.ts';
import { answer, asked, CHEAP, DEAR, defineModels, isFirst, never, target } from '../../helpers/routed-models.ts';

const budgetOf = (limit: number) => ({ budgets: [{ ...TEN_DOLLARS, limit }] });

beforeAll(() =>
  defineModels({
    slow: [target('openai', 'slow-a', { firstByteTimeoutMs: 100 }), target('groq', 'slow-b')],
    slowly: [target('groq', 'slowly-a', { firstByteTimeoutMs: 100 }), target('openai', 'slowly-b')],
    hanging: [
      target('openai', 'hanging-a', { firstByteTimeoutMs: 100 }),
      target('groq', 'hanging-b', { firstByteTimeoutMs: 100 }),
    ],
    mute: [target('openai', 'mute-a', { firstByteTimeoutMs: 100 }), target('groq', 'mute-b')],
    hushed: ['hushed-a', 'hushed-b'].map((name) => target('openai', name, { firstByteTimeoutMs: 100 })),
    trio: ['trio-a', 'trio-b', 'trio-c'].map((name) => target('openai', name, { firstByteTimeoutMs: 100 })),
    cheap: [target('groq', 'cheap-a'), target('openai', 'cheap-b')],
  }),
);
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a first target that never answers', () => {
  test('is given up in its own time, and its stream is charged as far as it may have come', async () => {
    const team = await makeTeam();
    playProvider((received) =>
      isFirst(received) ? never(received) : eventStream({ pieces: chatPieces(['Hi'], USAGE) }),
    );
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'slow', stream: true });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Hi');
    const event = await ended(team);
    expect(event).toMatchObject({ outcome: 'completed', provider: 'groq', estimated: 1 });
    expect(event.tried).toContain('"result":"timeout"');
    // Some 110 bytes of text, and at most 1.1 s of unseen work, at a dollar a million tokens.
    expect(event.cost_micros).toBeGreaterThan(DEAR + 30);
    expect(event.cost_micros).toBeLessThan(DEAR + 150);
  });

  test('is charged as held where it goes on for nobody', async () => {
    const team = await makeTeam();
    playProvider((received) => (isFirst(received) ? never(received) : answer()));
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'slowly' });
    expect(response.headers.get('x-headgate-attempts')).toBe('groq/slowly-a timeout, openai/slowly-b 200');
    await response.text();
    const event = await ended(team);
    // A hundred tokens of output at ten dollars a million, and its input.
    expect(event).toMatchObject({ outcome: 'completed', provider: 'openai', estimated: 1 });
    expect(event.cost_micros).toBeGreaterThan(CHEAP + 1_000);
    expect(event.cost_micros).toBeLessThan(CHEAP + 3_000);
  });

  test('is followed by one that does not either, and then it is enough', async () => {
    const team = await makeTeam();
    const journal = playProvider(never);
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'hanging' });
    expect(response.status).toBe(504);
    expect(response.headers.get('x-headgate-attempts')).toBe('openai/hanging-a timeout, groq/hanging-b timeout');
    expect(response.headers.get('x-headgate-request-id')).toMatch(/^req_/);
    expect(asked(journal)).toEqual(['hanging-a', 'hanging-b']);
    const event = await ended(team);
    expect(event).toMatchObject({ outcome: 'deadline', status: 504, provider: 'groq', estimated: 1 });
    // Both may have worked: a hundred tokens of output at each.
    expect(event.cost_micros).toBeGreaterThan(1_100);
  });

  test('is not asked again, even where the hold would pay for it', async () => {
    const team = await makeTeam();
    const journal = playProvider(never);
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'hushed', stream: true });
    expect(response.status).toBe(504);
    expect(asked(journal)).toEqual(['hushed-a', 'hushed-b']);
    await ended(team);
  });

  test('has one successor at most where each is charged as held: two are all that was set aside', async () => {
    const team = await makeTeam();
    const journal = playProvider(never);
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'trio' });
    expect(response.status).toBe(504);
    expect(asked(journal)).toEqual(['trio-a', 'trio-b']);
    await ended(team);
  });
});

const silent = () => eventStream({ pieces: [], ending: 'hang' });

describe('a stream that has headers and no byte', () => {
  test('is given up like an answer that does not come', async () => {
    const team = await makeTeam();
    playProvider((received) => (isFirst(received) ? silent() : eventStream({ pieces: chatPieces(['Hi'], USAGE) })));
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'mute', stream: true });
    expect(response.headers.get('x-headgate-attempts')).toBe('openai/mute-a timeout, groq/mute-b 200');
    expect(await response.text()).toContain('Hi');
    expect(await ended(team)).toMatchObject({ outcome: 'completed', provider: 'groq', estimated: 1 });
  });

  test('is passed on from its first byte, however the pieces come', async () => {
    const team = await makeTeam();
    const pieces = chatPieces(['One', ' by', ' one'], USAGE);
    playProvider(() => eventStream({ pieces, pauseMs: 5 }));
    const response = await team.call('/v1/chat/completions', {
      ...chat,
      model: 'mute',
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(await response.text()).toBe(pieces.join(''));
    expect(await ended(team)).toMatchObject({ outcome: 'completed', provider: 'openai', cost_micros: 1_500 });
  });
});

describe('a budget', () => {
  test('in which only the cheaper target fits has the call served there', async () => {
    const team = await makeTeam(budgetOf(1_000));
    const journal = playProvider(() => answer());
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'cheap' });
    await response.text();
    expect(response.status).toBe(200);
    expect(asked(journal)).toEqual(['cheap-b']);
    expect(await ended(team)).toMatchObject({
      provider: 'openai',
      upstream_model: 'cheap-b',
      price_version: 'model:cheap@v1/2',
      tried: null,
      cost_micros: CHEAP,
    });
  });

  test('in which none fits refuses the call, and nobody is asked', async () => {
    const team = await makeTeam(budgetOf(100));
    const journal = playProvider(() => answer());
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'cheap' });
    expect(response.status).toBe(402);
    expect(journal).toEqual([]);
    expect((await team.ledger()).holds).toBe(0);
  });

  test('that has no room for a costly failure as well ends the call with it, and is not overdrawn', async () => {
    const limit = 300;
    const team = await makeTeam(budgetOf(limit));
    const journal = playProvider(never);
    const response = await team.call('/v1/chat/completions', { ...chat, model: 'hanging' });
    expect(response.status).toBe(504);
    expect(asked(journal)).toEqual(['hanging-a']);
    expect((await ended(team)).cost_micros).toBeLessThanOrEqual(limit);
  });

  test('is never asked for less than is sent upstream: a cap that is put in fits what is left at the price there', async () => {
    const team = await makeTeam(budgetOf(7_000));
    const journal = playProvider(() => answer());
    const { max_completion_tokens: _, ...uncapped } = chat;
    await (await team.call('/v1/chat/completions', { ...uncapped, model: 'cheap' })).text();
    const cap = Number(journal[0]?.body['max_tokens']);
    expect(asked(journal)).toEqual(['cheap-a']);
    expect(cap * 10).toBeLessThan(7_000);
    expect(cap).toBeGreaterThan(256);
    await vi.waitFor(async () => expect((await team.ledger()).holds).toBe(0));
  });
});
