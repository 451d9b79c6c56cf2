// What was noticed is sent until the endpoint has it: signed, with one id, and not for ever.

import { env, exports } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { deliverAfterChange } from '../../../worker/notifying.ts';
import { playEndpoint } from '../../helpers/endpoint.ts';
import { refusal } from './admin-api.ts';
import { heardOf, issued, page, said } from './listening.ts';
import { askForMain, askForModels } from './office.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('a message', () => {
  it('of a request has what a decider needs, as the API shows it, and is sent once', async () => {
    const { office, api, secret, deliveries, sweep } = await heardOf({ events: ['request.*'] });
    const { id } = await (await office.member('ada')).ask();
    const journal = playEndpoint();
    await sweep();
    await sweep();
    expect(journal).toHaveLength(1);
    expect(said(secret, journal[0])).toEqual({
      type: 'request.opened',
      timestamp: new Date(api.nowMs).toISOString(),
      data: { request: await api.expect(200, 'GET', `/requests/${id}`) },
    });
    expect(await deliveries()).toEqual([
      {
        id: journal[0]?.headers['webhook-id'],
        type: 'request.opened',
        at: new Date(api.nowMs).toISOString(),
        team: office.team,
        subject: id,
        state: 'delivered',
        attempts: 1,
        lastAttemptAt: new Date(api.nowMs).toISOString(),
        status: 204,
        error: null,
        nextAttemptAt: null,
      },
    ]);
  });

  it('of everything else says what happened, and has no key and no digest', async () => {
    const { office, api, later, secret, sweep } = await heardOf();
    const { team } = office;
    const ada = await office.member('ada');
    const key = z
      .looseObject({ id: z.string(), key: z.string() })
      .parse(await api.expect(201, 'POST', `/teams/${team}/keys`, { user: 'ada', name: 'laptop' }));
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${key.id}`);
    const { id } = await ada.ask({ ...askForMain, until: new Date(api.nowMs + HOUR_MS).toISOString() });
    await api.expect(200, 'POST', `/requests/${id}/approve`, { amount: '20.00', reason: 'half of it' });
    await env.DB.prepare(
      `INSERT INTO threshold_events VALUES (?, 5, ?, 'main', 'ada', 'usd', 80, 100000000, 1, 81500000, 0, 9)`,
    )
      .bind(`reached-${team}`, team)
      .run();
    const journal = playEndpoint();
    await sweep();
    const before = journal.map((delivered) => said(secret, delivered));
    later(HOUR_MS);
    await sweep();
    const after = journal.slice(before.length).map((delivered) => said(secret, delivered));
    const told = new Map([...before, ...after].map(({ type, data }) => [type, data]));
    const { key: text, ...described } = key;
    expect(told.get('key.created')).toEqual({ key: { ...described, revokedAt: expect.any(String) } });
    expect(told.get('key.revoked')).toMatchObject({ key: { id: key.id, user: 'ada', name: 'laptop' } });
    expect(told.get('request.decided')).toMatchObject({
      request: {
        id,
        state: 'approved',
        decision: { by: 'token:admin', reason: 'half of it' },
        grant: { amount: '20.00' },
      },
    });
    expect(told.get('grant.ended')).toMatchObject({
      grant: { request: id, state: 'ended', budget: 'main', amount: '20.00' },
    });
    expect(told.get('budget.threshold')).toMatchObject({
      threshold: { budget: 'main', member: 'ada', threshold: 80, settled: '81.50', limit: '100.00' },
    });
    expect([...told.keys()].toSorted()).toEqual([
      'budget.threshold',
      'grant.ended',
      'key.created',
      'key.revoked',
      'request.decided',
      'request.opened',
    ]);
    const everything = journal.map(({ text: body }) => body).join('');
    expect(everything).not.toContain(text);
    expect(everything).not.toMatch(/digest|[0-9a-f]{64}/);
  });

  it('of a grant that nobody had asked for comes at once: it may be an emergency', async () => {
    const { office, api, secret, delivering } = await heardOf({ events: ['grant.*'] });
    await env.DB.prepare(
      `INSERT INTO grants (id, team, kind, budget, unit, amount, source, starts_at, ends_at, reason, created_at, created_by, team_version)
       VALUES (?1, ?2, 'budget_increase', 'main', 'usd', 5000000, 'break_glass', ?3, ?4, 'an outage', ?3, 'eve', 1)`,
    )
      .bind(`grant_${'0'.repeat(26)}`, office.team, api.nowMs, api.nowMs + HOUR_MS)
      .run();
    const journal = playEndpoint();
    await deliverAfterChange(delivering);
    const told = journal.map((delivered) => said(secret, delivered));
    expect(told.filter(({ type }) => type === 'grant.created')).toMatchObject([
      { data: { grant: { team: office.team, source: 'break_glass', amount: '5.00', createdBy: 'eve' } } },
    ]);
  });

  it('is sent after the change, without waiting for the sweep', async () => {
    const journal = playEndpoint();
    const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}`, 'content-type': 'application/json' };
    const send = (method: string, path: string, body: unknown) =>
      exports.default.fetch(`https://headgate.example/admin/v1${path}`, {
        method,
        headers,
        body: JSON.stringify(body),
      });
    const team = `quick-${crypto.randomUUID().slice(0, 8)}`;
    const url = 'https://hooks.example.com/quick';
    const made = await send('PUT', '/webhooks/quick', { url, events: ['key.created'] });
    const { secret } = issued.parse(await made.json());
    await (await send('POST', '/teams', { id: team })).text();
    await (await send('POST', `/teams/${team}/keys`, { user: 'ada' })).text();
    await vi.waitFor(() => expect(journal).toHaveLength(1));
    expect(said(secret, journal[0])).toMatchObject({ type: 'key.created', data: { key: { team, user: 'ada' } } });
  });
});

describe('a delivery that fails', () => {
  it('comes again with the same id, at the times it should, until it is taken', async () => {
    const { office, later, secret, delivering, deliveries } = await heardOf();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    await (await office.member('ada')).ask();
    const journal = playEndpoint(() => new Response('later', { status: journal.length < 3 ? 500 : 200 }));
    const pass = async (afterMs: number) => {
      later(afterMs);
      await deliverAfterChange(delivering);
      return journal.length;
    };
    expect(await pass(0)).toBe(1);
    expect(await deliveries()).toMatchObject([{ state: 'pending', attempts: 1, status: 500 }]);
    expect(await pass(4_999)).toBe(1);
    expect(await pass(1)).toBe(2);
    expect(await pass(29_999)).toBe(2);
    expect(await pass(1)).toBe(3);
    expect(said(secret, journal[2])).toMatchObject({ type: 'request.opened' });
    expect(await pass(DAY_MS)).toBe(3);
    expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 3, status: 200, nextAttemptAt: null }]);
    expect(new Set(journal.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(journal.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(3);
    expect(journal.map((delivered) => delivered.text)).toEqual(journal.map(() => journal[0]?.text));
  });

  it('is given up after the eighth attempt; three days without success disable the webhook, which says why', async () => {
    const { office, api, later, delivering, deliveries } = await heardOf({ events: ['request.opened'] });
    const ada = await office.member('ada');
    await ada.ask();
    const journal = playEndpoint(() => new Response(null, { status: 503 }));
    // Longer than each wait can be, and together less than three days.
    for (const waitMs of [0, 6_000, 36_000, 144_000, 720_000, 4_320_000, 25_920_000, 103_680_000, DAY_MS]) {
      later(waitMs);
      await deliverAfterChange(delivering);
    }
    expect(journal).toHaveLength(8);
    expect(await deliveries()).toMatchObject([{ state: 'failed', attempts: 8, status: 503, nextAttemptAt: null }]);
    expect(await api.expect(200, 'GET', '/webhooks/ears')).toMatchObject({ enabled: true, disabledWhy: null });

    later(DAY_MS);
    await ada.ask(askForModels);
    await deliverAfterChange(delivering);
    expect(await api.expect(200, 'GET', '/webhooks/ears')).toMatchObject({
      enabled: false,
      disabledWhy: 'no message got through for three days',
      failingSince: expect.any(String),
    });
    await ada.ask({ ...askForModels, models: ['o3'] });
    later(HOUR_MS);
    await deliverAfterChange(delivering);
    expect(journal).toHaveLength(9);
    expect(await deliveries('?state=pending')).toHaveLength(1);

    vi.restoreAllMocks();
    const healed = playEndpoint();
    await api.expect(200, 'PUT', '/webhooks/ears', { url: 'https://hooks.example.com/headgate' });
    await deliverAfterChange(delivering);
    expect(healed).toHaveLength(1);
    expect(await api.expect(200, 'GET', '/webhooks/ears')).toMatchObject({ enabled: true, failingSince: null });
  });

  it('disables its webhook at once where the endpoint says that it is gone', async () => {
    const { office, api, sweep } = await heardOf();
    await (await office.member('ada')).ask();
    playEndpoint(() => new Response(null, { status: 410 }));
    await sweep();
    expect(await api.expect(200, 'GET', '/webhooks/ears')).toMatchObject({
      enabled: false,
      disabledWhy: 'the endpoint answered that it is gone (410)',
    });
  });

  it('goes to no private address that was written past the API, nor after a redirect', async () => {
    const { office, later, deliveries, sweep } = await heardOf({ events: ['request.opened'] });
    await (await office.member('ada')).ask();
    const journal = playEndpoint(() => Response.redirect('https://127.0.0.1/', 307));
    await env.DB.prepare(`UPDATE webhooks SET url = 'https://localhost/'`).run();
    await sweep();
    expect(journal).toEqual([]);
    expect(await deliveries()).toMatchObject([
      {
        state: 'pending',
        attempts: 1,
        status: null,
        error: 'its url must be at a host that the whole internet can reach',
      },
    ]);
    await env.DB.prepare(`UPDATE webhooks SET url = 'https://hooks.example.com/'`).run();
    later(HOUR_MS);
    await sweep();
    expect(journal.map(({ url }) => url)).toEqual(['https://hooks.example.com/']);
    expect(await deliveries()).toMatchObject([{ state: 'pending', attempts: 2, status: 307, error: null }]);
  });
});

it('the list of deliveries comes in pages, of one state if asked, and of a webhook that there is', async () => {
  const { office, api, sweep } = await heardOf();
  const ada = await office.member('ada');
  for (let place = 0; place < 5; place += 1) await ada.ask({ ...askForModels, models: [`model-${place}`] });
  playEndpoint();
  await sweep();
  const path = '/webhooks/ears/deliveries';
  const first = page.parse(await api.expect(200, 'GET', `${path}?limit=3`));
  const rest = page.parse(await api.expect(200, 'GET', `${path}?limit=3&cursor=${first.nextCursor}`));
  const ids = [...first.data, ...rest.data].map(({ id }) => id);
  expect([new Set(ids).size, rest.nextCursor]).toEqual([5, null]);
  expect(ids).toEqual(ids.toSorted().toReversed());
  expect(page.parse(await api.expect(200, 'GET', `${path}?state=failed`)).data).toEqual([]);
  for (const query of ['?state=lost', '?limit=0', '?cursor=x', `?state=failed&cursor=${first.nextCursor}`]) {
    expect(await api.expect(400, 'GET', `${path}${query}`)).toEqual(refusal('invalid_request'));
  }
  expect(await api.expect(404, 'GET', '/webhooks/none-such/deliveries')).toEqual(refusal('not_found'));
});
