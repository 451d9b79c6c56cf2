// The admin API in the whole Worker, with real objects behind it: what is changed is what the ledger then shows.

import { createExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Bindings } from '../../../worker/bindings.ts';
import { KEEP_ALL } from '../../../schema/usage-retention.ts';
import { adminOnDemand } from '../../../worker/http/admin/on-demand.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { ADMIN_TOKEN, nothingFound, NotingLedgers } from './admin-api.ts';

const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}`, 'content-type': 'application/json' };

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await exports.default.fetch(`https://headgate.example/admin/v1${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(response.status, await response.clone().text()).toBeLessThan(300);
  return response.status === 204 ? null : response.json();
}

it('a team, its budgets and its key are in its object when the answer comes', async () => {
  const team = `whole-${crypto.randomUUID().slice(0, 8)}`;
  await call('POST', '/teams', { id: team, timezone: 'America/New_York' });
  await call('PUT', `/teams/${team}/members/ada`, { email: 'ada@example.com', role: 'lead' });
  const scopes = [{ kind: 'team' }, { kind: 'member', id: 'ada' }, { kind: 'model', id: 'gpt-*' }];
  for (const scope of scopes) {
    await call('PUT', `/teams/${team}/budgets/${scope.kind}`, { scope, unit: 'usd', limit: '12.50', period: 'month' });
  }
  const { id } = z.looseObject({ id: z.string() }).parse(await call('POST', `/teams/${team}/keys`, { user: 'ada' }));

  expect(await call('GET', `/teams/${team}/ledger`)).toMatchObject({
    holds: 0,
    version: 6,
    budgets: expect.arrayContaining(
      scopes.map((scope) =>
        expect.objectContaining({
          id: scope.kind,
          scope,
          limit: '12.50',
          settled: '0.00',
          held: '0.00',
          remaining: '12.50',
          // New York is four or five hours behind.
          window: { start: expect.stringMatching(/-01T0[45]:00:00\.000Z$/), end: expect.any(String) },
        }),
      ),
    ),
  });

  await call('DELETE', `/teams/${team}/keys/${id}`);
  expect(await call('GET', `/teams/${team}/ledger`)).toMatchObject({ version: 7 });
});

it('is the same when it is built on demand', async () => {
  const app = new Hono<{ Bindings: Bindings }>();
  const admin = adminOnDemand({
    dependenciesOf: () => ({
      db: openDatabase(env.DB),
      usage: [openDatabase(env.DB)],
      ledgers: new NotingLedgers(),
      now: () => 0,
      signOn: null,
      settings: {
        adminToken: ADMIN_TOKEN,
        financeToken: null,
        metricsToken: null,
        demoModel: true,
        providers: [],
        webhookKey: null,
        webhookAllowPrivate: false,
        usageRetention: KEEP_ALL,
      },
      catalogueKnows: () => false,
      find: nothingFound,
    }),
    reportFault: () => {},
  });
  app.all('/admin/*', admin).get('/openapi.json', admin);
  for (const [path, status] of [
    ['/openapi.json', 200],
    ['/admin/v1/models', 200],
    ['/admin/v1/teams/never-made', 404],
  ] as const) {
    const response = await app.request(path, { headers }, { ...env }, createExecutionContext());
    expect(response.status).toBe(status);
  }
});
