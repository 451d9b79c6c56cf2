// Decisions on requests, on real D1: who may decide, what is granted, and that one decision wins. What a grant does to calls
// is shown by the ledger's scripts and end to end.

import { describe, expect, it } from 'vitest';
import { sweep } from '../../../worker/administration.ts';
import { refusal } from './admin-api.ts';
import { askForMain, askForModels, Office, page, UNTIL } from './office.ts';

describe('approving', () => {
  it('grants what was asked for, and tells the team’s object before it answers', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    const { id } = await ada.ask();
    const approved = await office.api.expect(200, 'POST', `/requests/${id}/approve`, { reason: 'fine' });
    expect(approved).toMatchObject({
      id,
      state: 'approved',
      version: 2,
      decision: { at: '2026-11-23T10:00:00.000Z', by: 'token:admin', reason: 'fine' },
      grant: { amount: '50.00', startsAt: '2026-11-23T10:00:00.000Z', endsAt: UNTIL, state: 'active' },
    });
    expect(office.grants()).toEqual([
      {
        id: expect.stringMatching(/^grant_/),
        kind: 'budget_increase',
        budget: 'main',
        subject: null,
        unit: 'usd',
        amount: 50_000_000,
        startsAtMs: office.api.nowMs,
        endsAtMs: Date.parse(UNTIL),
      },
    ]);
    expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toEqual(approved);
    expect(page.parse(await office.api.expect(200, 'GET', '/requests?state=pending')).data).not.toContainEqual(
      expect.objectContaining({ id }),
    );
    expect(await office.api.expect(200, 'GET', `/teams/${office.team}/grants`)).toMatchObject({
      data: [{ request: id, budget: 'main', amount: '50.00', state: 'active', createdBy: 'token:admin' }],
    });
  });

  it('may give less and for less long, never more', async () => {
    const office = await Office.open();
    const { id } = await (await office.member('ada')).ask();
    const path = `/requests/${id}/approve`;
    for (const [field, body] of [
      ['amount', { amount: '50.000001' }],
      ['amount', { amount: 5 }],
      ['amount', { amount: '0' }],
      ['until', { until: '2026-12-01T00:00:01Z' }],
      ['until', { until: '2026-11-23T09:00:00Z' }],
    ] as const) {
      expect(await office.api.expect(400, 'POST', path, body)).toEqual(refusal('invalid_request', `${field} `));
    }
    const until = '2026-11-24T00:00:00.000Z';
    expect(await office.api.expect(200, 'POST', path, { amount: '20.00', until })).toMatchObject({
      amount: '50.00',
      grant: { amount: '20.00', endsAt: until },
    });
    office.api.nowMs = Date.parse(until);
    expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toMatchObject({ grant: { state: 'ended' } });
  });

  it('of a share raises the share of whoever asked, and of models opens them to whoever asked', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    const share = await ada.ask({ ...askForMain, budget: 'own' });
    const models = await ada.ask(askForModels);
    await office.api.expect(200, 'POST', `/requests/${share.id}/approve`);
    await office.api.expect(200, 'POST', `/requests/${models.id}/approve`, {});
    expect(office.grants()).toHaveLength(2);
    expect(office.grants()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'budget_increase', budget: 'own', subject: 'ada' }),
        expect.objectContaining({ kind: 'model_access', user: 'ada', models: ['claude-*'] }),
      ]),
    );
  });

  it('twenty times at once makes one grant: one is told so, the others that it is decided', async () => {
    const office = await Office.open();
    const { id } = await (await office.member('ada')).ask();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => office.api.call('POST', `/requests/${id}/approve`, {})),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      error: { code: 'already_decided', details: { state: 'approved', by: 'token:admin' } },
    });
    expect(office.grants()).toHaveLength(1);
  });

  it('and denying at once has one winner', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    for (let round = 0; round < 5; round += 1) {
      const { id } = await ada.ask({ ...askForModels, models: [`model-${round}`] });
      const answers = await Promise.all([
        office.api.call('POST', `/requests/${id}/approve`, {}),
        office.api.call('POST', `/requests/${id}/deny`, { reason: 'no' }),
        ada.send('DELETE', `/me/requests/${id}`),
      ]);
      const won = answers.filter(({ status }) => status < 300);
      expect(won).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(2);
    }
  });

  it('on a version that is no more is refused', async () => {
    const office = await Office.open();
    const { id } = await (await office.member('ada')).ask();
    expect(await office.api.expect(409, 'POST', `/requests/${id}/approve`, { version: 2 })).toEqual(
      refusal('stale_version'),
    );
    await office.api.expect(200, 'POST', `/requests/${id}/approve`, { version: 1 });
  });

  it('is refused once the budget is gone or counts in another unit', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    const [gone, changed] = [await ada.ask(), await ada.ask({ ...askForMain, budget: 'own' })];
    await office.api.expect(204, 'DELETE', `/teams/${office.team}/budgets/main`);
    const other = { unit: 'requests', limit: 5, period: 'month', scope: { kind: 'each_member' } };
    await office.api.expect(200, 'PUT', `/teams/${office.team}/budgets/own`, other);
    for (const { id } of [gone, changed]) {
      expect(await office.api.expect(409, 'POST', `/requests/${id}/approve`, {})).toEqual(refusal('conflict'));
      await office.api.expect(200, 'POST', `/requests/${id}/deny`, { reason: 'gone' });
    }
    expect(office.grants()).toEqual([]);
  });

  it('cut off after the object has it and before the record says so is finished by the sweep, once', async () => {
    const office = await Office.open();
    const { id } = await (await office.member('ada')).ask();
    office.api.ledgers.losesAnswers = true;
    await office.api.expect(503, 'POST', `/requests/${id}/approve`, {});
    expect(office.grants()).toHaveLength(1);
    expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toMatchObject({ grant: { state: 'scheduled' } });
    office.api.ledgers.losesAnswers = false;
    const told = office.api.ledgers.configured.length;
    for (let attempt = 0; attempt < 20; attempt += 1) await sweep(office.administration());
    expect(office.api.ledgers.configured).toHaveLength(told);
    expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toMatchObject({ grant: { state: 'active' } });
  });

  it('while the object is out of reach is not said to be done; the sweep finishes it, once', async () => {
    const office = await Office.open();
    const { id } = await (await office.member('ada')).ask();
    office.api.ledgers.reachable = false;
    await office.api.expect(503, 'POST', `/requests/${id}/approve`, {});
    expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toMatchObject({
      state: 'approved',
      grant: { state: 'scheduled' },
    });
    office.api.ledgers.reachable = true;
    for (let attempt = 0; attempt < 20; attempt += 1) await sweep(office.administration());
    expect(office.grants()).toHaveLength(1);
    expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toMatchObject({ grant: { state: 'active' } });
    expect(await office.api.expect(409, 'POST', `/requests/${id}/approve`, {})).toEqual(refusal('already_decided'));
  });
});

describe('a lead', () => {
  it('decides on the team’s requests with a key of their own, and sees what waits for them', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    const lea = await office.member('lea', 'lead');
    const first = await ada.ask();
    office.api.nowMs += 1;
    const second = await ada.ask(askForModels);
    expect(page.parse(await lea.expect(200, 'GET', '/me/approvals')).data.map(({ id }) => id)).toEqual([
      first.id,
      second.id,
    ]);
    expect(page.parse(await ada.expect(200, 'GET', '/me/approvals')).data).toEqual([]);
    expect(await lea.expect(200, 'POST', `/me/approvals/${first.id}/approve`, {})).toMatchObject({
      state: 'approved',
      decision: { by: 'lea' },
    });
    expect(await lea.expect(200, 'POST', `/me/approvals/${second.id}/deny`, { reason: 'use ours' })).toMatchObject({
      state: 'denied',
      decision: { by: 'lea', reason: 'use ours' },
    });
    expect(page.parse(await lea.expect(200, 'GET', '/me/approvals')).data).toEqual([]);
  });

  it('never decides on their own request', async () => {
    const office = await Office.open();
    const lea = await office.member('lea', 'lead');
    const { id } = await lea.ask();
    expect(page.parse(await lea.expect(200, 'GET', '/me/approvals')).data).toEqual([]);
    expect(await lea.expect(403, 'POST', `/me/approvals/${id}/approve`, {})).toEqual(refusal('own_request'));
    expect(await lea.expect(403, 'POST', `/me/approvals/${id}/deny`, { reason: 'x' })).toEqual(refusal('own_request'));
    expect(office.grants()).toEqual([]);
  });

  it('of another team finds nothing, a member may not, and a lead who is one no more may not either', async () => {
    const office = await Office.open();
    const other = await Office.open();
    const { id } = await (await office.member('ada')).ask();
    const stranger = await other.member('sam', 'lead');
    expect(await stranger.expect(404, 'POST', `/me/approvals/${id}/approve`, {})).toEqual(refusal('not_found'));
    const ben = await office.member('ben');
    expect(await ben.expect(403, 'POST', `/me/approvals/${id}/approve`, {})).toEqual(refusal('not_eligible'));
    const lea = await office.member('lea', 'lead');
    await office.api.expect(200, 'PUT', `/teams/${office.team}/members/lea`, { role: 'member' });
    expect(await lea.expect(403, 'POST', `/me/approvals/${id}/approve`, {})).toEqual(refusal('not_eligible'));
    expect(await lea.expect(403, 'POST', `/me/approvals/${id}/deny`, { reason: 'x' })).toEqual(refusal('not_eligible'));
    expect(office.grants()).toEqual([]);
    expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toMatchObject({ state: 'pending', version: 1 });
  });
});

describe('a grant', () => {
  it('is taken back by an admin, and only while it lives', async () => {
    const office = await Office.open();
    const { id } = await (await office.member('ada')).ask();
    await office.api.expect(200, 'POST', `/requests/${id}/approve`, {});
    const [grant] = office.grants() ?? [];
    const path = `/teams/${office.team}/grants/${grant?.id}`;
    const other = await office.api.team();
    expect(await office.api.expect(404, 'DELETE', path.replace(office.team, other))).toEqual(refusal('not_found'));
    await office.api.expect(204, 'DELETE', path);
    expect(office.grants()).toEqual([]);
    expect(await office.api.expect(404, 'DELETE', path)).toEqual(refusal('not_found'));
    expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toMatchObject({
      state: 'approved',
      grant: { state: 'revoked' },
    });
  });
});
