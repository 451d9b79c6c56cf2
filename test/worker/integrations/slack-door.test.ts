// The door for Slack: nothing is read that Slack did not sign, and what makes no sense does nothing.

import { env, exports } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bodyOf, openSlack, sign } from './slack-office.ts';

afterEach(() => vi.restoreAllMocks());

describe('is refused before it is parsed', () => {
  it.each<[string, (now: number, body: string) => Promise<Record<string, string>>]>([
    ['what is not signed', () => Promise.resolve({})],
    ['what another secret signed', (now, body) => sign(body, now, 'another secret')],
    ['an empty signature', async (now, body) => ({ ...(await sign(body, now)), 'x-slack-signature': 'v0=' })],
    ['what was signed more than five minutes ago', (now, body) => sign(body, now - 301)],
    ['what is signed for later', (now, body) => sign(body, now + 301)],
    ['another body', (now, body) => sign(`${body}&`, now)],
    [
      'another time',
      async (now, body) => ({ ...(await sign(body, now)), 'x-slack-request-timestamp': String(now - 1) }),
    ],
    ['no time', async (now, body) => ({ ...(await sign(body, now)), 'x-slack-request-timestamp': 'NaN' })],
    [
      'a longer signature',
      async (now, body) => {
        const { 'x-slack-signature': signature, ...rest } = await sign(body, now);
        return { ...rest, 'x-slack-signature': `${signature}0` };
      },
    ],
    [
      'another version',
      async (now, body) => {
        const { 'x-slack-signature': signature = '', ...rest } = await sign(body, now);
        return { ...rest, 'x-slack-signature': signature.replace('v0', 'v1') };
      },
    ],
  ])('%s', async (_, headersFor) => {
    const { api, ada, send, valueOf, stateOf } = await openSlack();
    const { id } = await ada.ask();
    const body = bodyOf({ value: await valueOf(id) });
    const parse = vi.spyOn(JSON, 'parse');
    const now = Math.floor(api.nowMs / 1_000);
    expect(await send(body, await headersFor(now, body))).toEqual({ status: 401, worked: 0 });
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
    expect(await stateOf(id)).toMatchObject({ state: 'pending' });
    expect(await send(body, await sign(body, now - 300))).toEqual({ status: 200, worked: 1 });
  });

  it('a body that is too large, or packed', async () => {
    const { api, send } = await openSlack();
    const now = Math.floor(api.nowMs / 1_000);
    const body = 'x'.repeat(256 * 1024 + 1);
    expect(await send(body, await sign(body, now))).toMatchObject({ status: 413 });
    expect(await send('x', { ...(await sign('x', now)), 'content-encoding': 'gzip' })).toMatchObject({ status: 413 });
  });
});

/** A click that would be understood, but for where its answer is to go. */
function answeredAt(url: string): string {
  const value = { request: `ask_${'0'.repeat(26)}`, version: 1 };
  return bodyOf({ value, rest: { response_url: url } });
}

describe('what Slack signed, and makes no sense', () => {
  it.each([
    ['no payload', 'hello=1'],
    ['no JSON', 'payload=%7B'],
    ['no user', new URLSearchParams({ payload: '{"type":"block_actions"}' }).toString()],
    ['no value', bodyOf({})],
    ['a value of another form', bodyOf({ value: { request: 'ask_1', version: 1 } })],
    ['an answer to elsewhere', answeredAt('https://evil.example/')],
    ['an answer to a look-alike', answeredAt('https://hooks.slack.com.evil.example/')],
    ['an answer in the clear', answeredAt('http://hooks.slack.com/')],
    ['an answer with a user', answeredAt('https://a@hooks.slack.com/')],
    ['an answer at another port', answeredAt('https://hooks.slack.com:8443/')],
  ])('is refused: %s', async (_, body) => {
    const { api, send, answers } = await openSlack();
    const signed = await sign(body, Math.floor(api.nowMs / 1_000));
    expect(await send(body, signed)).toEqual({ status: 400, worked: 0 });
    expect(answers).toEqual([]);
  });

  it('is understood with an answer to Slack itself', async () => {
    const { api, send, answers } = await openSlack();
    const body = answeredAt('https://hooks.slack.com/actions/T000/1/abc');
    expect(await send(body, await sign(body, Math.floor(api.nowMs / 1_000)))).toEqual({ status: 200, worked: 1 });
    expect(answers).toHaveLength(1);
  });

  it.each([
    ['another button', bodyOf({ action: 'open_link', value: null })],
    ['another kind', bodyOf({ rest: { type: 'view_submission' } })],
  ])('is acknowledged and left alone: %s', async (_, body) => {
    const { api, send } = await openSlack();
    expect(await send(body, await sign(body, Math.floor(api.nowMs / 1_000)))).toEqual({ status: 200, worked: 0 });
  });
});

it('without a signing secret there is no such route; with one, the whole Worker asks for the signature', async () => {
  const { api, send } = await openSlack();
  const body = bodyOf({ value: null });
  expect(await send(body, await sign(body, Math.floor(api.nowMs / 1_000)), null)).toEqual({ status: 404, worked: 0 });
  const url = 'https://headgate.example/integrations/slack';
  const post = (headers: Record<string, string>) =>
    exports.default.fetch(url, { method: 'POST', body: 'payload={}', headers });
  expect((await post({})).status).toBe(401);
  const signed = await sign('payload={}', Math.floor(Date.now() / 1_000), env.SLACK_SIGNING_SECRET);
  expect((await post(signed)).status).toBe(400);
  expect((await exports.default.fetch(url)).status).toBe(404);
});
