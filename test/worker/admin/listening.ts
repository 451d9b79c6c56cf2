// An office whose doings a webhook hears of, and what comes to it.

import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { z } from 'zod';
import { composeBody } from '../../../worker/http/messages/compose-body.ts';
import { type Delivering, sweepNotices } from '../../../worker/notifying.ts';
import { type Delivered, verified } from '../../helpers/endpoint.ts';
import { Office } from './office.ts';

export const issued = z.looseObject({ secret: z.string() });
const message = z.looseObject({ type: z.string(), timestamp: z.string(), data: z.looseObject({}) });
export const page = z.object({ data: z.array(z.looseObject({ id: z.string() })), nextCursor: z.string().nullable() });

/** With no other webhook and no notice. The clock of the test's receivers is set to that of the API: undo it afterwards. */
export async function heardOf(webhook: Record<string, unknown> = {}) {
  await env.DB.batch([env.DB.prepare('DELETE FROM webhooks'), env.DB.prepare('DELETE FROM notices')]);
  const office = await Office.open();
  const { api } = office;
  // The library that verifies has a clock of its own.
  vi.useFakeTimers({ toFake: ['Date'], now: api.nowMs });
  const later = (ms: number): void => {
    api.nowMs += ms;
    vi.setSystemTime(api.nowMs);
  };
  const body = { url: 'https://hooks.example.com/headgate', team: office.team, ...webhook };
  const { secret } = issued.parse(await api.expect(201, 'PUT', '/webhooks/ears', body));
  const delivering: Delivering = {
    db: api.db,
    now: () => api.nowMs,
    settings: { webhookKey: api.webhookKey, webhookAllowPrivate: false },
    compose: (notice, format) => composeBody(api.db, notice, format, api.nowMs),
  };
  const deliveries = async (query = '') =>
    page.parse(await api.expect(200, 'GET', `/webhooks/ears/deliveries${query}`)).data;
  const sweep = () => sweepNotices(delivering);
  return { office, api, later, secret, delivering, deliveries, sweep };
}

/** Throws where nothing came, or what the secret did not sign. */
export function said(secret: string, delivered: Delivered | undefined) {
  if (delivered === undefined) throw new Error('nothing came');
  return message.parse(verified(secret, delivered));
}
