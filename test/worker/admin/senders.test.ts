// Senders who work at the same time: after a change, and in the sweep. None does what another does, and none waits for another.

import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deliverAfterChange, sweepNotices } from '../../../worker/notifying.ts';
import { playEndpoint } from '../../helpers/endpoint.ts';
import { heardOf } from './listening.ts';
import { askForModels } from './office.ts';

const HOUR_MS = 3_600_000;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('two senders', () => {
  it('at the same time send a message once', async () => {
    const { office, delivering, deliveries } = await heardOf();
    const ada = await office.member('ada');
    for (let place = 0; place < 12; place += 1) await ada.ask({ ...askForModels, models: [`model-${place}`] });
    const journal = playEndpoint(async () => {
      await scheduler.wait(20);
      return new Response(null, { status: 204 });
    });
    await Promise.all(Array.from({ length: 4 }, () => deliverAfterChange(delivering)));
    expect(journal).toHaveLength(12);
    expect(new Set(journal.map(({ headers }) => headers['webhook-id'])).size).toBe(12);
    expect(await deliveries('?state=delivered')).toHaveLength(12);
  });

  it('one of which died: its delivery is made by the other, half a minute later, under the same id', async () => {
    const { office, later, delivering, deliveries } = await heardOf();
    await (await office.member('ada')).ask();
    const killed = { ...delivering, compose: () => new Promise<string | null>(() => {}) };
    void deliverAfterChange(killed);
    await vi.waitFor(async () => expect(await deliveries()).toMatchObject([{ attempts: 1 }]));
    const journal = playEndpoint();
    later(29_999);
    await deliverAfterChange(delivering);
    expect(journal).toEqual([]);
    later(1);
    await deliverAfterChange(delivering);
    expect(journal).toHaveLength(1);
    expect(await deliveries()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  });

  it('are not held up by an endpoint that never answers in time, nor by a message that cannot be made', async () => {
    const events = ['request.opened'];
    const { office, api, later, delivering } = await heardOf({ events });
    await api.expect(201, 'PUT', '/webhooks/deaf', { url: 'https://deaf.example.com/', events });
    const ada = await office.member('ada');
    for (let place = 0; place < 4; place += 1) await ada.ask({ ...askForModels, models: [`model-${place}`] });
    const broken = { ...delivering, compose: () => Promise.reject(new TypeError('a bug')) };
    const journal = playEndpoint(({ url }) => {
      if (url === 'https://deaf.example.com/') throw new DOMException('too slow', 'TimeoutError');
      return new Response(null, { status: 204 });
    });
    await deliverAfterChange(broken);
    later(HOUR_MS);
    await sweepNotices(delivering);
    const counts = await env.DB.prepare(
      'SELECT webhook, state, count(*) AS count FROM deliveries GROUP BY webhook, state ORDER BY webhook',
    ).all();
    expect(counts.results).toEqual([
      { webhook: 'deaf', state: 'pending', count: 4 },
      { webhook: 'ears', state: 'delivered', count: 4 },
    ]);
    expect(journal).toHaveLength(8);
  });
});
