// Who people in Slack are: written by admins, and no more than that.

import { expect, it } from 'vitest';
import { refusal } from './admin-api.ts';
import { Office } from './office.ts';

async function officeOfTwo() {
  const office = await Office.open();
  const { api, team } = office;
  await office.member('ada');
  await office.member('ben', 'lead');
  await api.call('PUT', '/slack-users/U0BEN', { team, user: 'ben' });
  return office;
}

it('they are written, read, listed and forgotten, and all of it is in the audit trail', async () => {
  const { api, team } = await officeOfTwo();
  const body = { team, user: 'ada' };
  expect(await api.expect(201, 'PUT', '/slack-users/W0NEW', body)).toMatchObject({ slackUser: 'W0NEW', ...body });
  expect(await api.expect(200, 'PUT', '/slack-users/W0NEW', { team, user: 'ben' })).toMatchObject({ user: 'ben' });
  expect(await api.expect(200, 'GET', '/slack-users/W0NEW')).toMatchObject({ user: 'ben' });
  expect(await api.expect(200, 'GET', '/slack-users?limit=1')).toMatchObject({ nextCursor: expect.any(String) });
  await api.expect(204, 'DELETE', '/slack-users/W0NEW');
  for (const method of ['GET', 'DELETE']) {
    expect(await api.expect(404, method, '/slack-users/W0NEW')).toEqual(refusal('not_found', 'there is no slack user'));
  }
  expect(await api.expect(200, 'GET', '/audit?target=W0NEW')).toMatchObject({
    data: [{ action: 'slack-user.delete' }, { action: 'slack-user.put' }, { action: 'slack-user.put' }],
  });
});

it('they can only be members', async () => {
  const { api, team } = await officeOfTwo();
  expect(await api.expect(404, 'PUT', '/slack-users/U0NEW', { team, user: 'nobody' })).toEqual(refusal('not_found'));
  await api.expect(204, 'DELETE', `/teams/${team}/members/ada`);
  expect(await api.expect(404, 'PUT', '/slack-users/U0NEW', { team, user: 'ada' })).toEqual(refusal('not_found'));
  expect(await api.expect(400, 'PUT', '/slack-users/u-1', { team, user: 'ben' })).toEqual(
    refusal('invalid_request', 'slackUser'),
  );
  expect(await api.expect(400, 'PUT', '/slack-users/U0NEW', { team })).toEqual(refusal('invalid_request', 'user'));
});
