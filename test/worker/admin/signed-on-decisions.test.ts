// People with a role in the company decide on requests of any team, as themselves.

import { expect, it } from 'vitest';
import { refusal } from './admin-api.ts';
import { Office, opened } from './office.ts';
import { signOnAt } from './signed-on.ts';

async function openOffice() {
  const office = await Office.open();
  return { office, signedOn: signOnAt(office.api) };
}

it('an approver approves, by their own name, and it is in force', async () => {
  const { office, signedOn } = await openOffice();
  const { id } = await (await office.member('ada')).ask();
  const approved = await signedOn('fay', 'approver')('POST', `/admin/v1/requests/${id}/approve`, {});
  expect(approved).toMatchObject({ status: 200, body: { state: 'approved', decision: { by: 'fay' } } });
  expect(office.grants()).toHaveLength(1);
  const trail = await office.api.call('GET', `/audit?target=${id}&action=request.approve`);
  expect(trail.body).toMatchObject({ data: [{ actor: 'person:fay' }] });
});

it('nobody decides on their own request, whatever they are in the company', async () => {
  const { office, signedOn } = await openOffice();
  const { id } = await (await office.member('ada')).ask();
  for (const role of ['admin', 'approver'] as const) {
    for (const decision of ['approve', 'deny']) {
      const answer = await signedOn('ada', role)('POST', `/admin/v1/requests/${id}/${decision}`, { reason: 'mine' });
      expect(answer).toMatchObject({ status: 403, body: refusal('own_request') });
    }
  }
  expect(opened.parse(await office.api.expect(200, 'GET', `/requests/${id}`)).state).toBe('pending');
});

it('whoever may only look decides on nothing', async () => {
  const { office, signedOn } = await openOffice();
  const { id } = await (await office.member('ada')).ask();
  for (const role of ['finance', 'auditor'] as const) {
    const answer = await signedOn('fay', role)('POST', `/admin/v1/requests/${id}/approve`, {});
    expect(answer).toMatchObject({ status: 403, body: refusal('forbidden') });
  }
});

it('one person has one vote, as a lead and in the company together', async () => {
  const { office, signedOn } = await openOffice();
  await office.api.expect(200, 'PUT', `/teams/${office.team}/approval-policy`, { quorum: 2 });
  const lead = await office.member('lea', 'lead');
  const { id } = await (await office.member('ada')).ask();
  expect(opened.parse(await lead.expect(200, 'POST', `/me/approvals/${id}/approve`, {})).state).toBe('pending');
  const again = await signedOn('lea', 'approver')('POST', `/admin/v1/requests/${id}/approve`, {});
  expect(again).toMatchObject({ status: 409, body: refusal('already_voted') });
  const other = await signedOn('fay', 'approver')('POST', `/admin/v1/requests/${id}/approve`, {});
  expect(other).toMatchObject({ status: 200, body: { state: 'approved' } });
});

it('only an admin overrides that there is no headroom', async () => {
  const { office, signedOn } = await openOffice();
  await office.rules({ maxGrantedPercent: 1 });
  const { id } = await (await office.member('ada')).ask();
  const override = ['POST', `/admin/v1/requests/${id}/approve`, { override: true, reason: 'they need it' }] as const;
  const refused = await signedOn('fay', 'approver')(...override);
  expect(refused).toMatchObject({ status: 400, body: refusal('invalid_request', 'override ') });
  expect(office.grants()).toEqual([]);
  expect(await signedOn('max', 'admin')(...override)).toMatchObject({ status: 200, body: { state: 'approved' } });
});
