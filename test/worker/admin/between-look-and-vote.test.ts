// What changes between the look at a request and the vote on it: the statement that writes the vote asks again.

import { expect, it } from 'vitest';
import { newGrantId, requestIdSchema, teamIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { approveRequest } from '../../../worker/records/decisions.ts';
import { findRequest } from '../../../worker/records/requests.ts';
import { askForModels, Office } from './office.ts';

const endsAt = '2026-11-30T00:00:00.000Z';

async function openOffice() {
  const office = await Office.open();
  const lea = await office.member('lea', 'lead');
  await office.member('dan');
  await lea.expect(201, 'POST', '/me/delegations', { to: 'dan', endsAt });
  return { office, lea, ada: await office.member('ada') };
}
type Opened = Awaited<ReturnType<typeof openOffice>>;

/** Whoever of the team looked at it before, votes on it now. */
async function vote({ office }: Opened, user: string, look: Awaited<ReturnType<typeof findRequest>>) {
  if (!look.ok) throw new Error('there is no such request');
  const { db, nowMs: atMs } = office.api;
  const by = { kind: 'member', team: teamIdSchema.parse(office.team), user: userIdSchema.parse(user) } as const;
  const grant = newGrantId(atMs, crypto.getRandomValues(new Uint8Array(16)));
  const approval = { by, grant, amount: null, untilMs: null, version: null, reason: null, override: false };
  const { finding } = await approveRequest({ db, by, atMs, requestId: null }, look.value, approval);
  return finding.ok ? finding.value.state : finding.failure.reason;
}

async function lookAt({ office }: Opened, asker: Opened['ada']) {
  await office.rules({ expireAfterHours: 720 });
  const { id } = await asker.ask(askForModels);
  return findRequest(office.api.db, requestIdSchema.parse(id), office.api.nowMs);
}

it.each<[string, string, (opened: Opened) => Promise<unknown>, string]>([
  ['nothing, for a lead', 'lea', () => Promise.resolve(), 'approved'],
  ['nothing, for a delegate', 'dan', () => Promise.resolve(), 'approved'],
  [
    'the lead is one no more',
    'lea',
    ({ office }) => office.api.expect(200, 'PUT', `/teams/${office.team}/members/lea`, { role: 'member' }),
    'not_eligible',
  ],
  [
    'the lead has left',
    'lea',
    ({ office }) => office.api.expect(204, 'DELETE', `/teams/${office.team}/members/lea`),
    'not_eligible',
  ],
  [
    'whoever the delegate stands in for has left',
    'dan',
    ({ office }) => office.api.expect(204, 'DELETE', `/teams/${office.team}/members/lea`),
    'not_eligible',
  ],
  [
    'the delegate has left',
    'dan',
    ({ office }) => office.api.expect(204, 'DELETE', `/teams/${office.team}/members/dan`),
    'not_eligible',
  ],
  [
    'the delegation is over',
    'dan',
    ({ office }) => Promise.resolve((office.api.nowMs = Date.parse(endsAt))),
    'not_eligible',
  ],
  ['the rules let leads decide no more', 'lea', ({ office }) => office.rules({ leadsApprove: false }), 'not_eligible'],
])('%s', async (_, user, change, outcome) => {
  const opened = await openOffice();
  const look = await lookAt(opened, opened.ada);
  await change(opened);
  expect(await vote(opened, user, look)).toBe(outcome);
});

it('whoever asked never votes, in nobody’s right', async () => {
  const opened = await openOffice();
  await opened.lea.expect(201, 'POST', '/me/delegations', { to: 'ada', endsAt });
  expect(await vote(opened, 'ada', await lookAt(opened, opened.ada))).toBe('own_request');
  expect(await vote(opened, 'dan', await lookAt(opened, opened.lea))).toBe('not_eligible');
});
