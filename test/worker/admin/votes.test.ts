// Several people decide on one request, by the rules of its team: how many, in which roles, and that each has one vote.

import { describe, expect, it } from 'vitest';
import { refusal } from './admin-api.ts';
import { askForMain, askForModels, Office, page } from './office.ts';

const approve = (id: string) => `/me/approvals/${id}/approve`;
const deny = (id: string) => `/me/approvals/${id}/deny`;

/** A team whose rules name fay of another team, with two leads and somebody who asks. */
async function openOffice(rules: object) {
  const office = await Office.open();
  const finops = await office.api.team();
  const fay = await office.member('fay', 'member', finops);
  await office.rules({ approvers: [{ team: finops, user: 'fay' }], ...rules });
  const [lea, liv] = [await office.member('lea', 'lead'), await office.member('liv', 'lead')];
  return { office, finops, fay, lea, liv, ada: await office.member('ada') };
}

describe('with a quorum of two', () => {
  it('the first approval is a vote, and the second makes the grant', async () => {
    const { office, lea, liv, ada } = await openOffice({ quorum: 2 });
    const { id } = await ada.ask();
    const told = office.api.ledgers.configured.length;
    const first = await lea.expect(200, 'POST', approve(id), { reason: 'fine' });
    const vote = { by: 'lea', role: 'lead', onBehalfOf: null, decision: 'approved', amount: null, until: null };
    expect(first).toMatchObject({
      state: 'pending',
      version: 1,
      requiredApprovals: 2,
      votes: [{ ...vote, reason: 'fine', at: '2026-11-23T10:00:00.000Z' }],
      decision: null,
      grant: null,
    });
    expect(office.api.ledgers.configured).toHaveLength(told);
    expect(await ada.expect(200, 'GET', '/me/requests')).toMatchObject({ data: [first] });
    expect(await liv.expect(200, 'POST', approve(id), { version: 1 })).toMatchObject({
      state: 'approved',
      version: 2,
      votes: [vote, { ...vote, by: 'liv' }],
      decision: { by: 'liv' },
      grant: { amount: '50.00', state: 'active' },
    });
    expect(office.grants()).toHaveLength(1);
    expect(await office.trail(id)).toEqual([
      `${office.team}/ada request.open`,
      `${office.team}/lea request.approve`,
      `${office.team}/liv request.approve`,
    ]);
  });

  it('a vote does not need the team’s object; the last one does', async () => {
    const { office, lea, ada } = await openOffice({ quorum: 2 });
    const { id } = await ada.ask();
    office.api.ledgers.configureTeam = () => Promise.reject(new Error('not to be asked'));
    await lea.expect(200, 'POST', approve(id));
  });

  it('nobody votes twice, nor takes a vote back', async () => {
    const { office, lea, ada } = await openOffice({ quorum: 2 });
    const { id } = await ada.ask();
    await lea.expect(200, 'POST', approve(id));
    expect(page.parse(await lea.expect(200, 'GET', '/me/approvals')).data).toEqual([]);
    expect(await lea.expect(409, 'POST', approve(id))).toEqual(refusal('already_voted'));
    expect(await lea.expect(409, 'POST', deny(id), { reason: 'after all' })).toEqual(refusal('already_voted'));
    await office.api.expect(200, 'POST', `/requests/${id}/approve`);
    expect(await lea.expect(409, 'POST', approve(id))).toEqual(refusal('already_decided'));
    expect(office.grants()).toHaveLength(1);
  });

  it('any denial ends it', async () => {
    const { office, lea, liv, ada } = await openOffice({ quorum: 2 });
    const { id } = await ada.ask();
    await lea.expect(200, 'POST', approve(id));
    expect(await liv.expect(200, 'POST', deny(id), { reason: 'use ours' })).toMatchObject({
      state: 'denied',
      votes: [{ decision: 'approved' }, { by: 'liv', decision: 'denied', reason: 'use ours' }],
      decision: { by: 'liv', reason: 'use ours' },
      grant: null,
    });
    expect(await office.api.expect(409, 'POST', `/requests/${id}/approve`)).toEqual(refusal('already_decided'));
    expect(office.grants()).toEqual([]);
  });

  it('the smallest amount and the earliest end of all approvals are granted', async () => {
    const { office, lea, liv, ada } = await openOffice({ quorum: 2 });
    const { id } = await ada.ask();
    await lea.expect(200, 'POST', approve(id), { amount: '20.00' });
    const until = '2026-11-24T00:00:00.000Z';
    expect(await liv.expect(200, 'POST', approve(id), { amount: '30.00', until })).toMatchObject({
      grant: { amount: '20.00', endsAt: until },
    });
    expect(office.grants()).toMatchObject([{ amount: 20_000_000, endsAtMs: Date.parse(until) }]);
  });

  it('what the first approved may be over before the second comes: then nothing is granted', async () => {
    const { office, lea, liv, ada } = await openOffice({ quorum: 2 });
    const { id } = await ada.ask();
    await lea.expect(200, 'POST', approve(id), { until: '2026-11-24T00:00:00Z' });
    office.api.nowMs = Date.parse('2026-11-24T00:00:00Z');
    expect(await liv.expect(409, 'POST', approve(id))).toEqual(refusal('conflict'));
    await liv.expect(200, 'POST', deny(id), { reason: 'too late' });
  });

  it('twenty-four approvals at once make one grant: two are votes, the others come too late or twice', async () => {
    const { office, lea, liv, fay, ada } = await openOffice({ quorum: 2 });
    const { id } = await ada.ask();
    const leads = [lea, liv, fay, await office.member('lin', 'lead'), await office.member('lou', 'lead')];
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => [
        ...leads.map((lead) => lead.send('POST', approve(id))),
        office.api.call('POST', `/requests/${id}/approve`, {}),
      ]).flat(),
    );
    const states = answers.map(({ status, body }) => `${status} ${JSON.stringify(body).includes('"pending"')}`);
    expect(states.toSorted().filter((state) => !state.startsWith('409'))).toEqual(['200 false', '200 true']);
    expect(states).toHaveLength(24);
    expect(office.grants()).toHaveLength(1);
    const { votes } = Object(await office.api.expect(200, 'GET', `/requests/${id}`));
    expect(votes).toHaveLength(2);
  });

  it('the last approval and a denial at once have one winner', async () => {
    const { office, lea, liv, ada } = await openOffice({ quorum: 2 });
    for (let round = 0; round < 5; round += 1) {
      const { id } = await ada.ask({ ...askForModels, models: [`model-${round}`] });
      await lea.expect(200, 'POST', approve(id));
      const answers = await Promise.all([
        liv.send('POST', approve(id)),
        office.api.call('POST', `/requests/${id}/deny`, { reason: 'no' }),
      ]);
      expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '409']);
    }
  });
});

describe('above the amount that needs two people', () => {
  const rules = { twoPersonAbove: { usd: '40.00' } };

  it('two of one role are not enough, and one of another is', async () => {
    const { office, lea, liv, fay, ada } = await openOffice(rules);
    const { id } = await ada.ask();
    await lea.expect(200, 'POST', approve(id));
    expect(await liv.expect(200, 'POST', approve(id))).toMatchObject({ state: 'pending', differentRoles: true });
    expect(office.grants()).toEqual([]);
    office.api.nowMs += 1;
    expect(await fay.expect(200, 'POST', approve(id))).toMatchObject({
      state: 'approved',
      votes: [{ role: 'lead' }, { role: 'lead' }, { role: 'approver' }],
    });
    expect(office.grants()).toHaveLength(1);
  });

  it('an admin is of a role of their own', async () => {
    const { office, lea, ada } = await openOffice(rules);
    const { id } = await ada.ask();
    expect(await office.api.expect(200, 'POST', `/requests/${id}/approve`)).toMatchObject({ state: 'pending' });
    expect(await lea.expect(200, 'POST', approve(id))).toMatchObject({ state: 'approved' });
  });

  it('a lead whom the rules name as well has one role', async () => {
    const { office, lea, liv, ada } = await openOffice(rules);
    await office.rules({ approvers: [{ team: office.team, user: 'lea' }] });
    const { id } = await ada.ask();
    await office.rules({ ...rules, approvers: [{ team: office.team, user: 'lea' }] });
    expect(await lea.expect(200, 'POST', approve(id))).toMatchObject({ state: 'approved', votes: [{ role: 'lead' }] });
    const second = await ada.ask({ ...askForMain, budget: 'own' });
    await lea.expect(200, 'POST', approve(second.id));
    expect(await liv.expect(200, 'POST', approve(second.id))).toMatchObject({ state: 'pending' });
  });

  it('and up to it, one person decides', async () => {
    const { lea, ada } = await openOffice(rules);
    const { id } = await ada.ask({ ...askForMain, amount: '40.00' });
    expect(await lea.expect(200, 'POST', approve(id))).toMatchObject({ state: 'approved', differentRoles: false });
  });
});

describe('whoever the rules name', () => {
  it('sees what waits for them, also of another team, and decides', async () => {
    const { fay, ada } = await openOffice({});
    const { id } = await ada.ask();
    expect(page.parse(await fay.expect(200, 'GET', '/me/approvals')).data).toMatchObject([{ id }]);
    expect(await fay.expect(200, 'POST', approve(id))).toMatchObject({
      state: 'approved',
      votes: [{ by: 'fay', role: 'approver' }],
    });
  });

  it('decides no more when the rules do not name them any more, or when they left their team', async () => {
    const { office, finops, fay, ada } = await openOffice({});
    const { id } = await ada.ask();
    await office.rules({});
    expect(await fay.expect(404, 'POST', approve(id))).toEqual(refusal('not_found'));
    expect(page.parse(await fay.expect(200, 'GET', '/me/approvals')).data).toEqual([]);
    await office.rules({ approvers: [{ team: finops, user: 'fay' }] });
    await office.api.expect(204, 'DELETE', `/teams/${finops}/members/fay`);
    expect(await fay.expect(404, 'POST', approve(id))).toEqual(refusal('not_found'));
    expect(await office.trail(id)).toEqual([
      `${office.team}/ada request.open`,
      `${finops}/fay request.approve-refused`,
      `${finops}/fay request.approve-refused`,
    ]);
    expect(office.grants()).toEqual([]);
  });

  it('does not decide for themselves, whichever team’s key they use', async () => {
    const { office, finops, fay } = await openOffice({});
    const { id } = await (await office.member('fay')).ask();
    expect(page.parse(await fay.expect(200, 'GET', '/me/approvals')).data).toEqual([]);
    expect(await fay.expect(403, 'POST', approve(id))).toEqual(refusal('own_request'));
    expect(await office.trail(id)).toContain(`${finops}/fay request.approve-refused`);
    expect(office.grants()).toEqual([]);
  });

  it('is that person in that team: somebody of the same name elsewhere is not', async () => {
    const { office, ada } = await openOffice({});
    const { id } = await ada.ask();
    const namesake = await office.member('fay', 'lead', await office.api.team());
    expect(await namesake.expect(404, 'POST', approve(id))).toEqual(refusal('not_found'));
  });

  it('may be all who decide: then leads do not', async () => {
    const { office, lea, fay, ada } = await openOffice({ leadsApprove: false });
    const { id } = await ada.ask();
    expect(page.parse(await lea.expect(200, 'GET', '/me/approvals')).data).toEqual([]);
    expect(await lea.expect(403, 'POST', approve(id))).toEqual(refusal('not_eligible'));
    expect(await lea.expect(403, 'POST', deny(id), { reason: 'x' })).toEqual(refusal('not_eligible'));
    expect(await office.trail(id)).toContain(`${office.team}/lea request.deny-refused`);
    await fay.expect(200, 'POST', approve(id));
  });
});
