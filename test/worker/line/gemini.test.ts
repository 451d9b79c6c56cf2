// Gemini through the real Worker: where its calls come in, what goes upstream, and how each of them ends.

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  ended,
  eventStream,
  makeTeam,
  playProvider,
  refuseAll,
  TEN_DOLLARS,
  type TestTeam,
} from '../../helpers/line.ts';

const MODEL = 'gemini-3.5-flash';
const AT = `/v1beta/models/${MODEL}`;
const body = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], generationConfig: { maxOutputTokens: 100 } };
/** Micro-dollars: 1,000 tokens at $1.50 and 500 at $9 a million. */
const COST = 6_000;
const usageMetadata = {
  promptTokenCount: 1_000,
  candidatesTokenCount: 400,
  thoughtsTokenCount: 100,
  totalTokenCount: 1_500,
};

function said(text: string, more: object = {}) {
  return { candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0, ...more }], modelVersion: MODEL };
}

const chunks = [
  { ...said('Hel'), usageMetadata: { promptTokenCount: 1_000, totalTokenCount: 1_000 } },
  { ...said('lo', { finishReason: 'STOP' }), usageMetadata },
];
const pieces = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`);

afterEach(() => {
  vi.restoreAllMocks();
});

/** A call with the key where Google's clients put it. */
function ask(team: TestTeam, path: string, sent: unknown = body, headers: Record<string, string> = {}) {
  return team.call(path, sent, { headers: { authorization: '', 'x-goog-api-key': team.key, ...headers } });
}

describe('a whole answer', () => {
  test.each([AT, `/v1/models/${MODEL}`, '/v1beta/models/gemini-3%2E5-flash', `/v1beta/models/${MODEL}%3A`])(
    'from %s is the provider’s own, and exactly billed',
    async (path) => {
      const team = await makeTeam();
      const answer = JSON.stringify({ ...said('Hello', { finishReason: 'STOP' }), usageMetadata }, null, 2);
      const journal = playProvider(() => new Response(answer, { headers: { 'content-type': 'application/json' } }));
      const response = await ask(
        team,
        `${path.replace(/%3A$/, '')}${path.endsWith('%3A') ? '%3A' : ':'}generateContent`,
      );
      expect(await response.text()).toBe(answer);
      expect(response.headers.get('x-headgate-cost-usd')).toBe('0.006');
      expect(journal[0]?.url).toBe(`https://gemini.test/v1beta/models/${MODEL}:generateContent`);
      expect(journal[0]?.body).toEqual(body);
      expect(journal[0]?.headers.get('x-goog-api-key')).toBe('upstream-gemini');
      expect(await ended(team)).toMatchObject({
        outcome: 'completed',
        dialect: 'gemini',
        provider: 'gemini',
        model: MODEL,
        input: 1_000,
        output: 500,
        reasoning: 100,
        cost_micros: COST,
        estimated: 0,
        stream: 0,
      });
    },
  );

  test.each([
    [{ 'x-goog-api-key': '' }, true, ''],
    [{ 'x-goog-api-key': '' }, false, 'Bearer '],
  ])('may be asked for with the key elsewhere %#, which stays here', async (headers, inQuery, bearer) => {
    const team = await makeTeam();
    const journal = playProvider(() => Response.json({ ...said('Hello'), usageMetadata }));
    const query = inQuery ? `?key=${team.key}&fields=candidates` : '';
    const authorization = bearer === '' ? '' : bearer + team.key;
    const response = await ask(team, `${AT}:generateContent${query}`, body, { ...headers, authorization });
    expect(response.status).toBe(200);
    expect(journal[0]?.url).toBe(`https://gemini.test/v1beta/models/${MODEL}:generateContent`);
    expect(JSON.stringify([...(journal[0]?.headers ?? [])])).not.toContain('hg_');
  });

  test('without a cap gets one, under the name that the client uses', async () => {
    const team = await makeTeam();
    const journal = playProvider(() => Response.json({ ...said('Hello'), usageMetadata }));
    await ask(team, `${AT}:generateContent`, { contents: body.contents, generation_config: { top_k: 3 } });
    expect(journal[0]?.body['generation_config']).toEqual({ top_k: 3, maxOutputTokens: 65_536 });
  });

  test('about audio is charged for what of it was audio at the rate of audio', async () => {
    const team = await makeTeam();
    const promptTokensDetails = [
      { modality: 'TEXT', tokenCount: 100 },
      { modality: 'AUDIO', tokenCount: 900 },
    ];
    playProvider(() => Response.json({ ...said('Hello'), usageMetadata: { ...usageMetadata, promptTokensDetails } }));
    const parts = [{ inlineData: { mimeType: 'audio/wav', data: 'UklGRg==' } }];
    await ask(team, '/v1beta/models/gemini-2.5-flash:generateContent', { ...body, contents: [{ parts }] });
    // 100 tokens at $0.30, 900 at $1 and 500 at $2.50 a million.
    expect(await ended(team)).toMatchObject({ input: 1_000, estimated: 0, cost_micros: 30 + 900 + 1_250 });
  });

  test('of an embedding without a bill is charged by its text', async () => {
    const team = await makeTeam();
    playProvider(() => Response.json({ embedding: { values: [0.5] } }));
    const content = { parts: [{ text: 'x'.repeat(3_000) }] };
    const response = await ask(team, '/v1beta/models/gemini-embedding-001:embedContent', { content });
    expect(await response.json()).toEqual({ embedding: { values: [0.5] } });
    // A byte is held as a token, at $0.15 a million, and a third of that is charged.
    expect(await ended(team)).toMatchObject({ outcome: 'completed', estimated: 1, output: 0, cost_micros: 152 });
  });
});

describe('a stream', () => {
  test('of events passes to the byte', async () => {
    const team = await makeTeam();
    const journal = playProvider(() => eventStream({ pieces }));
    const response = await ask(team, `${AT}:streamGenerateContent?alt=sse`);
    expect(await response.text()).toBe(pieces.join(''));
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(journal[0]?.url).toBe(`https://gemini.test/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`);
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: COST, estimated: 0, stream: 1 });
  });

  test('without alt is an array that comes in pieces, while the provider is asked for events', async () => {
    const team = await makeTeam();
    const journal = playProvider(() => eventStream({ pieces, pauseMs: 20 }));
    const response = await ask(team, `${AT}:streamGenerateContent`);
    const read: string[] = [];
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) read.push(decoder.decode(bytes));
    expect(read.length).toBeGreaterThan(1);
    expect(JSON.parse(read.join(''))).toEqual(chunks);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(journal[0]?.url).toContain('?alt=sse');
    expect(await ended(team)).toMatchObject({ outcome: 'completed', cost_micros: COST, estimated: 0 });
  });

  test('is settled before its end', async () => {
    const team = await makeTeam();
    playProvider(() => eventStream({ pieces }));
    await (await ask(team, `${AT}:streamGenerateContent?alt=sse`)).text();
    expect((await team.ledger()).holds).toBe(0);
  });

  test.each(['', '?alt=sse'])(
    '%s that breaks off says so in its own form, and keeps the input it was told',
    async (alt) => {
      const team = await makeTeam();
      playProvider(() => eventStream({ pieces: pieces.slice(0, 1), ending: 'break' }));
      const text = await (await ask(team, `${AT}:streamGenerateContent${alt}`)).text();
      const last: unknown = alt === '' ? JSON.parse(text)[1] : JSON.parse(text.split('data: ').at(-1) ?? '');
      expect(last).toMatchObject({
        error: { code: 502, status: 'UNAVAILABLE', message: expect.stringContaining('broke') },
      });
      expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', estimated: 1, input: 1_000, output: 1 });
    },
  );

  test('in which the provider fails is closed after its words', async () => {
    const team = await makeTeam();
    const error = { error: { code: 503, message: 'overloaded', status: 'UNAVAILABLE' } };
    playProvider(() => eventStream({ pieces: [`data: ${JSON.stringify(error)}\n\n`] }));
    expect(await (await ask(team, `${AT}:streamGenerateContent`)).json()).toEqual([error]);
    expect(await ended(team)).toMatchObject({ outcome: 'upstream_cut', cost_micros: 0 });
  });

  test('whose client leaves is read to its end, because Google bills it to its end', async () => {
    const team = await makeTeam();
    playProvider(() => eventStream({ pieces, pauseMs: 100 }));
    const reader = (await ask(team, `${AT}:streamGenerateContent?alt=sse`)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(await ended(team)).toMatchObject({ outcome: 'client_gone', cost_micros: COST, estimated: 0 });
  });
});

describe('refused in Google’s form', () => {
  test.each([
    [`${AT}:predict`, 404, 'UNKNOWN_PATH'],
    [`/v1/models/${MODEL}:predict`, 404, 'UNKNOWN_PATH'],
    ['/v1beta/models/:generateContent', 404, 'UNKNOWN_PATH'],
    ['/v1beta/models/%zz:generateContent', 404, 'UNKNOWN_PATH'],
    ['/v1beta/tunedModels/x:generateContent', 404, 'UNKNOWN_PATH'],
    ['/v1beta/models/nothing:generateContent', 404, 'MODEL_NOT_FOUND'],
  ])('is POST %s', async (path, status, reason) => {
    const team = await makeTeam();
    const journal = refuseAll();
    const response = await ask(team, path);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      error: {
        code: status,
        details: expect.arrayContaining([expect.objectContaining({ reason, domain: 'headgate' })]),
      },
    });
    expect(journal).toEqual([]);
  });

  test('is a key that is none, and a field that is wrong', async () => {
    const team = await makeTeam();
    refuseAll();
    const unknown = await ask(team, `${AT}:generateContent`, body, { 'x-goog-api-key': 'nothing' });
    expect(unknown.status).toBe(401);
    expect(await unknown.json()).toMatchObject({ error: { status: 'UNAUTHENTICATED' } });
    const twice = await ask(team, `${AT}:generateContent`, { ...body, generation_config: { max_output_tokens: 1 } });
    expect(twice.status).toBe(400);
    expect(await twice.json()).toMatchObject({
      error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining('generation_config') },
    });
  });

  test('is an exhausted budget, in a way that stops every client', async () => {
    const team = await makeTeam({ budgets: [{ ...TEN_DOLLARS, limit: 1 }] });
    const journal = refuseAll();
    const response = await ask(team, `${AT}:streamGenerateContent?alt=sse`);
    expect(response.status).toBe(429);
    expect(response.headers.get('x-should-retry')).toBe('false');
    const violation = { quotaId: expect.stringContaining('PerDay'), description: expect.stringContaining('monthly') };
    expect(await response.json()).toMatchObject({
      error: {
        status: 'RESOURCE_EXHAUSTED',
        details: expect.arrayContaining([expect.objectContaining({ violations: [violation] })]),
      },
    });
    expect(journal).toEqual([]);
  });

  test('is a model that the team may not use', async () => {
    const team = await makeTeam({ access: { allow: ['gpt-*'], deny: [], approval: [] } });
    refuseAll();
    const response = await ask(team, `${AT}:generateContent`);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { status: 'PERMISSION_DENIED' } });
  });
});

describe('without a hold', () => {
  test('tokens are counted', async () => {
    const team = await makeTeam();
    const journal = playProvider(() => Response.json({ totalTokens: 3 }));
    const request = { model: `models/${MODEL}`, contents: body.contents };
    const response = await ask(team, `${AT}:countTokens`, { generateContentRequest: request });
    expect(await response.json()).toEqual({ totalTokens: 3 });
    expect(journal[0]?.url).toBe(`https://gemini.test/v1beta/models/${MODEL}:countTokens`);
    expect(await team.events()).toEqual([]);
    const other = await ask(team, `${AT}:countTokens`, {
      generateContentRequest: { ...request, model: 'models/other' },
    });
    expect(other.status).toBe(400);
  });

  test('models are listed, all on one page', async () => {
    const team = await makeTeam({ access: { allow: ['gemini-*'], deny: ['gemini-pro'], approval: [] } });
    const list = (path: string, headers: Record<string, string> = {}) =>
      team.call(path, '', { method: 'GET', body: null, headers: { 'x-goog-api-key': team.key, ...headers } });
    for (const path of ['/v1beta/models?pageSize=1', `/v1beta/models?key=${team.key}`, '/v1/models']) {
      const { models } = await (await list(path)).json<{ models: { name: string }[] }>();
      expect(models).toContainEqual(expect.objectContaining({ name: `models/${MODEL}`, displayName: MODEL }));
      expect(models.every(({ name }) => name.startsWith('models/gemini-'))).toBe(true);
      expect(models.map(({ name }) => name)).not.toContain('models/gemini-pro');
    }
    expect(await (await list('/v1beta/models/gemini-embedding-001')).json()).toMatchObject({
      supportedGenerationMethods: ['embedContent', 'batchEmbedContents', 'countTokens'],
    });
    const missing = await list('/v1beta/models/nothing');
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ error: { status: 'NOT_FOUND' } });
  });
});
