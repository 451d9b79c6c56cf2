// What employees ask for, on real D1, and how it ends. Who decides is in decisions.test.ts.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { sweep } from '../../../worker/administration.ts';
import { refusal } from './admin-api.ts';
import { askForMain, askForModels, Office, opened, page, UNTIL } from './office.ts';

const HOUR_MS = 3_600_000;

describe('asking', () => {
  it('opens a request; the same again finds it, whatever it says now; another thing is another request', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    const first = await ada.expect(201, 'POST', '/me/requests', askForMain);
    expect(first).toEqual({
      id: expect.stringMatching(/^ask_/),
      team: office.team,
      user: 'ada',
      kind: 'budget_increase',
      state: 'pending',
      version: 1,
      budget: 'main',
      unit: 'usd',
      amount: '50.00',
      models: null,
      rate: null,
      scope: null,
      until: UNTIL,
      reason: 'release week',
      createdAt: '2026-11-23T10:00:00.000Z',
      expiresAt: '2026-11-26T10:00:00.000Z',
      replaces: null,
      policyVersion: 0,
      requiredApprovals: 1,
      differentRoles: false,
      stage: 1,
      escalatesAt: null,
      escalatedAt: null,
      decision: null,
      votes: [],
      autoDecision: null,
      grant: null,
    });
    expect(await ada.expect(200, 'POST', '/me/requests', { ...askForMain, amount: '70.00' })).toEqual(first);
    await ada.expect(201, 'POST', '/me/requests', { ...askForMain, budget: 'own' });
    await ada.expect(201, 'POST', '/me/requests', askForModels);
    await ada.expect(201, 'POST', '/me/requests', { ...askForModels, models: ['gpt-5'] });
    await ada.expect(200, 'POST', '/me/requests', { ...askForModels, models: ['gpt-5', 'gpt-5'] });
    const ben = await office.member('ben');
    await ben.expect(201, 'POST', '/me/requests', askForMain);
    const mine = page.parse(await ada.expect(200, 'GET', '/me/requests'));
    expect(mine.data).toHaveLength(4);
    expect(await ada.expect(200, 'GET', '/me')).toMatchObject({
      user: 'ada',
      team: office.team,
      budgets: [{ id: 'main', limit: '100.00' }, { id: 'own' }, { id: 'counted' }],
      requests: expect.arrayContaining([first]),
    });
  });

  it('without an end, lasts until the window of the budget ends', async () => {
    const ada = await (await Office.open()).member('ada');
    const { until: _, ...rest } = askForMain;
    expect(await ada.ask(rest)).toMatchObject({ until: UNTIL });
  });

  it.each([
    ['kind', { ...askForMain, kind: 'holiday' }],
    ['budget', { ...askForMain, budget: 'other' }],
    ['budget', { ...askForMain, budget: 7 }],
    ['amount', { ...askForMain, amount: 50 }],
    ['amount', { ...askForMain, amount: '0.00' }],
    ['amount', { ...askForMain, amount: '-1.00' }],
    ['amount', { ...askForMain, budget: 'counted', amount: '50.00' }],
    ['amount', { ...askForMain, budget: 'counted', amount: 0 }],
    ['until', { ...askForMain, until: '2026-11-23T10:00:00Z' }],
    ['until', { ...askForMain, until: '2027-11-23T10:00:00Z' }],
    ['until', { ...askForMain, until: 'tomorrow' }],
    ['reason', { ...askForMain, reason: ' ' }],
    ['models', { ...askForModels, models: [] }],
    ['models.0', { ...askForModels, models: ['a,b'] }],
    ['amount', { ...askForModels, amount: '5.00' }],
  ])('is refused with a bad %s', async (field, body) => {
    const ada = await (await Office.open()).member('ada');
    expect(await ada.expect(400, 'POST', '/me/requests', body)).toEqual(refusal('invalid_request', `${field} `));
  });

  it('needs a key of one’s own: no key, a wrong key and the admin token are refused alike', async () => {
    const { api } = await Office.open();
    for (const headers of [{}, { authorization: 'Bearer hg_x_y_z' }, { authorization: 'Bearer test-admin-token' }]) {
      const answer = await api.send('GET', '/me', { headers });
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 401, body: refusal('unauthorized') });
    }
  });

  it('may be for so many things at once', async () => {
    const ada = await (await Office.open()).member('ada');
    for (let place = 0; place < 20; place += 1) await ada.ask({ ...askForModels, models: [`model-${place}`] });
    expect(await ada.expect(409, 'POST', '/me/requests', askForMain)).toEqual(refusal('limit_reached'));
  });
});

describe('the end of a request', () => {
  it('is final: nothing that was denied, withdrawn, approved or left to expire can be decided on', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    const ends: readonly ((id: string) => Promise<unknown>)[] = [
      (id) => office.api.expect(200, 'POST', `/requests/${id}/approve`, {}),
      (id) => office.api.expect(200, 'POST', `/requests/${id}/deny`, { reason: 'no' }),
      (id) => ada.expect(204, 'DELETE', `/me/requests/${id}`),
      () => Promise.resolve((office.api.nowMs += 73 * HOUR_MS)),
    ];
    const states: unknown[] = [];
    for (const [place, end] of ends.entries()) {
      const { id } = await ada.ask({ ...askForModels, models: [`model-${place}`] });
      await end(id);
      const before = await office.api.expect(200, 'GET', `/requests/${id}`);
      states.push(opened.parse(before).state);
      await office.api.expect(409, 'POST', `/requests/${id}/approve`, {});
      await office.api.expect(409, 'POST', `/requests/${id}/deny`, { reason: 'no' });
      await ada.expect(409, 'DELETE', `/me/requests/${id}`);
      expect(opened.parse(await office.api.expect(200, 'GET', `/requests/${id}`)).state).toBe(states.at(-1));
    }
    expect(states).toEqual(['approved', 'denied', 'withdrawn', 'expired']);
  });

  it('by the clock is written down by the sweep, and the same can be asked again before', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    const first = await ada.ask();
    office.api.nowMs += 72 * HOUR_MS;
    const second = await ada.ask();
    expect(second.id).not.toBe(first.id);
    office.api.nowMs += 72 * HOUR_MS;
    const { expired } = await sweep(office.administration());
    expect(expired).toBeGreaterThanOrEqual(1);
    const { results } = await env.DB.prepare(`SELECT state FROM requests WHERE team = ?`).bind(office.team).all();
    expect(results).toEqual([{ state: 'expired' }, { state: 'expired' }]);
  });

  it('belongs to whoever made it: nobody else withdraws it', async () => {
    const office = await Office.open();
    const { id } = await (await office.member('ada')).ask();
    const lea = await office.member('lea', 'lead');
    expect(await lea.expect(404, 'DELETE', `/me/requests/${id}`)).toEqual(refusal('not_found'));
  });
});
