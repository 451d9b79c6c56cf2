// Somebody stands in for an approver who is away: one hop, for a while, with the right of whoever is away and no more.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { refusal } from './admin-api.ts';
import { askForMain, Office, page } from './office.ts';

const made = z.looseObject({ id: z.string(), state: z.string() });
const listed = z.object({ data: z.array(made), nextCursor: z.string().nullable() });
const endsAt = '2026-11-30T00:00:00.000Z';
const approve = (id: string) => `/me/approvals/${id}/approve`;

/** A team with a lead who is away, a member who stands in, and one who asks. */
async function openOffice() {
  const office = await Office.open();
  const [lea, dan] = [await office.member('lea', 'lead'), await office.member('dan')];
  const ada = await office.member('ada');
  const delegation = made.parse(await lea.expect(201, 'POST', '/me/delegations', { to: 'dan', endsAt }));
  return { office, lea, dan, ada, delegation };
}

describe('a delegate', () => {
  it('sees what waits and votes as themselves, on behalf of whoever is away', async () => {
    const { office, dan, ada, delegation } = await openOffice();
    expect(delegation).toEqual({
      id: expect.stringMatching(/^delegation_/),
      from: { team: office.team, user: 'lea' },
      to: 'dan',
      startsAt: '2026-11-23T10:00:00.000Z',
      endsAt,
      state: 'active',
      createdAt: '2026-11-23T10:00:00.000Z',
    });
    const { id } = await ada.ask();
    expect(page.parse(await dan.expect(200, 'GET', '/me/approvals')).data).toMatchObject([{ id }]);
    expect(await dan.expect(200, 'POST', approve(id))).toMatchObject({
      state: 'approved',
      decision: { by: 'dan' },
      votes: [{ by: 'dan', role: 'lead', onBehalfOf: 'lea' }],
    });
    expect(await office.trail(delegation.id)).toEqual([`${office.team}/lea delegation.create`]);
  });

  it('stands in wherever whoever is away decides, also for other teams', async () => {
    const { office, ada } = await openOffice();
    const finops = await office.api.team();
    const fay = await office.member('fay', 'member', finops);
    const max = await office.member('max', 'member', finops);
    await office.rules({ approvers: [{ team: finops, user: 'fay' }] });
    await fay.expect(201, 'POST', '/me/delegations', { to: 'max', endsAt });
    const { id } = await ada.ask();
    expect(page.parse(await max.expect(200, 'GET', '/me/approvals')).data).toMatchObject([{ id }]);
    expect(await max.expect(200, 'POST', approve(id))).toMatchObject({
      votes: [{ role: 'approver', onBehalfOf: 'fay' }],
    });
  });

  it('does not decide on their own request, nor on that of whoever is away', async () => {
    const { office, lea, dan } = await openOffice();
    const own = await dan.ask();
    const theirs = await lea.ask();
    expect(page.parse(await dan.expect(200, 'GET', '/me/approvals')).data).toEqual([]);
    expect(await dan.expect(403, 'POST', approve(own.id))).toEqual(refusal('own_request'));
    expect(await dan.expect(403, 'POST', approve(theirs.id))).toEqual(refusal('not_eligible'));
    expect(await office.trail(own.id)).toContain(`${office.team}/dan request.approve-refused`);
    expect(office.grants()).toEqual([]);
  });

  it('decides neither before it begins nor after it ended, by the clock', async () => {
    const { office, lea, dan, ada } = await openOffice();
    const { id } = await ada.ask();
    const startsAt = '2026-12-01T00:00:00.000Z';
    await lea.expect(201, 'POST', '/me/delegations', { to: 'dan', startsAt, endsAt: '2026-12-02T00:00:00Z' });
    office.api.nowMs = Date.parse(endsAt);
    const late = await ada.ask({ ...askForMain, budget: 'own' });
    expect(await dan.expect(403, 'POST', approve(late.id))).toEqual(refusal('not_eligible'));
    expect(page.parse(await dan.expect(200, 'GET', '/me/approvals')).data).toEqual([]);
    office.api.nowMs = Date.parse(startsAt) - 1;
    expect(await dan.expect(403, 'POST', approve(late.id))).toEqual(refusal('not_eligible'));
    expect(await office.trail(late.id)).toContain(`${office.team}/dan request.approve-refused`);
    expect(await office.trail(id)).not.toContain(`${office.team}/dan request.approve`);
  });

  it('decides no more once it is taken back, or once whoever is away decides no more', async () => {
    const { office, lea, dan, ada, delegation } = await openOffice();
    const { id } = await ada.ask();
    await lea.expect(204, 'DELETE', `/me/delegations/${delegation.id}`);
    expect(await lea.expect(404, 'DELETE', `/me/delegations/${delegation.id}`)).toEqual(refusal('not_found'));
    expect(await dan.expect(403, 'POST', approve(id))).toEqual(refusal('not_eligible'));
    await lea.expect(201, 'POST', '/me/delegations', { to: 'dan', endsAt });
    await office.api.expect(200, 'PUT', `/teams/${office.team}/members/lea`, { role: 'member' });
    expect(await dan.expect(403, 'POST', approve(id))).toEqual(refusal('not_eligible'));
    expect(office.grants()).toEqual([]);
  });

  it('does not hand it on: one hop', async () => {
    const { office, dan, ada } = await openOffice();
    await office.member('sam');
    expect(await dan.expect(403, 'POST', '/me/delegations', { to: 'sam', endsAt })).toEqual(refusal('not_eligible'));
    const { id } = await ada.ask();
    const liv = await office.member('liv', 'lead');
    await office.api.expect(200, 'PUT', `/teams/${office.team}/members/dan`, { role: 'lead' });
    await dan.expect(201, 'POST', '/me/delegations', { to: 'sam', endsAt });
    await office.api.expect(200, 'PUT', `/teams/${office.team}/members/dan`, { role: 'member' });
    const sam = await office.member('sam', 'member', await office.api.team());
    expect(await sam.expect(404, 'POST', approve(id))).toEqual(refusal('not_found'));
    await liv.expect(200, 'POST', approve(id));
  });

  it('and whoever is away have one vote between them', async () => {
    const { office, lea, dan, ada } = await openOffice();
    await office.rules({ quorum: 2 });
    const { id } = await ada.ask();
    await dan.expect(200, 'POST', approve(id));
    expect(page.parse(await lea.expect(200, 'GET', '/me/approvals')).data).toEqual([]);
    expect(await lea.expect(409, 'POST', approve(id))).toEqual(refusal('already_voted'));
    expect(await dan.expect(409, 'POST', approve(id))).toEqual(refusal('already_voted'));
    expect(office.grants()).toEqual([]);
  });

  it('of two has one vote, in their own right first, else for one who has not voted', async () => {
    const { office, lea, dan, ada } = await openOffice();
    await office.rules({ quorum: 2 });
    const liv = await office.member('liv', 'lead');
    await liv.expect(201, 'POST', '/me/delegations', { to: 'dan', endsAt });
    const first = await ada.ask();
    await lea.expect(200, 'POST', approve(first.id));
    expect(await dan.expect(200, 'POST', approve(first.id))).toMatchObject({
      state: 'approved',
      votes: expect.arrayContaining([expect.objectContaining({ by: 'dan', onBehalfOf: 'liv' })]),
    });
    await office.api.expect(200, 'PUT', `/teams/${office.team}/members/dan`, { role: 'lead' });
    const second = await ada.ask({ ...askForMain, budget: 'own' });
    expect(await dan.expect(200, 'POST', approve(second.id))).toMatchObject({
      votes: [{ by: 'dan', role: 'lead', onBehalfOf: null }],
    });
  });
});

describe('a delegation', () => {
  it.each([
    ['to', { to: 'lea', endsAt }],
    ['to', { to: '', endsAt }],
    ['to', { endsAt }],
    ['endsAt', { to: 'dan' }],
    ['endsAt', { to: 'dan', endsAt: '2026-11-23T10:00:00Z' }],
    ['endsAt', { to: 'dan', endsAt: '2026-12-23T10:00:01Z' }],
    ['endsAt', { to: 'dan', startsAt: '2026-12-01T00:00:00Z', endsAt: '2026-12-01T00:00:00Z' }],
    ['startsAt', { to: 'dan', startsAt: 'soon', endsAt }],
    ['scope', { to: 'dan', endsAt, scope: 'all' }],
  ])('is refused with a bad %s', async (field, body) => {
    const { lea } = await openOffice();
    expect(await lea.expect(400, 'POST', '/me/delegations', body)).toEqual(refusal('invalid_request', `${field} `));
  });

  it('is to somebody there is, and of somebody who decides', async () => {
    const { office, lea, ada } = await openOffice();
    expect(await lea.expect(404, 'POST', '/me/delegations', { to: 'nobody', endsAt })).toEqual(refusal('not_found'));
    expect(await ada.expect(403, 'POST', '/me/delegations', { to: 'dan', endsAt })).toEqual(refusal('not_eligible'));
    await office.rules({ leadsApprove: false });
    expect(await lea.expect(403, 'POST', '/me/delegations', { to: 'dan', endsAt })).toEqual(refusal('not_eligible'));
    await office.rules({
      leadsApprove: false,
      escalateAfterHours: 1,
      escalateTo: [{ team: office.team, user: 'ada' }],
    });
    await ada.expect(201, 'POST', '/me/delegations', { to: 'dan', endsAt });
  });

  it('is one of at most twenty at a time', async () => {
    const { office, lea } = await openOffice();
    for (let place = 1; place < 20; place += 1) {
      await lea.expect(201, 'POST', '/me/delegations', { to: 'dan', endsAt });
    }
    expect(await lea.expect(409, 'POST', '/me/delegations', { to: 'dan', endsAt })).toEqual(refusal('limit_reached'));
    office.api.nowMs = Date.parse(endsAt);
    await lea.expect(201, 'POST', '/me/delegations', { to: 'dan', endsAt: '2026-12-01T00:00:00Z' });
  });

  it('is listed to both, and to admins, and taken back by whoever made it alone', async () => {
    const { office, lea, dan, ada, delegation } = await openOffice();
    office.api.nowMs += 1;
    const second = made.parse(await lea.expect(201, 'POST', '/me/delegations', { to: 'ada', endsAt }));
    expect(await lea.expect(200, 'GET', '/me/delegations')).toEqual({ data: [second, delegation], nextCursor: null });
    // The same dan stands in for people of other tests as well.
    const { data } = listed.parse(await dan.expect(200, 'GET', '/me/delegations'));
    expect(data).toContainEqual(delegation);
    expect(data).not.toContainEqual(second);
    const of = `/delegations?team=${office.team}`;
    const first = listed.parse(await office.api.expect(200, 'GET', `${of}&limit=1`));
    expect(first.data).toEqual([second]);
    expect(await office.api.expect(200, 'GET', `${of}&limit=1&cursor=${first.nextCursor}`)).toEqual({
      data: [delegation],
      nextCursor: null,
    });
    for (const other of [dan, ada]) {
      expect(await other.expect(404, 'DELETE', `/me/delegations/${delegation.id}`)).toEqual(refusal('not_found'));
    }
    await lea.expect(204, 'DELETE', `/me/delegations/${delegation.id}`);
    office.api.nowMs = Date.parse(endsAt);
    expect(listed.parse(await office.api.expect(200, 'GET', of)).data.map(({ state }) => state)).toEqual([
      'ended',
      'revoked',
    ]);
  });
});
