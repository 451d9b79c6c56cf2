// A list or report of a team that there never was says so, whoever asks: an empty one would read as nothing spent.

import { beforeEach, describe, expect, it } from 'vitest';
import { AdminApi, refusal } from './admin-api.ts';
import { signOnAt } from './signed-on.ts';

let api: AdminApi;
beforeEach(() => {
  api = new AdminApi();
});

const PATHS = [
  '/usage/summary?',
  '/usage/events?',
  '/alerts?',
  '/audit?',
  '/plan?',
  '/insights?',
  '/threshold-events?',
  '/requests?',
  '/reviews?',
  '/delegations?',
  '/reports/focus?from=2026-11-01&to=2026-12-01&',
  '/reports/chargeback?from=2026-11-01&to=2026-12-01&',
];

describe.each(PATHS)('%s', (path) => {
  it('is answered of a team that there is, and of one that there was', async () => {
    const team = await api.team();
    expect((await api.call('GET', `${path}team=${team}`)).status).toBe(200);
    await api.expect(204, 'DELETE', `/teams/${team}`);
    expect((await api.call('GET', `${path}team=${team}`)).status).toBe(200);
  });

  it('is refused of one that there never was', async () => {
    const never = { status: 404, body: refusal('not_found', 'there is no team "paymets"') };
    expect(await api.call('GET', `${path}team=paymets`)).toMatchObject(never);
    const finance = signOnAt(api)('fin', 'admin');
    expect(await finance('GET', `/admin/v1${path}team=paymets`)).toMatchObject(never);
  });

  it('names the field where there cannot be such a team', async () => {
    const answer = { status: 400, body: refusal('invalid_request', 'team ') };
    expect(await api.call('GET', `${path}team=No%20Team`)).toMatchObject(answer);
    expect(await api.call('GET', `${path}team=one&team=two`)).toMatchObject(answer);
  });
});
