// Every described route × every role: who may call what, and what everybody else is told.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { companyRoles } from '../../../schema/roles.ts';
import { rolesFor } from '../../../worker/http/admin/roles.ts';
import { AdminApi, type Answer, refusal } from './admin-api.ts';
import { signOnAt } from './signed-on.ts';

const described = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
});

const api = new AdminApi();
const signedOn = signOnAt(api);

async function routes() {
  const { paths } = described.parse((await api.send('GET', '/openapi.json')).body);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ method: method.toUpperCase(), path, operationId })),
  );
}

const rows = new Map<string, readonly string[]>(Object.entries(rolesFor));

function filled(path: string, team: string): string {
  return path
    .replace('{team}', team)
    .replaceAll('{key}', 'abcd1234')
    .replaceAll(/\{\w+\}/g, 'never-made');
}

/** Whoever may ask is told something about what they ask for: anything but who they are. */
const isLetIn = ({ status, text }: Answer) => status !== 401 && !text.includes('"forbidden"');

describe('every route', () => {
  it('has a row in the table of roles, and every row is of a route', async () => {
    const ids = (await routes()).map(({ operationId }) => operationId);
    expect(ids.toSorted()).toEqual([...rows.keys()].toSorted());
  });

  it.each(companyRoles)('lets the role %s in where its row says so, and nowhere else', async (role) => {
    const person = signedOn('zoe', role);
    for (const { method, path, operationId } of await routes()) {
      if (path.startsWith('/me')) continue;
      const answer = await person(method, filled(path, 'never-made'));
      const expected = rows.get(operationId)?.includes(role) ?? false;
      expect({ operationId, letIn: isLetIn(answer) }).toEqual({ operationId, letIn: expected });
      if (!expected) expect(answer).toMatchObject({ status: 403, body: refusal('forbidden') });
    }
  });

  it('is to the token of finance what it is to somebody of finance, and to another token nothing', async () => {
    for (const { method, path, operationId } of await routes()) {
      if (path.startsWith('/me')) continue;
      const ask = (token: string) =>
        api.send(method, filled(path, 'never-made'), {
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        });
      const expected = rows.get(operationId)?.includes('finance') ?? false;
      expect({ operationId, letIn: isLetIn(await ask('test-finance-token')) }).toEqual({
        operationId,
        letIn: expected,
      });
      expect((await ask('test-finance-token-')).status).toBe(401);
      if (method !== 'GET') expect(expected).toBe(method === 'POST' && operationId === 'replayPolicy');
    }
    api.financeToken = null;
    expect(
      (await api.send('GET', '/admin/v1/plan', { headers: { authorization: 'Bearer test-finance-token' } })).status,
    ).toBe(401);
    api.financeToken = 'test-finance-token';
  });

  it('is closed to whoever signed on without any role', async () => {
    const person = signedOn('zoe');
    for (const { method, path, operationId } of await routes()) {
      if (path.startsWith('/me')) continue;
      const { status } = await person(method, filled(path, 'never-made'));
      expect({ operationId, status }).toEqual({
        operationId,
        status: rows.get(operationId)?.includes('lead') === true && path.includes('{team}') ? 404 : 403,
      });
    }
  });

  it('asks the same of who only wants its headers', async () => {
    const headers = { authorization: 'Bearer eyJ.zoe.' };
    for (const path of ['/teams', '/audit', '/models/gpt-5']) {
      expect((await api.app.request(`/admin/v1${path}`, { method: 'HEAD', headers }, {})).status).toBe(403);
    }
  });

  it('lets a lead read what is of their own team, and write nothing', async () => {
    const team = await api.team();
    await api.expect(201, 'PUT', `/teams/${team}/members/lea`, { role: 'lead' });
    const lead = signedOn('lea');
    for (const { method, path, operationId } of await routes()) {
      if (path.startsWith('/me')) continue;
      const roles = rows.get(operationId) ?? [];
      const answer = await lead(method, filled(path, team) + (path.includes('{team}') ? '' : `?team=${team}`));
      expect({ operationId, letIn: isLetIn(answer) }).toEqual({ operationId, letIn: roles.includes('lead') });
      if (method !== 'GET') expect({ operationId, letIn: isLetIn(answer) }).toEqual({ operationId, letIn: false });
    }
  });
});

describe('a lead', () => {
  it('finds no other team, whether it is there or not', async () => {
    const [own, other] = [await api.team(), await api.team()];
    await api.expect(201, 'PUT', `/teams/${own}/members/lea`, { role: 'lead' });
    const lead = signedOn('lea');
    expect(await lead('GET', `/admin/v1/teams/${own}`)).toMatchObject({ status: 200 });
    for (const team of [other, 'never-made', '%6eever-made', 'x'.repeat(300)]) {
      const answer = await lead('GET', `/admin/v1/teams/${team}`);
      expect(answer).toMatchObject({ status: 404, body: refusal('not_found', 'there is no team') });
    }
    expect((await lead('GET', `/admin/v1/usage/events?team=${other}`)).status).toBe(404);
    expect((await lead('GET', `/admin/v1/usage/events?team=${own}`)).status).toBe(200);
  });

  it('cannot have two teams by asking for both, nor all by naming none', async () => {
    const [own, other] = [await api.team(), await api.team()];
    await api.expect(201, 'PUT', `/teams/${own}/members/lea`, { role: 'lead' });
    const lead = signedOn('lea');
    expect((await lead('GET', `/admin/v1/usage/events?team=${own}&team=${other}`)).status).toBe(400);
    expect((await lead('GET', `/admin/v1/usage/events?team=${other}&team=${own}`)).status).toBe(404);
    expect(await lead('GET', '/admin/v1/usage/events')).toMatchObject({
      status: 403,
      body: refusal(
        'forbidden',
        'this takes the role admin or auditor or finance or lead, and you have none of them; who leads a team names it as ?team=',
      ),
    });
  });

  it('is not what somebody with another role is taken for', async () => {
    const approver = await signedOn('fay', 'approver')('GET', '/admin/v1/usage/events');
    expect(approver).toMatchObject({ status: 403, body: refusal('forbidden', 'this takes the role admin or auditor') });
    expect(approver).toMatchObject({ body: { error: { details: { yours: ['approver'] } } } });
  });

  it('is one no more from the moment they are not', async () => {
    const team = await api.team();
    const lead = signedOn('lea');
    const path = `/teams/${team}/members/lea`;
    await api.expect(201, 'PUT', path, { role: 'lead' });
    expect((await lead('GET', `/admin/v1/teams/${team}`)).status).toBe(200);
    await api.expect(200, 'PUT', path, { role: 'member' });
    expect(await lead('GET', `/admin/v1/teams/${team}`)).toMatchObject({ status: 403, body: refusal('forbidden') });
    await api.expect(204, 'DELETE', path);
    expect((await lead('GET', `/admin/v1/teams/${team}`)).status).toBe(404);
  });

  it('of a team that was deleted is none', async () => {
    const team = await api.team();
    await api.expect(201, 'PUT', `/teams/${team}/members/lea`, { role: 'lead' });
    await api.expect(204, 'DELETE', `/teams/${team}`);
    expect((await signedOn('lea')('GET', `/admin/v1/teams/${team}/budgets`)).status).toBe(404);
  });
});

describe('somebody who signed on', () => {
  it('is who the audit trail names', async () => {
    const team = `team-${crypto.randomUUID().slice(0, 8)}`;
    const made = await signedOn('amy', 'admin')('POST', '/admin/v1/teams', { id: team, timezone: 'UTC' });
    expect(made.status).toBe(201);
    const trail = await signedOn('ruth', 'auditor')('GET', `/admin/v1/audit?team=${team}`);
    expect(trail.body).toMatchObject({ data: [{ actor: 'person:amy', action: 'team.create' }] });
  });

  it('is told why a token is not taken, and that it is not their role that is missing', async () => {
    const answer = await signedOn('nobody')('GET', '/admin/v1/teams');
    expect(answer).toMatchObject({ status: 401, body: refusal('unauthorized', 'this sign-on token has expired') });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('may come through Cloudflare Access, unless another credential is given', async () => {
    const assertion = { 'cf-access-jwt-assertion': 'eyJ.ruth.auditor' };
    expect((await api.send('GET', '/admin/v1/audit', { headers: assertion })).status).toBe(200);
    const both = { ...assertion, authorization: 'Bearer wrong' };
    expect((await api.send('GET', '/admin/v1/audit', { headers: both })).status).toBe(401);
    const cookie = { cookie: 'CF_Authorization=eyJ.ruth.auditor' };
    expect((await api.send('GET', '/admin/v1/audit', { headers: cookie })).status).toBe(401);
  });

  it('and nobody else comes in where there is no admin token any more', async () => {
    api.adminToken = null;
    expect((await api.call('GET', '/teams')).status).toBe(401);
    expect((await signedOn('amy', 'admin')('GET', '/admin/v1/teams')).status).toBe(200);
    api.adminToken = 'test-admin-token';
  });
});
