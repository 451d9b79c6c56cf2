// Whoever listens hears of a change at once: a whole gateway, an endpoint on this machine, and the library that receivers use.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type LocalGateway, startLocalGateway } from '../helpers/local-gateway.ts';
import { newTeamId } from '../helpers/provider-gateway.ts';

interface Heard {
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly text: string;
}

const issued = z.looseObject({ secret: z.string() });
const heard: Heard[] = [];
let refusals = 0;
let gateway: LocalGateway;
let listener: Server;
let address = '';

beforeAll(async () => {
  listener = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port }: AddressInfo = z
    .object({ port: z.number(), address: z.string(), family: z.string() })
    .parse(listener.address());
  address = `http://127.0.0.1:${port}/headgate`;
  gateway = await startLocalGateway({ WEBHOOK_ALLOW_PRIVATE: 'true' });
});
afterAll(async () => {
  await gateway.close();
  listener.close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join() : (value ?? '')]),
  );
  heard.push({ id: headers['webhook-id'] ?? '', headers, text });
  response.writeHead(refusals > 0 ? 500 : 204).end();
  refusals -= 1;
}

async function nextAfter(count: number): Promise<Heard> {
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(count), { timeout: 20_000, interval: 20 });
  const last = heard[count];
  if (last === undefined) throw new Error('nothing was heard');
  return last;
}

it('a message comes signed, again with the same id where it was not taken, and under both secrets while they change', async () => {
  const { admin } = gateway;
  const team = newTeamId();
  await admin.request('POST', '/teams', { id: team });
  const made = await admin.request('PUT', '/webhooks/here', { url: address, events: ['key.*'], team });
  const { secret } = issued.parse(made);

  refusals = 1;
  const startedAt = performance.now();
  await admin.request('POST', `/teams/${team}/keys`, { user: 'ada' });
  const first = await nextAfter(0);
  console.log(`heard ${Math.round(performance.now() - startedAt)} ms after the change was asked for`);
  const message = new Webhook(secret).verify(first.text, first.headers);
  expect(message).toMatchObject({ type: 'key.created', data: { key: { team, user: 'ada' } } });

  const { secret: second } = issued.parse(await admin.request('POST', '/webhooks/here/rotate'));
  // The first wait is of five seconds, a fifth more or less; then any change, or the sweep, tries again.
  await new Promise((resolve) => setTimeout(resolve, 6_100));
  await admin.request('PATCH', `/teams/${team}`, { name: 'Payments' });
  const again = await nextAfter(1);
  expect(again.id).toBe(first.id);
  expect(again.headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const each of [secret, second]) expect(new Webhook(each).verify(again.text, again.headers)).toEqual(message);
  expect(() => new Webhook(`whsec_${btoa('another secret')}`).verify(again.text, again.headers)).toThrow();
  await vi.waitFor(async () =>
    expect(await admin.request('GET', '/webhooks/here/deliveries')).toMatchObject({
      data: [{ id: first.id, state: 'delivered', attempts: 2, status: 204 }],
    }),
  );
  await admin.request('DELETE', '/webhooks/here');
});

it('a webhook, its secret and what it has not heard yet outlive a power cut', async () => {
  const { admin } = gateway;
  const team = newTeamId();
  const before = heard.length;
  await admin.request('POST', '/teams', { id: team });
  const made = await admin.request('PUT', '/webhooks/lasting', { url: address, team });
  refusals = 1;
  await admin.request('POST', `/teams/${team}/keys`, { user: 'ben' });
  const first = await nextAfter(before);
  await gateway.kill9();
  await new Promise((resolve) => setTimeout(resolve, 6_100));
  // Its first sweep is at once.
  await gateway.start();
  const again = await nextAfter(before + 1);
  expect(again.id).toBe(first.id);
  expect(new Webhook(issued.parse(made).secret).verify(again.text, again.headers)).toMatchObject({
    type: 'key.created',
  });
});
