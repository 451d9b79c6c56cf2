// Whoever wants something else than they asked for replaces what is open: it ends as the new one begins, or neither.

import { expect, it } from 'vitest';
import { refusal } from './admin-api.ts';
import { askForMain, askForModels, Office, opened } from './office.ts';

async function openOffice() {
  const office = await Office.open();
  const ada = await office.member('ada');
  return { office, ada, first: await ada.ask() };
}

it('the open request ends as superseded, and the new one says what it is instead of', async () => {
  const { office, ada, first } = await openOffice();
  const ask = { ...askForMain, amount: '70.00', replaces: first.id };
  const second = opened.parse(await ada.expect(201, 'POST', '/me/requests', ask));
  expect(second).toMatchObject({ state: 'pending', amount: '70.00', replaces: first.id });
  expect(await office.api.expect(200, 'GET', `/requests/${first.id}`)).toMatchObject({
    state: 'superseded',
    version: 2,
    decision: { at: '2026-11-23T10:00:00.000Z', by: null },
  });
  for (const path of ['approve', 'deny']) {
    const late = await office.api.expect(409, 'POST', `/requests/${first.id}/${path}`, { reason: 'late' });
    expect(late).toEqual(refusal('already_decided'));
  }
  await ada.expect(409, 'DELETE', `/me/requests/${first.id}`);
  expect(await office.api.expect(200, 'POST', `/requests/${second.id}/approve`)).toMatchObject({
    grant: { amount: '70.00' },
  });
  expect(await ada.expect(200, 'GET', '/me/requests?state=superseded')).toMatchObject({ data: [{ id: first.id }] });
});

it('asked twice, it is opened once', async () => {
  const { ada, first } = await openOffice();
  const ask = { ...askForMain, amount: '70.00', replaces: first.id };
  const answers = await Promise.all([ada.send('POST', '/me/requests', ask), ada.send('POST', '/me/requests', ask)]);
  expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '201']);
  expect(answers[0]?.body).toEqual(answers[1]?.body);
});

it('what was approved so far is for what was asked then, and is lost', async () => {
  const { office, ada } = await openOffice();
  await office.rules({ quorum: 2 });
  const lea = await office.member('lea', 'lead');
  const small = await ada.ask({ ...askForMain, budget: 'own', amount: '1.00' });
  await lea.expect(200, 'POST', `/me/approvals/${small.id}/approve`);
  const large = await ada.ask({ ...askForMain, budget: 'own', amount: '90.00', replaces: small.id });
  expect(large).toMatchObject({ votes: [] });
  expect(await office.api.expect(200, 'POST', `/requests/${large.id}/approve`)).toMatchObject({ state: 'pending' });
});

it('anything of one’s own that is open may be replaced, also one of twenty', async () => {
  const { ada, first } = await openOffice();
  for (let place = 1; place < 20; place += 1) await ada.ask({ ...askForModels, models: [`model-${place}`] });
  expect(await ada.expect(409, 'POST', '/me/requests', askForModels)).toEqual(refusal('limit_reached'));
  await ada.expect(201, 'POST', '/me/requests', { ...askForModels, replaces: first.id });
});

it('nothing ends that is not one’s own, not there, or decided', async () => {
  const { office, ada, first } = await openOffice();
  const ben = await office.member('ben');
  const ask = { ...askForModels, replaces: first.id };
  expect(await ben.expect(404, 'POST', '/me/requests', ask)).toEqual(refusal('not_found'));
  const nothing = { ...ask, replaces: first.id.replace(/.{4}$/, '0000') };
  expect(await ada.expect(404, 'POST', '/me/requests', nothing)).toEqual(refusal('not_found'));
  expect(await ada.expect(400, 'POST', '/me/requests', { ...ask, replaces: 'mine' })).toEqual(
    refusal('invalid_request', 'replaces '),
  );
  await office.api.expect(200, 'POST', `/requests/${first.id}/deny`, { reason: 'no' });
  expect(await ada.expect(409, 'POST', '/me/requests', ask)).toEqual(refusal('already_decided'));
  expect(await ada.expect(200, 'GET', '/me/requests?state=pending')).toMatchObject({ data: [] });
});

it('nothing ends for a request that would not be opened, because the same is open', async () => {
  const { office, ada, first } = await openOffice();
  const models = await ada.ask(askForModels);
  const ask = { ...askForModels, replaces: first.id };
  expect(await ada.expect(200, 'POST', '/me/requests', ask)).toEqual(models);
  expect(await office.api.expect(200, 'GET', `/requests/${first.id}`)).toMatchObject({ state: 'pending' });
});

it('replaced and approved at once, one of the two is so', async () => {
  const { office, ada } = await openOffice();
  for (let round = 0; round < 5; round += 1) {
    const { id } = await ada.ask({ ...askForModels, models: [`model-${round}`] });
    const [replaced, approved] = await Promise.all([
      ada.send('POST', '/me/requests', { ...askForModels, models: [`other-${round}`], replaces: id }),
      office.api.call('POST', `/requests/${id}/approve`, {}),
    ]);
    expect([replaced.status, approved.status]).toContain(409);
    const { state } = opened.parse(await office.api.expect(200, 'GET', `/requests/${id}`));
    expect(state).toBe(replaced.status === 201 ? 'superseded' : 'approved');
  }
});
