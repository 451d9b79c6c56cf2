// The approval rules of a team on real D1: versions, defaults, and what they say of a request that is opened.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { AdminApi, refusal } from './admin-api.ts';
import { askForMain, askForModels, Office } from './office.ts';

const defaults = {
  approvers: [],
  leadsApprove: true,
  quorum: 1,
  twoPersonAbove: {},
  escalateAfterHours: null,
  escalateTo: [],
  expireAfterHours: 72,
  maxGrantDays: 90,
  maxGrantedPercent: null,
  auto: {
    mode: 'off',
    maxAmount: {},
    maxPercentOfLimit: 20,
    maxCumulativePercent: 30,
    maxPerUserPerWindow: 2,
    models: [],
    minAccountAgeDays: 7,
    forecast: true,
  },
  breakGlass: { responders: [], maxHours: 4, maxAmount: {} },
  bridge: null,
};
const fay = { team: 'finops', user: 'fay' };
const strict = {
  approvers: [fay],
  leadsApprove: false,
  quorum: 3,
  twoPersonAbove: { usd: '1000.00', tokens: 5, percentOfLimit: 100 },
  escalateAfterHours: 4,
  escalateTo: [{ team: 'finops', user: 'max' }],
  expireAfterHours: 24,
  maxGrantDays: 7,
  maxGrantedPercent: 50,
  auto: {
    mode: 'shadow',
    maxAmount: { usd: '50.00', tokens: 1_000 },
    maxPercentOfLimit: 10,
    maxCumulativePercent: 20,
    maxPerUserPerWindow: 1,
    models: ['claude-haiku-*'],
    minAccountAgeDays: 0,
    forecast: false,
  },
  breakGlass: { responders: [fay], maxHours: 12, maxAmount: { usd: '100.00', requests: 5 } },
  bridge: { percentOfLimit: 10, maxAmount: { usd: '1.00' } },
};

describe('the rules of a team', () => {
  it('have their defaults until they are made, and every PUT is a version that stays', async () => {
    const api = new AdminApi();
    const path = `/teams/${await api.team()}/approval-policy`;
    const unmade = { ...defaults, version: 0, madeAt: null, madeBy: null };
    expect(await api.expect(200, 'GET', path)).toEqual(unmade);
    const made = { madeAt: '2026-11-23T10:00:00.000Z', madeBy: 'token:admin' };
    const first = { ...strict, version: 1, ...made };
    expect(await api.expect(200, 'PUT', path, strict)).toEqual(first);
    expect(await api.expect(200, 'GET', path)).toEqual(first);
    expect(await api.expect(200, 'PUT', path, {})).toEqual({ ...defaults, version: 2, ...made });
    expect(await api.expect(200, 'GET', `${path}?version=1`)).toEqual(first);
    expect(await api.expect(200, 'GET', `${path}?version=0`)).toEqual(unmade);
    expect(await api.expect(404, 'GET', `${path}?version=3`)).toEqual(refusal('not_found'));
    await expect(env.DB.prepare('UPDATE approval_policies SET version = 9').run()).rejects.toThrow(/never changes/);
  });

  it('written twenty times at once are twenty versions', async () => {
    const api = new AdminApi();
    const path = `/teams/${await api.team()}/approval-policy`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.call('PUT', path, {})));
    const versions = new Set(answers.map(({ body }) => JSON.stringify(body)));
    expect(versions.size).toBe(20);
    expect(await api.expect(200, 'GET', path)).toMatchObject({ version: 20 });
  });

  it('that a later Headgate wrote are read for what is known of them', async () => {
    const office = await Office.open();
    await env.DB.prepare(
      `INSERT INTO approval_policies VALUES (?, 1, '{"quorum":2,"moods":["fair"]}', 0, 'token:admin')`,
    )
      .bind(office.team)
      .run();
    expect(await office.api.expect(200, 'GET', `/teams/${office.team}/approval-policy`)).toEqual({
      ...defaults,
      quorum: 2,
      version: 1,
      madeAt: '1970-01-01T00:00:00.000Z',
      madeBy: 'token:admin',
    });
  });

  it.each([
    ['quorum', { quorum: 0 }],
    ['quorum', { quorum: 6 }],
    ['quorum', { quorum: '2' }],
    ['leadsApprove', { leadsApprove: 'yes' }],
    ['approvers.0.team', { approvers: [{ user: 'fay' }] }],
    ['approvers.0.role', { approvers: [{ ...fay, role: 'lead' }] }],
    ['approvers', { approvers: Array.from({ length: 21 }, () => fay) }],
    ['twoPersonAbove.usd', { twoPersonAbove: { usd: 1_000 } }],
    ['twoPersonAbove.usd', { twoPersonAbove: { usd: '-1.00' } }],
    ['twoPersonAbove.euros', { twoPersonAbove: { euros: '1.00' } }],
    ['escalateAfterHours', { escalateAfterHours: 721, escalateTo: [fay] }],
    ['escalateAfterHours', { escalateAfterHours: 72, escalateTo: [fay] }],
    ['escalateTo', { escalateAfterHours: 4 }],
    ['expireAfterHours', { expireAfterHours: 0 }],
    ['maxGrantDays', { maxGrantDays: 367 }],
    ['maxGrantedPercent', { maxGrantedPercent: 0 }],
    ['mood', { mood: 'fair' }],
  ])('are refused with a bad %s', async (field, body) => {
    const api = new AdminApi();
    const path = `/teams/${await api.team()}/approval-policy`;
    expect(await api.expect(400, 'PUT', path, body)).toEqual(refusal('invalid_request', `${field} `));
    expect(await api.expect(200, 'GET', path)).toMatchObject({ version: 0 });
  });

  it('belong to a team there is', async () => {
    const api = new AdminApi();
    expect(await api.expect(404, 'PUT', '/teams/nobody/approval-policy', {})).toEqual(refusal('not_found'));
    expect(await api.expect(404, 'GET', '/teams/nobody/approval-policy')).toEqual(refusal('not_found'));
  });
});

describe('a request', () => {
  it('is opened under the newest version, and keeps to it', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    const path = `/teams/${office.team}/approval-policy`;
    await office.api.expect(200, 'PUT', path, strict);
    const until = '2026-11-30T10:00:00.000Z';
    const opened = {
      policyVersion: 1,
      requiredApprovals: 3,
      differentRoles: false,
      expiresAt: '2026-11-24T10:00:00.000Z',
      escalatesAt: '2026-11-23T14:00:00.000Z',
    };
    const asked = await ada.ask({ ...askForMain, until });
    expect(asked).toMatchObject(opened);
    await office.api.expect(200, 'PUT', path, {});
    expect(await office.api.expect(200, 'GET', `/requests/${asked.id}`)).toMatchObject(opened);
    expect(await ada.ask(askForModels)).toMatchObject({ policyVersion: 2, requiredApprovals: 1, escalatesAt: null });
  });

  it('may not ask for longer than the rules allow, and without an end stays within them', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    await office.api.expect(200, 'PUT', `/teams/${office.team}/approval-policy`, { maxGrantDays: 7 });
    const tooLong = { ...askForMain, until: '2026-11-30T10:00:01Z' };
    expect(await ada.expect(400, 'POST', '/me/requests', tooLong)).toEqual(
      refusal('invalid_request', 'until must be at most 7 days'),
    );
    const { until: _, ...rest } = askForMain;
    expect(await ada.ask(rest)).toMatchObject({ until: '2026-11-30T10:00:00.000Z' });
  });
});
