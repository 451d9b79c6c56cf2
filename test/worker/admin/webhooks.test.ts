// Webhooks on real D1: who is told, what may be an endpoint, and a secret that is shown once and never stored in clear.

import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { hostileAddresses } from '../../fixtures/hostile-addresses.ts';
import { playEndpoint, verified } from '../../helpers/endpoint.ts';
import { AdminApi, refusal } from './admin-api.ts';

const URL_OF_HOOK = 'https://hooks.example.com/headgate';
const issued = z.looseObject({ secret: z.string() });

afterEach(() => vi.restoreAllMocks());

let made = 0;
const freshName = () => `hook-${(made += 1)}`;

/** The clock of receivers is that of the test's machine. */
function freshApi(): AdminApi {
  const api = new AdminApi();
  api.nowMs = Date.now();
  return api;
}

async function storedRow(name: string): Promise<Record<string, unknown>> {
  const row = await env.DB.prepare('SELECT * FROM webhooks WHERE name = ?').bind(name).first();
  return row ?? {};
}

describe('a webhook', () => {
  it('is made with a secret that is shown this once, and not in the table', async () => {
    const api = freshApi();
    const name = freshName();
    const { secret, ...rest } = issued.parse(await api.expect(201, 'PUT', `/webhooks/${name}`, { url: URL_OF_HOOK }));
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(rest).toMatchObject({
      name,
      url: URL_OF_HOOK,
      events: ['*'],
      team: null,
      format: 'standard',
      enabled: true,
    });
    for (const body of [
      await api.expect(200, 'GET', `/webhooks/${name}`),
      await api.expect(200, 'PUT', `/webhooks/${name}`, { url: URL_OF_HOOK, events: ['key.*'], enabled: false }),
      await api.expect(200, 'GET', '/webhooks'),
      await storedRow(name),
    ]) {
      expect(JSON.stringify(body)).not.toContain(secret.slice('whsec_'.length));
    }
    expect(await api.expect(200, 'GET', `/webhooks/${name}`)).toMatchObject({ events: ['key.*'], enabled: false });
  });

  it('is gone when it is deleted, and another of its name has another secret', async () => {
    const api = freshApi();
    const name = freshName();
    const first = issued.parse(await api.expect(201, 'PUT', `/webhooks/${name}`, { url: URL_OF_HOOK }));
    await api.expect(204, 'DELETE', `/webhooks/${name}`);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/rotate'],
      ['POST', '/test'],
    ] as const) {
      expect(await api.expect(404, method, `/webhooks/${name}${path}`)).toEqual(
        refusal('not_found', 'there is no webhook'),
      );
    }
    const second = issued.parse(await api.expect(201, 'PUT', `/webhooks/${name}`, { url: URL_OF_HOOK }));
    expect(second.secret).not.toBe(first.secret);
  });

  it.each([
    ['url', {}],
    ['url', { url: 7 }],
    ['events', { url: URL_OF_HOOK, events: [] }],
    ['events.0', { url: URL_OF_HOOK, events: ['request.lost'] }],
    ['events.0', { url: URL_OF_HOOK, events: ["*' OR 1"] }],
    ['team', { url: URL_OF_HOOK, team: 'No Team' }],
    ['format', { url: URL_OF_HOOK, format: 'teams' }],
    ['enabled', { url: URL_OF_HOOK, enabled: 'yes' }],
    ['secret', { url: URL_OF_HOOK, secret: 'whsec_mine' }],
  ])('is refused with a bad %s', async (field, body) => {
    const name = freshName();
    expect(await freshApi().expect(400, 'PUT', `/webhooks/${name}`, body)).toEqual(refusal('invalid_request', field));
    expect(await storedRow(name)).toEqual({});
  });

  it('is refused at every address of somebody’s own network', async () => {
    const api = freshApi();
    const fetched = playEndpoint();
    for (const url of hostileAddresses) {
      const answer = await api.call('PUT', '/webhooks/hostile', { url });
      expect({ url, status: answer.status, body: answer.body }).toEqual({
        url,
        status: 400,
        body: refusal('invalid_request', 'url must '),
      });
    }
    expect(fetched).toEqual([]);
    expect(await storedRow('hostile')).toEqual({});
  });

  it('is refused for a team that is not there, and by a deployment without a key', async () => {
    const api = freshApi();
    const name = freshName();
    const body = { url: URL_OF_HOOK, team: 'nobody' };
    expect(await api.expect(404, 'PUT', `/webhooks/${name}`, body)).toEqual(refusal('not_found', 'there is no team'));
    api.webhookKey = null;
    const keyless = await api.expect(409, 'PUT', `/webhooks/${name}`, { url: URL_OF_HOOK });
    expect(keyless).toEqual(refusal('not_configured', 'this deployment has no WEBHOOK_KEY'));
  });

  it('is one of fifty at most', async () => {
    const api = freshApi();
    await env.DB.prepare('DELETE FROM webhooks').run();
    for (let place = 0; place < 50; place += 1) {
      await api.expect(201, 'PUT', `/webhooks/many-${place}`, { url: URL_OF_HOOK });
    }
    expect(await api.expect(409, 'PUT', '/webhooks/many-50', { url: URL_OF_HOOK })).toEqual(refusal('limit_reached'));
    await api.expect(200, 'PUT', '/webhooks/many-49', { url: URL_OF_HOOK });
    await env.DB.prepare('DELETE FROM webhooks').run();
  });
});

describe('a test message', () => {
  it('is signed so that the library of the receiver takes it, and the answer is told', async () => {
    const api = freshApi();
    const name = freshName();
    const { secret } = issued.parse(await api.expect(201, 'PUT', `/webhooks/${name}`, { url: URL_OF_HOOK }));
    const journal = playEndpoint(() => new Response(`thank you${' '.repeat(5_000)}`, { status: 202 }));
    const answer = await api.expect(200, 'POST', `/webhooks/${name}/test`);
    expect(answer).toMatchObject({ status: 202, error: null, answer: expect.stringMatching(/^thank you {1015}$/) });
    const [delivered] = journal;
    if (delivered === undefined) throw new Error('nothing came');
    expect(verified(secret, delivered)).toMatchObject({ type: 'test', data: { webhook: name } });
    expect(delivered).toMatchObject({ url: URL_OF_HOOK, redirect: 'manual' });
    expect(() => verified('whsec_c29tZWJvZHkgZWxzZQ==', delivered)).toThrow();
    expect(() => verified(secret, { ...delivered, text: delivered.text.replace('test', 'tost') })).toThrow();
  });

  it('says what went wrong: an error, a redirect that is not followed, a connection that breaks', async () => {
    const api = freshApi();
    const name = freshName();
    await api.expect(201, 'PUT', `/webhooks/${name}`, { url: URL_OF_HOOK });
    const journal = playEndpoint(({ headers }) => {
      if (journal.length === 1) return new Response('no', { status: 500 });
      if (journal.length === 2) return Response.redirect('https://127.0.0.1/', 302);
      throw new Error(`refused ${headers['webhook-id']}`);
    });
    const trial = () => api.expect(200, 'POST', `/webhooks/${name}/test`);
    expect(await trial()).toEqual({ status: 500, answer: 'no', error: null });
    expect(await trial()).toEqual({ status: 302, answer: '', error: null });
    expect(await trial()).toEqual({ status: null, answer: null, error: 'not reached' });
    expect(journal).toHaveLength(3);
  });

  it('goes nowhere if the row was changed to a private address, or to a secret that is no secret', async () => {
    const api = freshApi();
    const name = freshName();
    await api.expect(201, 'PUT', `/webhooks/${name}`, { url: URL_OF_HOOK });
    const journal = playEndpoint();
    await env.DB.prepare('UPDATE webhooks SET url = ? WHERE name = ?').bind('http://169.254.169.254/', name).run();
    expect(await api.expect(200, 'POST', `/webhooks/${name}/test`)).toEqual({
      status: null,
      answer: null,
      error: 'its url must begin with https://',
    });
    const other = freshName();
    await api.expect(201, 'PUT', `/webhooks/${other}`, { url: URL_OF_HOOK });
    const { sealed_secret: sealed } = await storedRow(other);
    for (const stolen of [sealed, 'whsec_plain', '.', 'AAAA.AAAA']) {
      await env.DB.prepare('UPDATE webhooks SET url = ?, sealed_secret = ? WHERE name = ?')
        .bind(URL_OF_HOOK, stolen, name)
        .run();
      expect(await api.expect(200, 'POST', `/webhooks/${name}/test`)).toMatchObject({
        error: expect.stringContaining('its secret cannot be read'),
      });
    }
    api.webhookKey = 'another key, which is as long as it must be';
    expect(await api.expect(200, 'POST', `/webhooks/${other}/test`)).toMatchObject({ status: null });
    expect(journal).toEqual([]);
  });
});

describe('a rotation', () => {
  it('has both secrets sign for a day, and then the new one alone', async () => {
    const api = freshApi();
    const name = freshName();
    const first = issued.parse(await api.expect(201, 'PUT', `/webhooks/${name}`, { url: URL_OF_HOOK }));
    const journal = playEndpoint();
    const rotated = await api.expect(200, 'POST', `/webhooks/${name}/rotate`);
    const second = issued.parse(rotated);
    expect(rotated).toMatchObject({ previousUntil: new Date(api.nowMs + 24 * 3_600_000).toISOString() });
    expect(second.secret).not.toBe(first.secret);

    await api.expect(200, 'POST', `/webhooks/${name}/test`);
    const [both] = journal;
    if (both === undefined) throw new Error('nothing came');
    expect(both.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const { secret } of [first, second]) expect(verified(secret, both)).toMatchObject({ type: 'test' });

    vi.useFakeTimers({ toFake: ['Date'], now: api.nowMs + 24 * 3_600_000 });
    api.nowMs = Date.now();
    await api.expect(200, 'POST', `/webhooks/${name}/test`);
    const alone = journal[1];
    if (alone === undefined) throw new Error('nothing came');
    expect(verified(second.secret, alone)).toMatchObject({ type: 'test' });
    expect(() => verified(first.secret, alone)).toThrow();
    vi.useRealTimers();
  });
});

it('every change of one is in the audit trail, without its secret and without what its address says behind the host', async () => {
  const api = freshApi();
  const name = freshName();
  const url = 'https://hooks.slack.com/services/T000/B000/TOPSECRET';
  const first = issued.parse(await api.expect(201, 'PUT', `/webhooks/${name}`, { url, format: 'slack' }));
  await api.expect(200, 'PUT', `/webhooks/${name}`, { url, events: ['key.*'] });
  const second = issued.parse(await api.expect(200, 'POST', `/webhooks/${name}/rotate`));
  await api.expect(204, 'DELETE', `/webhooks/${name}`);
  await api.expect(404, 'DELETE', `/webhooks/${name}`);
  const trail = z
    .object({ data: z.array(z.looseObject({ action: z.string(), actor: z.string() })) })
    .parse(await api.expect(200, 'GET', `/audit?target=${name}`));
  expect(trail.data.map(({ action }) => action).toReversed()).toEqual([
    'webhook.put',
    'webhook.put',
    'webhook.rotate',
    'webhook.delete',
  ]);
  expect(trail.data[2]).toMatchObject({
    detail: { host: 'hooks.slack.com', events: ['key.*'], before: { events: ['*'], format: 'slack' } },
  });
  const text = JSON.stringify(trail);
  expect(text).not.toMatch(/TOPSECRET|seal/i);
  for (const { secret } of [first, second]) expect(text).not.toContain(secret.slice('whsec_'.length));
});
