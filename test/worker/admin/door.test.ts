// The door of the admin API: who may pass, what a request may be, what every answer carries, and its own description.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ADMIN_TOKEN, AdminApi, type Answer, refusal } from './admin-api.ts';
import { signOnAt } from './signed-on.ts';

const api = new AdminApi();
const authorized = { authorization: `Bearer ${ADMIN_TOKEN}` };
const document = z.object({
  openapi: z.string(),
  info: z.looseObject({ description: z.string() }),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        summary: z.string(),
        parameters: z.array(z.looseObject({ name: z.string(), schema: z.unknown() })).default([]),
        responses: z.record(z.string(), z.unknown()),
      }),
    ),
  ),
  components: z.looseObject({ securitySchemes: z.unknown(), schemas: z.record(z.string(), z.unknown()) }),
  security: z.unknown(),
});

async function describedRoutes() {
  const { paths } = document.parse((await api.send('GET', '/openapi.json')).body);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ method: method.toUpperCase(), path, route })),
  );
}

async function post(headers: Record<string, string>, body: BodyInit): Promise<Answer> {
  return api.send('POST', '/admin/v1/teams', { headers: { ...authorized, ...headers }, body });
}

function filled(path: string): string {
  return path.replaceAll(/\{(?:key)\}/g, 'abcd1234').replaceAll(/\{\w+\}/g, 'never-made');
}

describe('no one passes without the token', () => {
  it('on any described route', async () => {
    const routes = await describedRoutes();
    expect(routes.length).toBeGreaterThanOrEqual(44);
    for (const { method, path } of routes) {
      for (const headers of [
        {},
        { authorization: 'Bearer wrong' },
        { 'x-api-key': path.startsWith('/v1/') ? 'wrong' : ADMIN_TOKEN },
      ]) {
        const answer = await api.send(method, filled(path), { headers });
        expect({ method, path, status: answer.status, body: answer.body }).toMatchObject({
          status: 401,
          body: refusal('unauthorized'),
        });
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
    }
  });

  it.each([
    ['none', undefined, 'send the admin token as'],
    ['none of the kind', 'Basic YWRtaW46YWRtaW4=', 'send the admin token as'],
    ['an empty one', 'Bearer ', 'send the admin token as'],
    ['a wrong one', 'Bearer wrong', 'this is neither the admin token nor a token of your single sign-on'],
    [
      'the beginning of the right one',
      `Bearer ${ADMIN_TOKEN.slice(0, -1)}`,
      'this is neither the admin token nor a token of your single sign-on',
    ],
    [
      'a key of an employee',
      'Bearer hg_payments_abcd1234_secret',
      'this is neither the admin token nor a token of your single sign-on',
    ],
  ])('and hears what was amiss: %s', async (_, authorization, message) => {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await api.send('GET', '/admin/v1/teams', { headers });
    expect(answer).toMatchObject({ status: 401, body: refusal('unauthorized', message) });
  });

  it('on paths that are no routes', async () => {
    expect((await api.send('GET', '/admin/v1/nothing')).status).toBe(401);
    expect((await api.send('GET', '/admin/v1/nothing', { headers: authorized })).body).toEqual(refusal('not_found'));
    expect((await api.send('PUT', '/admin/v1/teams', { headers: authorized })).body).toEqual(refusal('not_found'));
  });

  it('while the deployment has no admin token', async () => {
    const closed = new AdminApi();
    closed.adminToken = null;
    for (const authorization of ['Bearer null', 'Bearer ', `Bearer ${ADMIN_TOKEN}`]) {
      const answer = await closed.send('GET', '/admin/v1/teams', { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual(refusal('unauthorized', 'the admin API is closed'));
    }
  });

  it('with anything but a token of single sign-on where there is no admin token', async () => {
    const bare = new AdminApi();
    bare.adminToken = null;
    const signIn = signOnAt(bare);
    for (const token of ['null', 'undefined', '', ADMIN_TOKEN, 'hg_payments_abcd1234_secret']) {
      const answer = await bare.send('GET', '/admin/v1/teams', { headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(401);
      const message = token === '' ? 'send the admin token as' : 'this deployment has no admin token';
      expect(answer.body).toEqual(refusal('unauthorized', message));
    }
    expect((await signIn('ada', 'admin')('GET', '/admin/v1/teams')).status).toBe(200);
  });

  it('with a body that is not looked at', async () => {
    const answer = await api.send('POST', '/admin/v1/teams', { body: 'x'.repeat(2_000_000) });
    expect(answer.status).toBe(401);
  });
});

describe('a body', () => {
  it('must be JSON', async () => {
    const answer = await post({ 'content-type': 'application/json' }, '{"id":');
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(refusal('invalid_request', 'the body must be valid JSON'));
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'must not be %s',
    async (type) => {
      const answer = await post({ 'content-type': type }, '{"id":"payments"}');
      expect(answer.status).toBe(415);
      expect(answer.body).toEqual(refusal('unsupported_media_type'));
    },
  );

  it('may say its character set', async () => {
    const answer = await post({ 'content-type': 'application/json; charset=utf-8' }, '{"id":"x"}');
    expect(answer.body).toEqual(refusal('invalid_request', 'id '));
  });

  it('must not be missing', async () => {
    const answer = await api.send('POST', '/admin/v1/teams', { headers: authorized });
    expect(answer.body).toEqual(refusal('invalid_request', 'id '));
  });

  it('must be at most a megabyte, also when its length is not given', async () => {
    const text = JSON.stringify({ id: 'x'.repeat(1024 * 1024) });
    const stream = new Blob([text]).stream();
    for (const body of [text, stream]) {
      const answer = await post({ 'content-type': 'application/json' }, body);
      expect(answer.status).toBe(413);
      expect(answer.body).toEqual(refusal('body_too_large'));
    }
  });

  it('with several faults has all of them named', async () => {
    const answer = await post({ 'content-type': 'application/json' }, '{"id":"X","timezone":"Mars","extra":1}');
    expect(answer.body).toMatchObject({
      error: { details: { issues: [{ field: 'id' }, { field: 'timezone' }, { field: 'extra' }] } },
    });
  });
});

describe('every answer', () => {
  it.each([
    ['a success', 'GET', '/teams'],
    ['a refusal', 'GET', '/teams/never-made'],
    ['a bad request', 'GET', '/teams?limit=0'],
    ['an unknown path', 'GET', '/nothing'],
  ])('is neither stored nor sniffed, and has an id: %s', async (_, method, path) => {
    const { headers } = await api.call(method, path);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-headgate-request-id')).toMatch(/^req_/);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('to an unexpected failure has the id and nothing of what happened', async () => {
    const broken = new AdminApi();
    broken.ledgers.readLedger = async () => {
      throw new Error('SECRET detail');
    };
    const answer = await broken.call('GET', `/teams/${await broken.team()}/ledger`);
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({
      error: { code: 'internal', details: { requestId: answer.headers.get('x-headgate-request-id') } },
    });
    expect(answer.text).not.toContain('SECRET');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(broken.faults).toMatchObject([{ message: 'SECRET detail' }]);
  });
});

describe('/openapi.json', () => {
  it('describes every route, its refusals and the token', async () => {
    const described = document.parse((await api.send('GET', '/openapi.json')).body);
    expect(described.openapi).toBe('3.1.0');
    expect(described.components.securitySchemes).toEqual({
      adminToken: { type: 'http', scheme: 'bearer' },
      employeeKey: { type: 'http', scheme: 'bearer' },
      signOn: expect.objectContaining({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }),
    });
    expect(described.security).toEqual([{ adminToken: [] }, { signOn: [] }]);
    expect(Object.keys(described.paths)).toEqual(expect.arrayContaining(['/admin/v1/models/{model}']));
    for (const { route } of await describedRoutes()) {
      expect(Object.keys(route.responses)).toEqual(expect.arrayContaining(['400', '401', '404', '500', '503']));
    }
  });

  it('names every operation once, and says in one line what it does', async () => {
    const routes = (await describedRoutes()).map(({ route }) => route);
    const names = routes.map(({ operationId }) => operationId);
    expect(names).toEqual(expect.arrayContaining(['listTeams', 'createKey', 'putModel', 'summarizeUsage']));
    expect(new Set(names).size).toBe(names.length);
    for (const { operationId, summary } of routes) {
      expect(operationId).toMatch(/^[a-z]+(?:[A-Z][a-z]+)+$/);
      expect(summary).toMatch(/^[A-Z].{5,79}$/);
    }
  });

  it('shows the bounds of a page wherever there are pages', async () => {
    const paged = (await describedRoutes()).filter(({ route }) =>
      route.parameters.some(({ name }) => name === 'cursor'),
    );
    expect(paged.length).toBeGreaterThan(10);
    for (const { path, route } of paged) {
      const schema = route.parameters.find(({ name }) => name === 'limit')?.schema;
      expect({ path, schema }).toEqual({ path, schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 } });
    }
  });

  it('promises no more than is kept', async () => {
    const { info } = document.parse((await api.send('GET', '/openapi.json')).body);
    expect(info.description).toContain(
      'A change of a team, its members, keys, budgets, limits, suspensions or policy, and a decision on a request, is in ' +
        'force when it is answered with success; a change of a model within ten seconds.',
    );
  });

  it('leads to a handler for every route it names', async () => {
    for (const { method, path } of await describedRoutes()) {
      const body = method === 'GET' ? {} : { body: '{}' };
      const headers = { ...authorized, 'content-type': 'application/json' };
      const { text } = await api.send(method, filled(path), { headers, ...body });
      expect({ method, path, text }).not.toMatchObject({ text: expect.stringContaining('no such path') });
    }
  });

  it('is served by the Worker as a whole without bindings of its own', async () => {
    expect((await api.app.request('/openapi.json', {}, { ...env })).status).toBe(200);
  });
});
