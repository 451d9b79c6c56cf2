// With a database of usage that is not bound, what adds usage up says so, and is never told in part.

import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdminApi, ADMIN_TOKEN } from './admin-api.ts';

let api: AdminApi;
let team: string;
beforeEach(async () => {
  api = new AdminApi();
  team = await api.team();
});
afterEach(() => env.DB.prepare('UPDATE teams SET usage_database = 0').run());

const unbound = () => env.DB.prepare('UPDATE teams SET usage_database = 2 WHERE id = ?').bind(team).run();
const statusOf = async (path: string, token = ADMIN_TOKEN) =>
  (await api.send('GET', path, { headers: { authorization: `Bearer ${token}` } })).status;

const READERS = [
  '/admin/v1/usage/summary',
  '/admin/v1/usage/events',
  '/admin/v1/plan',
  '/admin/v1/insights',
  '/admin/v1/reports/focus?from=2026-11-01&to=2026-11-02',
  '/admin/v1/reports/chargeback?from=2026-11-01&to=2026-11-02',
  '/v1/organization/costs?start_time=1795392000',
  '/v1/organization/usage/completions?start_time=1795392000',
  '/v1/organizations/cost_report?starting_at=2026-11-01T00:00:00Z',
  '/v1/organizations/usage_report/messages?starting_at=2026-11-01T00:00:00Z',
  '/metrics',
];

describe.each(READERS)('%s', (path) => {
  it('is answered while all are bound, and 503 otherwise', async () => {
    await api.expect(201, 'PUT', `/teams/${team}/members/ada`, {});
    expect(await statusOf(path)).toBe(200);
    await unbound();
    expect(await statusOf(path)).toBe(503);
  });
});

it('is said with the binding that is missing, in each form', async () => {
  await unbound();
  const says = { status: 503, text: expect.stringContaining('USAGE_2, which is not bound') };
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  for (const path of [READERS[0], READERS[6], READERS[8]]) {
    expect(await api.send('GET', path ?? '', { headers })).toMatchObject(says);
  }
  expect(await statusOf('/metrics', 'test-metrics-token')).toBe(503);
});

it('does not keep anybody from what reads no usage', async () => {
  await unbound();
  for (const path of ['/teams', `/teams/${team}`, `/teams/${team}/ledger`, '/alerts', '/audit']) {
    expect({ path, status: await statusOf(`/admin/v1${path}`) }).toEqual({ path, status: 200 });
  }
});
