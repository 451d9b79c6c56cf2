// The Responses API and embeddings through the real Worker and the real object: what goes upstream, what comes back, and
// what is charged, on every way that a call can end.

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ended,
  eventStream,
  makeTeam,
  playProvider,
  refuseAll,
  type Refusal,
  TEN_DOLLARS,
} from '../../helpers/line.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const call = { model: 'gpt-5-mini', input: 'Hello', max_output_tokens: 100 };
const usage = {
  input_tokens: 1_000,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 500,
  output_tokens_details: { reasoning_tokens: 128 },
  total_tokens: 1_500,
};
/** Micro-dollars: 1,000 tokens at $0.25 and 500 at $2 a million. */
const COST = 1_250;
const whole = { id: 'resp_1', object: 'response', status: 'completed', output: [], usage };

function pieces(words: readonly string[], ending: object | null = whole): string[] {
  const events = [
    { type: 'response.created', response: { ...whole, status: 'in_progress', usage: null } },
    ...words.map((delta) => ({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta })),
    ...(ending === null ? [] : [{ type: 'response.completed', response: ending }]),
  ];
  return events.map(
    (event, position) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: position })}\n\n`,
  );
}

describe('a whole response', () => {
  test('goes upstream to the byte, comes back to the byte, and is charged exactly', async () => {
    const team = await makeTeam();
    const answer = `{ "id":"resp_1","status":"completed", "output":[],"unheard_of":1,"usage":${JSON.stringify(usage)} }`;
    const journal = playProvider(() => new Response(answer, { headers: { 'content-type': 'application/json' } }));
    const sent = `{ "model":"gpt-5-mini", "input":"Hello","max_output_tokens":100, "seed": 12345678901234567890 }`;
    const response = await team.call('/v1/responses', sent);
    expect(await response.text()).toBe(answer);
    expect(response.headers.get('x-headgate-cost-usd')).toBe('0.00125');
    expect(journal).toMatchObject([{ url: 'https://openai.test/v1/responses', text: sent }]);
    expect(journal[0]?.headers.get('authorization')).toBe('Bearer sk-upstream-openai');
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: COST, estimated: 0, reasoning: 128 });
  });

  test('without a cap gets the one that the budget affords', async () => {
    const team = await makeTeam({ budgets: [{ ...TEN_DOLLARS, limit: 5_000 }] });
    const journal = playProvider(() => Response.json(whole));
    const { max_output_tokens: _cap, ...uncapped } = call;
    await (await team.call('/v1/responses', uncapped)).text();
    const cap = Number(journal[0]?.body['max_output_tokens']);
    expect(cap).toBeGreaterThan(2_000);
    expect(cap).toBeLessThan(2_500);
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: COST });
  });

  test('that failed without a bill costs nothing, with one what it says', async () => {
    const failed = { ...whole, status: 'failed', error: { code: 'server_error', message: 'no' } };
    for (const [body, cost] of [
      [{ ...failed, usage: null }, 0],
      [failed, COST],
    ] as const) {
      const team = await makeTeam();
      playProvider(() => Response.json(body));
      expect(await (await team.call('/v1/responses', call)).json()).toEqual(body);
      expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', cost_micros: cost });
      vi.restoreAllMocks();
    }
  });

  test('of zeros costs nothing, and is no missing bill', async () => {
    const team = await makeTeam();
    const zeros = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
    playProvider(() => Response.json({ ...whole, usage: zeros }));
    await (await team.call('/v1/responses', call)).text();
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: 0, estimated: 0 });
  });

  test.each([[{ ...whole, usage: null }], [{ ...whole, status: 'queued', usage: null }]])(
    'that does not say what it used is charged its hold: %j',
    async (body) => {
      const team = await makeTeam();
      playProvider(() => Response.json(body));
      await (await team.call('/v1/responses', call)).text();
      expect(await ended(team)).toMatchObject({ outcome: 'usage_missing', estimated: 1 });
    },
  );
});

describe('a streamed response', () => {
  test('comes to the byte, and is settled before its client sees the last event', async () => {
    const team = await makeTeam();
    const sent = pieces(['Hel', 'lo']);
    playProvider(() => eventStream({ pieces: sent, ending: 'hang' }));
    const response = await team.call('/v1/responses', { ...call, stream: true });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    while (!seen.includes('response.completed')) seen += (await reader?.read())?.value ?? '';
    expect((await team.ledger()).holds).toBe(0);
    expect(seen).toBe(sent.join(''));
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: COST, estimated: 0, stream: 1 });
  });

  test('that breaks off ends as a failed response, numbered on, and is charged for what was generated', async () => {
    const team = await makeTeam();
    playProvider(() => eventStream({ pieces: pieces(['three ', 'words ', 'only'], null), ending: 'break' }));
    const text = await (await team.call('/v1/responses', { ...call, stream: true })).text();
    expect(text).toMatch(/event: error\ndata: \{"type":"error","sequence_number":4,"code":"upstream_invalid"/);
    expect(text).toMatch(/event: response.failed\ndata: \{"type":"response.failed","sequence_number":5,.*\}\n\n$/);
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', estimated: 1, output: 6 });
  });

  test('that never ends is cut at the deadline of the call', async () => {
    const team = await makeTeam();
    playProvider(() => eventStream({ pieces: pieces(['slow'], null), ending: 'hang' }));
    const response = await team.call('/v1/responses', { ...call, stream: true });
    void response.text().catch(() => undefined);
    expect(await ended(team)).toMatchObject({ outcome: 'deadline', estimated: 1 });
  });

  test('of the provider’s own failure before any output is passed on and costs nothing', async () => {
    const team = await makeTeam();
    const error = { type: 'insufficient_quota', code: 'insufficient_quota', message: 'You exceeded your quota.' };
    const sent = [
      `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number: 0, error })}\n\n`,
      `event: response.failed\ndata: ${JSON.stringify({ type: 'response.failed', sequence_number: 1, response: { status: 'failed', usage: null } })}\n\n`,
    ];
    playProvider(() => eventStream({ pieces: sent }));
    expect(await (await team.call('/v1/responses', { ...call, stream: true })).text()).toBe(sent.join(''));
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', cost_micros: 0 });
  });
});

describe('a refusal', () => {
  test('for want of budget is a 429 that no client tries again', async () => {
    const team = await makeTeam({ budgets: [{ ...TEN_DOLLARS, limit: 1 }] });
    const journal = refuseAll();
    const response = await team.call('/v1/responses', call);
    expect(response.status).toBe(429);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(await response.json()).toMatchObject({
      error: { code: expect.stringMatching(/^(?:exhausted|too_expensive)$/) },
    });
    expect(journal).toHaveLength(0);
  });

  test.each([
    [{ background: true }, 'background'],
    [{ tools: [{ type: 'image_generation' }] }, 'tools'],
    [{ service_tier: 'ultrafast' }, 'service_tier'],
  ])('of %j names the field and holds nothing', async (change, field) => {
    const team = await makeTeam();
    const journal = refuseAll();
    const response = await team.call('/v1/responses', { ...call, ...change });
    expect(response.status).toBe(400);
    expect((await response.json<Refusal>()).error).toMatchObject({ code: 'bad_request', param: field });
    expect(journal).toHaveLength(0);
    expect(await team.ledger()).toMatchObject({ holds: 0, outbox: 0 });
  });

  test.each([
    ['GET', '/v1/responses/resp_1', /previous_response_id/],
    ['GET', '/v1/responses/resp_1/input_items', /previous_response_id/],
    ['DELETE', '/v1/responses/resp_1', /"store": false/],
    ['POST', '/v1/responses/resp_1/cancel', /close its connection/],
    ['POST', '/v1/responses/compact', /POST \/v1\/responses/],
    ['GET', '/v1/responses', /There is nothing/],
    ['DELETE', '/v1/responses/resp_1/input_items', /There is nothing/],
    ['GET', '/v1/embeddings', /There is nothing/],
  ])('of %s %s says that there is nothing, and what to do', async (method, path, advice) => {
    const team = await makeTeam();
    refuseAll();
    const response = await team.call(path, call, method === 'POST' ? {} : { method, body: null });
    expect(response.status).toBe(404);
    const { error } = await response.json<Refusal>();
    expect(error.code).toBe('unknown_path');
    expect(error.message).toMatch(advice);
  });

  test('at /v1/embeddings of a model that is not served there says where it is', async () => {
    const team = await makeTeam();
    refuseAll();
    const response = await team.call('/v1/embeddings', { ...call, model: 'claude-sonnet-4-5' });
    expect(response.status).toBe(400);
    const { error } = await response.json<Refusal>();
    expect(error).toMatchObject({
      code: 'dialect_unsupported',
      message: expect.stringContaining('POST /v1/messages'),
    });
  });
});

describe('counting the tokens of a response', () => {
  test('is passed through, and costs and holds nothing', async () => {
    const team = await makeTeam({ budgets: [{ ...TEN_DOLLARS, limit: 0 }] });
    const answer = { object: 'response.input_tokens', input_tokens: 11 };
    const journal = playProvider(() => Response.json(answer));
    const response = await team.call('/v1/responses/input_tokens', { model: 'gpt-5-mini', input: 'Hello' });
    expect(await response.json()).toEqual(answer);
    expect(journal[0]?.url).toBe('https://openai.test/v1/responses/input_tokens');
    expect(await team.ledger()).toMatchObject({ holds: 0, outbox: 0 });
  });
});

describe('embeddings', () => {
  const texts = { model: 'text-embedding-3-small', input: ['Hello', 'you'], encoding_format: 'base64' };
  const answer = { object: 'list', data: [], usage: { prompt_tokens: 100, total_tokens: 100 } };

  test('go upstream to the byte and are charged for their input alone', async () => {
    const team = await makeTeam();
    const journal = playProvider(() => Response.json(answer));
    const response = await team.call('/v1/embeddings', texts);
    expect(await response.json()).toEqual(answer);
    expect(journal).toMatchObject([{ url: 'https://openai.test/v1/embeddings', text: JSON.stringify(texts) }]);
    expect(await ended(team)).toMatchObject({
      outcome: 'completed',
      cost_micros: 2,
      input: 100,
      output: 0,
      estimated: 0,
    });
  });

  test('hold what all of their texts may cost, even where together they are longer than the window', async () => {
    const team = await makeTeam();
    const held: number[] = [];
    playProvider(async () => {
      held.push((await team.ledger()).budgets[0]?.held ?? 0);
      return Response.json(answer);
    });
    const input = Array.from({ length: 8 }, () => 'x'.repeat(5_000));
    await (await team.call('/v1/embeddings', { ...texts, input })).text();
    // 40,016 tokens at $0.02 a million, rounded up; the window alone would be 8,192 of them.
    expect(held).toEqual([801]);
  });

  test('that do not say what they used are charged their hold', async () => {
    const team = await makeTeam();
    playProvider(() => Response.json({ ...answer, usage: null }));
    await (await team.call('/v1/embeddings', texts)).text();
    expect(await ended(team)).toMatchObject({ outcome: 'usage_missing', estimated: 1, cost_micros: 1 });
  });

  test('are refused with the status that stops every client of OpenAI’s', async () => {
    const team = await makeTeam({ budgets: [{ ...TEN_DOLLARS, limit: 0 }] });
    refuseAll();
    const response = await team.call('/v1/embeddings', texts);
    expect(response.status).toBe(402);
    expect(response.headers.get('x-should-retry')).toBe('false');
  });
});
