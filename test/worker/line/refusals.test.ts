// Calls that must not go upstream: each is refused in the client's own form, tells what to do, and holds nothing.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { chat, makeTeam, messages, playProvider, refuseAll, type Refusal } from '../../helpers/line.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('one valid body, one field changed', () => {
  test.each([
    ['/v1/chat/completions', { ...chat, model: undefined }, 'model'],
    ['/v1/chat/completions', { ...chat, model: 7 }, 'model'],
    ['/v1/chat/completions', { ...chat, model: '' }, 'model'],
    ['/v1/chat/completions', { ...chat, messages: 'hello' }, 'messages'],
    ['/v1/chat/completions', { ...chat, messages: undefined }, 'messages'],
    ['/v1/chat/completions', { ...chat, stream: 'yes' }, 'stream'],
    ['/v1/chat/completions', { ...chat, max_completion_tokens: -1 }, 'max_completion_tokens'],
    ['/v1/chat/completions', { ...chat, max_tokens: '100' }, 'max_tokens'],
    ['/v1/chat/completions', { ...chat, max_tokens: 1.5 }, 'max_tokens'],
    ['/v1/chat/completions', { ...chat, max_tokens: 0 }, 'max_tokens'],
    ['/v1/chat/completions', { ...chat, n: 0 }, 'n'],
    ['/v1/chat/completions', { ...chat, n: 129 }, 'n'],
    ['/v1/chat/completions', { ...chat, service_tier: 'ultrafast' }, 'service_tier'],
    ['/v1/chat/completions', { ...chat, service_tier: 'scale' }, 'service_tier'],
    ['/v1/chat/completions', { ...chat, service_tier: '__proto__' }, 'service_tier'],
    ['/v1/chat/completions', { ...chat, service_tier: 1 }, 'service_tier'],
    ['/v1/chat/completions', { ...chat, model: 'gpt-5-nano', service_tier: 'priority' }, 'service_tier'],
    ['/v1/messages', { ...messages, model: undefined }, 'model'],
    ['/v1/messages', { ...messages, messages: {} }, 'messages'],
    ['/v1/messages', { ...messages, max_tokens: -1 }, 'max_tokens'],
    ['/v1/messages', { ...messages, max_tokens: '100' }, 'max_tokens'],
    ['/v1/messages', { ...messages, max_tokens: 1e300 }, 'max_tokens'],
    ['/v1/messages', { ...messages, stream: 1 }, 'stream'],
    ['/v1/messages', { ...messages, speed: 'fast' }, 'speed'],
    ['/v1/messages', { ...messages, inference_geo: 'us' }, 'inference_geo'],
    ['/v1/messages', { ...messages, service_tier: 'priority' }, 'service_tier'],
    ['/v1/messages/count_tokens', { ...messages, model: [] }, 'model'],
  ])('%s %j names %s', async (path, body, field) => {
    const team = await makeTeam();
    const journal = refuseAll();
    const response = await team.call(path, body);
    expect(response.status).toBe(400);
    const { error } = await response.json<Refusal>();
    expect(error.code).toBe('bad_request');
    expect(error.message).toContain(field);
    if (path.includes('chat')) expect(error.param).toBe(field);
    expect(journal).toHaveLength(0);
    expect(await team.ledger()).toMatchObject({ holds: 0, outbox: 0 });
  });

  test.each(['/v1/chat/completions', '/v1/messages', '/v1/messages/count_tokens'])('%s without JSON', async (path) => {
    const team = await makeTeam();
    refuseAll();
    for (const body of ['', '{"model":', '[]', '{"model":"a","model":"b"}']) {
      const response = await team.call(path, body);
      expect(response.status).toBe(400);
      expect((await response.json<Refusal>()).error.code).toBe('bad_request');
    }
  });
});

describe('the body itself', () => {
  test('is refused above its limit without reading the rest, told or not', async () => {
    const team = await makeTeam();
    refuseAll();
    const large = `{"model":"gpt-5-mini","messages":[{"role":"user","content":"${'x'.repeat(8 * 1024 * 1024)}"}]}`;
    const response = await team.call('/v1/chat/completions', large);
    expect(response.status).toBe(413);
    expect((await response.json<Refusal>()).error.code).toBe('body_too_large');
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    expect((await team.call('/v1/messages', '', { body: endless })).status).toBe(413);
    expect(sent).toBeLessThan(20);
  });

  test('is refused compressed', async () => {
    const team = await makeTeam();
    refuseAll();
    const response = await team.call('/v1/messages', messages, { headers: { 'content-encoding': 'gzip' } });
    expect(response.status).toBe(415);
  });

  test('is refused when it is not UTF-8', async () => {
    const team = await makeTeam();
    refuseAll();
    const response = await team.call('/v1/messages', '', { body: new Uint8Array([0x7b, 0xff, 0x7d]) });
    expect(response.status).toBe(400);
  });
});

describe('a key', () => {
  test('that is missing, malformed, mistyped, unknown, revoked or expired gets one and the same answer', async () => {
    const team = await makeTeam();
    refuseAll();
    const other = await makeTeam({ keys: [] });
    const revoked = await makeTeam();
    const mistyped = team.key.slice(0, -1) + (team.key.endsWith('a') ? 'b' : 'a');
    const answers = new Set<string>();
    const ask = async (headers: Record<string, string>) => {
      const response = await team.call('/v1/messages', messages, { headers: { authorization: '', ...headers } });
      const body = await response.text();
      answers.add(`${response.status} ${body.replaceAll(/req_\w+/g, 'req')}`);
    };
    await ask({});
    await ask({ authorization: 'Bearer sk-something' });
    await ask({ authorization: `Bearer ${mistyped}` });
    await ask({ authorization: `Bearer ${other.key}` });
    await ask({ 'x-api-key': `${team.key}x` });
    await revoked.configure({ keys: [] });
    await ask({ authorization: `Bearer ${revoked.key}` });
    expect([...answers]).toEqual([expect.stringMatching(/^401 .*authentication_error/)]);
  });

  test('is looked at before the model, so that models cannot be probed', async () => {
    const team = await makeTeam({ keys: [] });
    refuseAll();
    expect((await team.call('/v1/messages', { ...messages, model: 'no-such-model' })).status).toBe(401);
  });

  test.each(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', '?key='])(
    'is taken from %s and never sent upstream',
    async (place) => {
      const team = await makeTeam();
      const journal = playProvider(() => Response.json({ usage: { input_tokens: 1, output_tokens: 1 } }));
      const path = place === '?key=' ? `/v1/messages?beta=true&key=${team.key}` : '/v1/messages?beta=true';
      const headers: Record<string, string> = { authorization: '' };
      if (place === 'authorization') headers['authorization'] = `Bearer ${team.key}`;
      else if (place !== '?key=') headers[place] = team.key;
      const response = await team.call(path, messages, { headers });
      expect(response.status).toBe(200);
      const [received] = journal;
      expect(received?.url).toBe('https://anthropic.test/v1/messages?beta=true');
      expect(received?.headers.get('x-api-key')).toBe('sk-upstream-anthropic');
      expect([...(received?.headers.values() ?? [])].join(' ')).not.toContain(team.key);
    },
  );
});

describe('headers', () => {
  test('of the protocol pass, of the connection and of other accounts do not', async () => {
    const team = await makeTeam();
    const journal = playProvider(() => Response.json({ usage: { input_tokens: 1, output_tokens: 1 } }));
    await team.call('/v1/messages', messages, {
      headers: {
        'anthropic-version': '2026-10-21',
        'anthropic-beta': 'a,b',
        'anthropic-new-thing': '1',
        'x-stainless-retry-count': '1',
        'openai-organization': 'org-other',
        'anthropic-workspace-id': 'ws-other',
        cookie: 'a=b',
        'x-forwarded-for': '1.2.3.4',
        'cf-connecting-ip': '1.2.3.4',
      },
    });
    const headers = Object.fromEntries(journal[0]?.headers ?? []);
    expect(headers).toMatchObject({
      'anthropic-version': '2026-10-21',
      'anthropic-beta': 'a,b',
      'anthropic-new-thing': '1',
      'x-stainless-retry-count': '1',
    });
    for (const name of [
      'openai-organization',
      'anthropic-workspace-id',
      'cookie',
      'x-forwarded-for',
      'cf-connecting-ip',
    ]) {
      expect(headers).not.toHaveProperty(name);
    }
  });
});

describe('a model', () => {
  test.each([
    ['that nobody knows', 'no-such-model', 404, 'model_not_found'],
    ['with a made-up suffix', 'gpt-5-mini-foo', 404, 'model_not_found'],
    ['of the prototype', 'constructor', 404, 'model_not_found'],
  ])('%s is refused', async (_, model, status, code) => {
    const team = await makeTeam();
    refuseAll();
    const response = await team.call('/v1/chat/completions', { ...chat, model });
    expect(response.status).toBe(status);
    expect((await response.json<Refusal>()).error.code).toBe(code);
  });

  test('that no translation reaches is refused with the protocols that it can be called through', async () => {
    const team = await makeTeam();
    refuseAll();
    const response = await team.call('/v1/embeddings', { model: 'claude-sonnet-4-5', input: 'Hello' });
    expect(response.status).toBe(400);
    const { error } = await response.json<Refusal>();
    expect(error).toMatchObject({ code: 'dialect_unsupported', message: expect.stringContaining('/v1/messages') });
  });

  test.each([
    [{ allow: ['claude-*'], deny: [], approval: [] }, 'model_not_allowed'],
    [{ allow: ['*'], deny: ['gpt-*'], approval: [] }, 'model_not_allowed'],
    [{ allow: ['*'], deny: [], approval: ['gpt-5*'] }, 'approval_required'],
  ])('outside the policy %j is refused as %s', async (access, code) => {
    const team = await makeTeam({ access });
    refuseAll();
    const response = await team.call('/v1/chat/completions', chat);
    expect(response.status).toBe(403);
    expect((await response.json<Refusal>()).error.code).toBe(code);
  });
});

test.each([
  ['POST', '/v1/unknown'],
  ['POST', '/v1/chat'],
  ['GET', '/v1/chat/completions'],
])('%s %s is told that there is nothing', async (method, path) => {
  const team = await makeTeam();
  const response = await team.call(path, '', method === 'GET' ? { method, body: null } : { method });
  expect(response.status).toBe(404);
  expect(await response.text()).toMatch(/unknown_path/i);
});
