// Every way a streamed call can end: none leaves a hold behind, each has exactly one event that says what happened.

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  chat,
  messages,
  USAGE,
  COST,
  chatPieces,
  ended,
  eventStream,
  makeTeam,
  messagePieces,
  playProvider,
} from '../../helpers/line.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a stream', () => {
  test('is settled before its end, and usage nobody asked for is withheld', async () => {
    const team = await makeTeam();
    const pieces = chatPieces(['Hel', 'lo'], USAGE);
    const journal = playProvider(() => eventStream({ pieces }));
    const response = await team.call('/v1/chat/completions', { ...chat, stream: true });
    const text = await response.text();
    expect((await team.ledger()).holds).toBe(0);
    expect(text).toBe(pieces.filter((piece) => !piece.includes('"choices":[]')).join(''));
    expect(journal[0]?.body['stream_options']).toEqual({ include_usage: true });
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: COST, estimated: 0, stream: 1 });
  });

  test.each([
    ['/v1/chat/completions', { ...chat, stream: true }, () => chatPieces(['Hel', 'lo'], USAGE), '[DONE]'],
    [
      '/v1/messages',
      { ...messages, stream: true },
      () => messagePieces(['Hel', 'lo'], { input_tokens: 9, output_tokens: 1 }, { output_tokens: 4 }),
      'message_stop',
    ],
  ] as const)(
    'of %s is settled before its client sees the last event, even if the provider keeps the connection open',
    async (path, body, pieces, last) => {
      const team = await makeTeam();
      playProvider(() => eventStream({ pieces: pieces(), ending: 'hang' }));
      const response = await team.call(path, body);
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let seen = '';
      while (!seen.includes(last)) seen += (await reader?.read())?.value ?? '';
      expect((await team.ledger()).holds).toBe(0);
      expect(await ended(team)).toMatchObject({ outcome: 'completed', status: 200, estimated: 0 });
      expect(await reader?.read()).toEqual({ done: true, value: undefined });
    },
  );

  test('shows usage to a client that asked for it, and its body goes upstream to the byte', async () => {
    const team = await makeTeam();
    const pieces = chatPieces(['Hello'], USAGE);
    const journal = playProvider(() => eventStream({ pieces }));
    const sent = `{ "model":"gpt-5-mini", "stream":true,"max_completion_tokens":100, "stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}], "seed": 12345678901234567890 }`;
    const response = await team.call('/v1/chat/completions', sent);
    expect(await response.text()).toBe(pieces.join(''));
    expect(journal[0]?.text).toBe(sent);
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: COST });
  });

  test('whose last event lacks its blank line loses nothing of it', async () => {
    const team = await makeTeam();
    const pieces = [...chatPieces(['Hello'], USAGE).slice(0, -1), 'data: [DONE]'];
    playProvider(() => eventStream({ pieces }));
    const text = await (await team.call('/v1/chat/completions', { ...chat, stream: true })).text();
    expect(text.endsWith('data: [DONE]')).toBe(true);
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: COST });
  });

  test('that breaks off tells the client so, and charges what was generated', async () => {
    const team = await makeTeam();
    playProvider(() =>
      eventStream({ pieces: chatPieces(['three ', 'words ', 'only'], null).slice(0, 3), ending: 'break' }),
    );
    const text = await (await team.call('/v1/chat/completions', { ...chat, stream: true })).text();
    expect(text).toContain('"code":"upstream_invalid"');
    const event = await ended(team);
    expect(event).toMatchObject({ outcome: 'upstream_cut', estimated: 1, output: 6 });
    expect(event.cost_micros).toBeGreaterThan(0);
  });

  test('that ends without its proper end is a cut as well', async () => {
    const team = await makeTeam();
    playProvider(() => eventStream({ pieces: chatPieces(['cut'], null).slice(0, 1) }));
    const text = await (await team.call('/v1/chat/completions', { ...chat, stream: true })).text();
    expect(text).toContain('broke the answer off');
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', estimated: 1 });
  });

  test('of messages that breaks off keeps the exact input it was told', async () => {
    const team = await makeTeam();
    const start = {
      input_tokens: 1_234,
      output_tokens: 1,
      cache_read_input_tokens: 10,
      cache_creation_input_tokens: 20,
    };
    playProvider(() => eventStream({ pieces: messagePieces(['abcdef'], start, null).slice(0, 3), ending: 'break' }));
    const text = await (await team.call('/v1/messages', { ...messages, stream: true })).text();
    expect(text).toMatch(/event: error\ndata: .*upstream_invalid/);
    expect(await ended(team)).toMatchObject({
      outcome: 'upstream_cut',
      estimated: 1,
      input: 1_234,
      cache_read: 10,
      cache_write_5m: 20,
      output: 2,
    });
  });

  test('with an error event before anything was produced costs nothing; the event is passed on', async () => {
    const team = await makeTeam();
    const piece = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
    playProvider(() => eventStream({ pieces: [piece] }));
    expect(await (await team.call('/v1/messages', { ...messages, stream: true })).text()).toBe(piece);
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', cost_micros: 0 });
  });

  test.each([
    'event: error\ndata: {"message":"boom","code":"server_error"}\n\n',
    'data: {"error":"boom"}\n\n',
    'data: {"error":{"message":"boom"}}\n\n',
  ])('of chat that is nothing but %j costs nothing and is passed on as it is', async (piece) => {
    const team = await makeTeam();
    playProvider(() => eventStream({ pieces: [piece] }));
    expect(await (await team.call('/v1/chat/completions', { ...chat, stream: true })).text()).toBe(piece);
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', cost_micros: 0 });
  });

  test('with an error event after some output charges that output', async () => {
    const team = await makeTeam();
    const error = 'data: {"error":{"message":"boom","code":500}}\n\n';
    playProvider(() => eventStream({ pieces: [...chatPieces(['abcdef'], null).slice(0, 1), error] }));
    const text = await (await team.call('/v1/chat/completions', { ...chat, stream: true })).text();
    expect(text.endsWith(error)).toBe(true);
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', estimated: 1, output: 2 });
  });

  test('without usage is charged its hold', async () => {
    const team = await makeTeam();
    playProvider(() => eventStream({ pieces: chatPieces(['Hello'], null) }));
    await (await team.call('/v1/chat/completions', { ...chat, stream: true })).text();
    expect(await ended(team)).toMatchObject({ outcome: 'usage_missing', estimated: 1 });
  });

  test('that never ends is cut at the deadline of the call', async () => {
    const team = await makeTeam();
    playProvider(() => eventStream({ pieces: chatPieces(['slow'], null).slice(0, 1), ending: 'hang' }));
    const response = await team.call('/v1/chat/completions', { ...chat, stream: true });
    void response.text().catch(() => undefined);
    expect(await ended(team)).toMatchObject({ outcome: 'deadline', estimated: 1 });
  });

  test('whose client leaves after the first chunk is aborted upstream and charged once', async () => {
    const team = await makeTeam();
    const journal = playProvider(() =>
      eventStream({
        pieces: chatPieces(
          Array.from({ length: 50 }, () => 'word '),
          USAGE,
        ),
        pauseMs: 20,
      }),
    );
    const response = await team.call('/v1/chat/completions', { ...chat, stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    const event = await ended(team);
    expect(event).toMatchObject({ outcome: 'client_gone', estimated: 1 });
    expect(event.cost_micros).toBeGreaterThan(0);
    expect(event.cost_micros).toBeLessThan(COST);
    expect(journal[0]?.signal?.aborted).toBe(true);
  });

  test('whose client leaves a provider that goes on is read to its end, and billed exactly', async () => {
    const team = await makeTeam();
    const usage = { prompt_tokens: 1_000, completion_tokens: 500, total_tokens: 1_500 };
    const journal = playProvider(() =>
      eventStream({
        pieces: chatPieces(
          Array.from({ length: 10 }, () => 'word '),
          usage,
        ),
        pauseMs: 20,
      }),
    );
    const response = await team.call('/v1/chat/completions', {
      ...chat,
      model: 'llama-3.3-70b-versatile',
      stream: true,
    });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(await ended(team)).toMatchObject({ outcome: 'client_gone', estimated: 0, input: 1_000, output: 500 });
    expect(journal[0]?.url).toBe('https://groq.test/v1/chat/completions');
  });
});
