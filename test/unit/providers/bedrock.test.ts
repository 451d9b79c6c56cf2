// What Bedrock is asked. Signatures are computed a second time here, by AWS's
// description of them and with Node's own functions.

import { createHash, createHmac } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { DialectName } from '../../../schema/dialect-name.ts';
import type { BedrockSettings } from '../../../schema/provider-kinds/bedrock.ts';
import { bedrock } from '../../../worker/providers/bedrock/bedrock.ts';

const NOW_MS = Date.parse('2026-11-25T09:30:05.123Z');
const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const ENCODED_MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1%3A0';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

const signing: BedrockSettings = {
  kind: 'bedrock',
  name: 'aws',
  region: 'us-west-2',
  baseUrl: 'https://bedrock-runtime.us-west-2.amazonaws.com',
  credentials: { kind: 'signature', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET, sessionToken: null },
  onDisconnect: 'goes_on',
};
const withToken: BedrockSettings = {
  ...signing,
  credentials: { kind: 'signature', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET, sessionToken: 'to+ken/==' },
};
const bearing: BedrockSettings = { ...signing, credentials: { kind: 'bearer', apiKey: 'bedrock-api-key' } };

const LEAST_BODY = { model: 'claude', max_tokens: 9, messages: [] };

afterEach(() => vi.restoreAllMocks());

interface Call {
  readonly settings?: BedrockSettings;
  readonly dialect?: DialectName;
  readonly operation?: string;
  readonly upstreamModel?: string;
  readonly stream?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly answer?: Response;
}

async function call(given: Call = {}) {
  const spy = vi.spyOn(globalThis, 'fetch').mockResolvedValue(given.answer ?? new Response('{}'));
  const response = await bedrock(given.settings ?? bearing, () => NOW_MS).send({
    dialect: given.dialect ?? 'anthropic-messages',
    address: { operation: given.operation ?? 'messages', model: null, search: '?beta=true' },
    upstreamModel: given.upstreamModel ?? MODEL,
    stream: given.stream ?? false,
    headers: new Headers({ 'user-agent': 'a-client/1', 'x-amz-meta': 'no', ...given.headers }),
    body: typeof given.body === 'string' ? given.body : JSON.stringify(given.body ?? LEAST_BODY),
    signal: new AbortController().signal,
  });
  const [input, init] = spy.mock.calls[0] ?? [];
  const text = typeof init?.body === 'string' ? init.body : '';
  return {
    response,
    url: typeof input === 'string' ? input : '',
    headers: new Headers(init?.headers),
    text,
    redirect: init?.redirect,
  };
}

describe('the address', () => {
  test.each([
    ['anthropic-messages', false, 'invoke'],
    ['anthropic-messages', true, 'invoke-with-response-stream'],
    ['bedrock-converse', false, 'converse'],
    ['bedrock-converse', true, 'converse-stream'],
  ] as const)('of %s (streamed: %s) ends in %s', async (dialect, stream, operation) => {
    const { url, redirect } = await call({ dialect, stream });
    expect(url).toBe(`${bearing.baseUrl}/model/${ENCODED_MODEL}/${operation}`);
    expect(redirect).toBe('manual');
  });

  test('keeps an ARN in one segment, and a made-up name off other paths', async () => {
    const arn = 'arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2';
    expect((await call({ upstreamModel: arn })).url).toContain('/model/arn%3Aaws%3Abedrock%3Aus-west-2');
    vi.restoreAllMocks();
    expect((await call({ upstreamModel: '../../x' })).url).toBe(`${bearing.baseUrl}/model/..%2F..%2Fx/invoke`);
  });
});

describe('credentials', () => {
  test('may be a key alone', async () => {
    const { headers } = await call();
    expect(headers.get('authorization')).toBe('Bearer bedrock-api-key');
    expect(headers.has('x-amz-date')).toBe(false);
  });

  test.each([
    ['keys', signing, false],
    ['keys and a token', withToken, false],
    ['keys, for a stream', signing, true],
  ] as const)('may be %s, with a signature that AWS computes alike', async (_, settings, stream) => {
    const { url, headers, text } = await call({ settings, stream });
    expect(headers.get('x-amz-date')).toBe('20261125T093005Z');
    expect(headers.get('authorization')).toBe(expectedAuthorization(settings, { url, headers, text }));
    expect(headers.get('content-type')).toBe('application/json');
  });

  test('differ with the body, the model and the region', async () => {
    const signatures = new Set<string | null>();
    for (const given of [
      {},
      { body: { max_tokens: 10, messages: [] } },
      { upstreamModel: 'anthropic.claude-3' },
      { settings: { ...signing, region: 'eu-west-1' } },
    ]) {
      signatures.add((await call({ settings: signing, ...given })).headers.get('authorization'));
      vi.restoreAllMocks();
    }
    expect(signatures.size).toBe(4);
  });

  test('go alone: nothing that the client sent in headers is passed on', async () => {
    const { headers } = await call({ settings: withToken, headers: { 'anthropic-version': '2023-06-01' } });
    expect([...headers.keys()].toSorted()).toEqual([
      'accept-encoding',
      'authorization',
      'content-type',
      'x-amz-date',
      'x-amz-security-token',
    ]);
  });
});

/** Signature Version 4 as AWS describes it, for a POST without a query. */
function expectedAuthorization(
  { credentials, region }: BedrockSettings,
  sent: { readonly url: string; readonly headers: Headers; readonly text: string },
): string {
  if (credentials.kind !== 'signature') throw new Error('nothing is signed');
  const { host, pathname } = new URL(sent.url);
  const date = sent.headers.get('x-amz-date') ?? '';
  const token = sent.headers.get('x-amz-security-token');
  expect(token).toBe(credentials.sessionToken);
  const lines = [`host:${host}`, `x-amz-date:${date}`, ...(token === null ? [] : [`x-amz-security-token:${token}`])];
  const names = lines.map((line) => line.slice(0, line.indexOf(':'))).join(';');
  // Every segment is encoded once more; the colon of the model's version is %253A then.
  const path = pathname.split('/').map(encodeURIComponent).join('/');
  expect(path).toContain('%253A');
  const canonical = ['POST', path, '', ...lines, '', names, sha256(sent.text)].join('\n');
  const scope = `20261125/${region}/bedrock/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${SECRET}`, '20261125'), region), 'bedrock'), 'aws4_request');
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

describe('a body of messages', () => {
  test('says what the address and the headers of Anthropic say, and nothing twice', async () => {
    const { text } = await call({
      stream: true,
      headers: { 'anthropic-beta': 'context-1m-2025-08-07, interleaved-thinking-2025-05-14' },
      body: { model: 'claude', stream: true, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], odd: [1.5] },
    });
    expect(JSON.parse(text)).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      anthropic_beta: ['context-1m-2025-08-07', 'interleaved-thinking-2025-05-14'],
      max_tokens: 9,
      messages: [{ role: 'user', content: 'Hi' }],
      odd: [1.5],
    });
  });

  test('is otherwise what the client wrote, to the byte', async () => {
    const body = String.raw`{ "model" : "claude","max_tokens":9.0, "messages": [{"role":"user","content":"a \"model\": {1}, \\"}] ,
      "stream":true,"metadata":{"model":1e400,"stream":[12345678901234567890]} }`;
    expect((await call({ body, stream: true })).text).toBe(
      String.raw`{"anthropic_version":"bedrock-2023-05-31","max_tokens":9.0,"messages": [{"role":"user","content":"a \"model\": {1}, \\"}],"metadata":{"model":1e400,"stream":[12345678901234567890]}}`,
    );
  });

  test.each(['{}', ' { } ', '{"model":"m"}', '{"anthropic_version":"other","stream":false}'])(
    'of nothing (%s) says its version',
    async (body) => {
      expect((await call({ body })).text).toBe('{"anthropic_version":"bedrock-2023-05-31"}');
    },
  );

  test('keeps the betas that stand in it', async () => {
    const { text } = await call({
      headers: { 'anthropic-beta': 'a,b' },
      body: { max_tokens: 9, messages: [], anthropic_beta: ['b', 'c'] },
    });
    expect(JSON.parse(text)).toMatchObject({ anthropic_beta: ['b', 'c', 'a'] });
  });

  test('without betas names none', async () => {
    expect(JSON.parse((await call()).text)).not.toHaveProperty('anthropic_beta');
  });

  test('of Converse goes as it is', async () => {
    const body = { messages: [], inferenceConfig: { maxTokens: 5 } };
    expect((await call({ dialect: 'bedrock-converse', body })).text).toBe(JSON.stringify(body));
  });
});

test('counting asks CountTokens and answers as Anthropic does', async () => {
  const { url, text, response } = await call({
    operation: 'messages/count_tokens',
    body: { model: 'claude', messages: [{ role: 'user', content: 'Grüße' }] },
    answer: Response.json({ inputTokens: 12 }),
  });
  expect(url).toBe(`${bearing.baseUrl}/model/${ENCODED_MODEL}/count-tokens`);
  const { input } = JSON.parse(text);
  expect(JSON.parse(Buffer.from(input.invokeModel.body, 'base64').toString())).toEqual({
    max_tokens: 1,
    anthropic_version: 'bedrock-2023-05-31',
    messages: [{ role: 'user', content: 'Grüße' }],
  });
  expect(await response.json()).toEqual({ input_tokens: 12 });
});

describe('what a model is spoken to in', () => {
  const { speaksTo } = bedrock(bearing, () => NOW_MS);

  test.each([
    'anthropic.claude-opus-4-5-v1:0',
    MODEL,
    'global.anthropic.claude-haiku-4-5-20251001-v1:0',
    'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-5-v1:0',
  ])('%s: its own protocol first', (model) => {
    expect(speaksTo?.(model)).toEqual(['anthropic-messages', 'bedrock-converse']);
  });

  test.each([
    'amazon.nova-pro-v1:0',
    'us.meta.llama3-3-70b-instruct-v1:0',
    'notanthropic.x',
    'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3',
  ])('%s: Converse', (model) => {
    expect(speaksTo?.(model)).toEqual(['bedrock-converse']);
  });
});
