// A request that nobody decides on comes before more people, and ends in the end: by the clock and the rules it was opened
// under.

import { expect, it } from 'vitest';
import { sweep } from '../../../worker/administration.ts';
import { refusal } from './admin-api.ts';
import { askForMain, Office, page } from './office.ts';

const HOUR_MS = 3_600_000;
const approve = (id: string) => `/me/approvals/${id}/approve`;

/** Requests come before max of another team after four hours, and end after a day. */
async function openOffice() {
  const office = await Office.open();
  const finops = await office.api.team();
  const max = await office.member('max', 'member', finops);
  const rules = { escalateAfterHours: 4, escalateTo: [{ team: finops, user: 'max' }], expireAfterHours: 24 };
  await office.rules(rules);
  const waiting = async (id: string) => {
    const { data } = page.parse(await max.expect(200, 'GET', '/me/approvals'));
    return data.some((request) => request.id === id);
  };
  return { office, max, waiting, lea: await office.member('lea', 'lead'), ada: await office.member('ada') };
}

it('comes before more people when its time has come, once, and is the same request as before', async () => {
  const { office, max, waiting, ada } = await openOffice();
  const { id } = await ada.ask();
  office.api.nowMs += 4 * HOUR_MS - 1;
  await sweep(office.administration());
  expect(await waiting(id)).toBe(false);
  expect(await max.expect(404, 'POST', approve(id))).toEqual(refusal('not_found'));
  office.api.nowMs += 1;
  expect((await sweep(office.administration())).escalated).toBe(1);
  expect(await waiting(id)).toBe(true);
  expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toMatchObject({
    state: 'pending',
    version: 1,
    stage: 2,
    escalatesAt: '2026-11-23T14:00:00.000Z',
    escalatedAt: '2026-11-23T14:00:00.000Z',
  });
  office.api.nowMs += HOUR_MS;
  expect((await sweep(office.administration())).escalated).toBe(0);
  expect(await max.expect(200, 'POST', approve(id), { version: 1 })).toMatchObject({
    state: 'approved',
    votes: [{ by: 'max', role: 'approver' }],
  });
  expect(await office.trail(id)).toEqual([
    `${office.team}/ada request.open`,
    expect.stringContaining('max request.approve-refused'),
    'system:clock request.escalate',
    expect.stringContaining('max request.approve'),
  ]);
});

it('still is for those it came before first', async () => {
  const { office, lea, ada } = await openOffice();
  const { id } = await ada.ask();
  office.api.nowMs += 4 * HOUR_MS;
  await sweep(office.administration());
  await lea.expect(200, 'POST', approve(id));
});

it('does not come before more people once it is decided, or over', async () => {
  const { office, lea, ada } = await openOffice();
  const decided = await ada.ask();
  await lea.expect(200, 'POST', approve(decided.id));
  await ada.ask({ ...askForMain, budget: 'own' });
  office.api.nowMs += 24 * HOUR_MS;
  expect(await sweep(office.administration())).toMatchObject({ expired: 1, escalated: 0 });
});

it('ends undecided when its rules say so, whatever the rules say by then', async () => {
  const { office, max, lea, ada } = await openOffice();
  const { id } = await ada.ask();
  await office.rules({ expireAfterHours: 720 });
  office.api.nowMs += 24 * HOUR_MS - 1;
  expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toMatchObject({ state: 'pending' });
  office.api.nowMs += 1;
  expect(await lea.expect(409, 'POST', approve(id))).toEqual(refusal('already_decided'));
  expect(await max.expect(404, 'POST', approve(id))).toEqual(refusal('not_found'));
  expect(await office.api.expect(200, 'GET', `/requests/${id}`)).toMatchObject({ state: 'expired' });
});
