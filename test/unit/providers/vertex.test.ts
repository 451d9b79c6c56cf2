// Vertex AI's adapter by itself: where each call goes, when it signs in, and what it tells when it cannot.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SignInError, type UpstreamCall } from '../../../worker/providers/provider.ts';
import { vertex } from '../../../worker/providers/vertex/vertex.ts';
import { googleAccount } from '../../helpers/fake-upstream/google-account.ts';

const BASE = 'https://vertex.test';
const TOKEN_URL = 'https://accounts.test/token';
const HOUR_MS = 3_600_000;
const account = googleAccount();

let nowMs: number;
let requests: { readonly url: string; readonly headers: Headers }[];
let answerToken: () => Response | Promise<Response>;
let status: number;

beforeEach(() => {
  nowMs = Date.now();
  requests = [];
  status = 200;
  let given = 0;
  answerToken = () => Response.json({ access_token: `token-${(given += 1)}`, expires_in: 3_599 });
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = new Request(input).url;
    requests.push({ url, headers: new Headers(init?.headers) });
    return url === TOKEN_URL ? answerToken() : new Response('{}', { status });
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

function sender(): (each: UpstreamCall) => Promise<Response> {
  const made = provider();
  return (each) => made.send(each);
}

function provider(location = 'global', privateKey = ownKey()) {
  return vertex(
    {
      name: 'vertex',
      kind: 'vertex',
      project: 'contoso-ai',
      location,
      baseUrl: BASE,
      onDisconnect: 'goes_on',
      account: { email: 'gate@contoso-ai.iam.gserviceaccount.com', keyId: 'k1', privateKey, tokenUrl: TOKEN_URL },
    },
    () => nowMs,
  );
}

function ownKey(): string {
  const { private_key: pem }: { private_key: string } = JSON.parse(account.keyFile(TOKEN_URL));
  return pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
}

function call(changes: Partial<Omit<UpstreamCall, 'address'>> & { readonly operation?: string } = {}): UpstreamCall {
  const { operation = 'generateContent', ...rest } = changes;
  return {
    dialect: 'gemini',
    address: { operation, model: null, search: '?key=x&alt=json' },
    upstreamModel: 'gemini-2.5-pro',
    stream: false,
    headers: new Headers({ 'anthropic-version': '2023-06-01' }),
    body: '{}',
    signal: new AbortController().signal,
    ...rest,
  };
}

const claude = { dialect: 'anthropic-messages', upstreamModel: 'claude-opus-4-6', operation: 'messages' } as const;

const llama = {
  dialect: 'openai-chat',
  upstreamModel: 'meta/llama-4-maverick-17b-128e-instruct-maas',
  operation: 'chat/completions',
} as const;

function tokensAsked(): number {
  return requests.filter(({ url }) => url === TOKEN_URL).length;
}

describe('goes to', () => {
  const gemini = `${BASE}/v1beta1/projects/contoso-ai/locations/global/publishers/google/models`;
  const anthropic = `${BASE}/v1/projects/contoso-ai/locations/global/publishers/anthropic/models`;

  test.each([
    [{}, `${gemini}/gemini-2.5-pro:generateContent`],
    [{ operation: 'streamGenerateContent', stream: true }, `${gemini}/gemini-2.5-pro:streamGenerateContent?alt=sse`],
    [{ operation: 'countTokens' }, `${gemini}/gemini-2.5-pro:countTokens`],
    [{ operation: 'embedContent', upstreamModel: 'gemini-embedding-2' }, `${gemini}/gemini-embedding-2:embedContent`],
    [{ upstreamModel: '../../x' }, `${gemini}/..%2F..%2Fx:generateContent`],
    [
      { upstreamModel: 'endpoints/1234' },
      `${BASE}/v1beta1/projects/contoso-ai/locations/global/endpoints/1234:generateContent`,
    ],
    [llama, `${BASE}/v1/projects/contoso-ai/locations/global/endpoints/openapi/chat/completions`],
    [{ ...llama, stream: true }, `${BASE}/v1/projects/contoso-ai/locations/global/endpoints/openapi/chat/completions`],
    [claude, `${anthropic}/claude-opus-4-6:rawPredict`],
    [{ ...claude, stream: true }, `${anthropic}/claude-opus-4-6:streamRawPredict`],
    [{ ...claude, upstreamModel: 'claude-sonnet-4-5@20250929' }, `${anthropic}/claude-sonnet-4-5@20250929:rawPredict`],
    [{ ...claude, operation: 'messages/count_tokens' }, `${anthropic}/count-tokens:rawPredict`],
  ])('%j', async (changes, url) => {
    await provider().send(call(changes));
    expect(requests.at(-1)?.url).toBe(url);
    expect(requests.at(-1)?.headers.get('authorization')).toBe('Bearer token-1');
    expect(requests.at(-1)?.headers.has('anthropic-version')).toBe(false);
  });

  test('models that speak the client’s dialect', () => {
    const { speaksTo } = provider();
    expect(speaksTo?.('gemini-2.5-pro')).toEqual(['gemini']);
    expect(speaksTo?.('claude-opus-4-6')).toEqual(['anthropic-messages']);
    expect(speaksTo?.('endpoints/1234')).toEqual(['gemini']);
    expect(speaksTo?.(llama.upstreamModel)).toEqual(['openai-chat']);
  });

  test('models that embed, in OpenAI’s form by their predictions', async () => {
    expect(provider().speaksTo?.('gemini-embedding-001')).toEqual(['gemini', 'openai-embeddings']);
    const embed = {
      dialect: 'openai-embeddings',
      operation: 'embeddings',
      upstreamModel: 'gemini-embedding-001',
    } as const;
    status = 200;
    await provider().send(call({ ...embed, body: '{"input":"Hello"}' }));
    expect(requests.at(-1)?.url).toBe(
      `${BASE}/v1/projects/contoso-ai/locations/global/publishers/google/models/gemini-embedding-001:predict`,
    );
    const before = requests.length;
    const refused = await provider().send(call({ ...embed, body: '{"input":[1,2]}' }));
    expect(refused.status).toBe(400);
    expect(requests).toHaveLength(before);
  });

  test('models of others by their name in the body, where the path has none', () => {
    const made = provider();
    const address = { operation: 'chat/completions', model: null, search: '' };
    expect(made.bodyEdits?.({ dialect: 'openai-chat', address })).toEqual([]);
    expect(made.bodyEdits?.({ dialect: 'gemini', address })).toEqual([{ member: 'model', value: undefined }]);
  });

  test('the prices of its location', () => {
    expect(provider('global').catalogue).toBe('google');
    expect(provider('eu').catalogue).toBe('google-regional');
    expect(provider('us-east5').catalogue).toBe('google-regional');
  });
});

describe('signs in', () => {
  test('with what the account alone can have signed', async () => {
    let taken: unknown;
    vi.mocked(globalThis.fetch).mockImplementation(async (input, init) => {
      if (new Request(input).url !== TOKEN_URL) return new Response('{}');
      const body = init?.body;
      if (!(body instanceof URLSearchParams)) throw new TypeError('no form');
      taken = account.exchange(body.toString(), TOKEN_URL);
      return Response.json({ access_token: 't', expires_in: 3_599 });
    });
    const settings = JSON.parse(account.keyFile(TOKEN_URL));
    const signed = vertex(
      {
        name: 'vertex',
        kind: 'vertex',
        project: 'contoso-ai',
        location: 'global',
        baseUrl: BASE,
        onDisconnect: 'goes_on',
        account: {
          email: settings.client_email,
          keyId: settings.private_key_id,
          privateKey: ownKey(),
          tokenUrl: TOKEN_URL,
        },
      },
      () => nowMs,
    );
    await signed.send(call());
    expect(taken).toMatchObject({ status: 200 });
  });

  test('once for all calls of an hour, and anew shortly before a token ends', async () => {
    const send = sender();
    await Promise.all([send(call()), send(call()), send(call(claude))]);
    nowMs += HOUR_MS - 6 * 60_000;
    await send(call());
    expect(tokensAsked()).toBe(1);

    nowMs += 2 * 60_000;
    await send(call());
    expect(tokensAsked()).toBe(2);
    expect(requests.at(-1)?.headers.get('authorization')).toBe('Bearer token-2');
  });

  test('for itself, where a call that asked is gone with its question', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const send = sender();
      const letIn = answerToken;
      answerToken = () => new Promise(() => {});
      void send(call());
      while (tokensAsked() === 0) await nextTurn();
      answerToken = letIn;
      const later = send(call());
      await nextTurn();
      expect(tokensAsked()).toBe(1);

      vi.advanceTimersByTime(10_000);
      expect((await later).status).toBe(200);
      expect(tokensAsked()).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test('and sends nothing for a call that ended meanwhile', async () => {
    const ended = call({ signal: AbortSignal.abort() });
    await expect(provider().send(ended)).rejects.toBeInstanceOf(SignInError);
    expect(requests.map(({ url }) => url)).toEqual([TOKEN_URL]);
  });

  test('anew after a token was not taken', async () => {
    const send = sender();
    status = 401;
    expect((await send(call())).status).toBe(401);
    await send(call());
    expect(tokensAsked()).toBe(2);
  });

  test.each([
    [
      'refused',
      () => Response.json({ error: 'invalid_grant', error_description: 'secret' }, { status: 400 }),
      '400 invalid_grant',
    ],
    ['answered with a page', () => new Response('<html>secret</html>', { status: 503 }), '503'],
    ['without a token', () => Response.json({ expires_in: 3_599 }), '200'],
    ['without an end', () => Response.json({ access_token: 'secret' }), '200'],
    ['redirected', () => new Response(null, { status: 302, headers: { location: 'https://evil.test' } }), '302'],
    ['unheard', () => Promise.reject(new TypeError('connection secret')), 'no token could be asked for'],
  ])('and says so when it is %s, once per call, until it is let in', async (_, answer, words) => {
    const send = sender();
    const letIn = answerToken;
    answerToken = answer;
    const error: unknown = await send(call()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SignInError);
    expect(String(error)).toContain(words);
    expect(String(error)).not.toMatch(/secret/);
    expect(requests.map(({ url }) => url)).toEqual([TOKEN_URL]);

    answerToken = letIn;
    expect((await send(call())).status).toBe(200);
  });

  test('not at all with a key that is none', async () => {
    const error: unknown = await provider('global', 'AAAA')
      .send(call())
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SignInError);
    expect(requests).toEqual([]);
  });
});

function editsOf(changes: Parameters<typeof call>[0]) {
  return provider().bodyEdits?.(call(changes));
}

describe('edits', () => {
  test('take the model out, since the path names it', () => {
    expect(editsOf({})).toEqual([{ member: 'model', value: undefined }]);
    expect(editsOf(claude)).toContainEqual({ member: 'model', value: undefined });
  });

  test('name the version to Claude, and leave the model where tokens are counted', () => {
    expect(editsOf({ ...claude, operation: 'messages/count_tokens' })).toEqual([
      { member: 'anthropic_version', value: 'vertex-2023-10-16' },
    ]);
  });
});
