// A POST that is sent twice is done once, and its sender gets the same answer.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sweep } from '../../../worker/administration.ts';
import { AdminApi, type Answer, refusal } from './admin-api.ts';
import { Office, askForMain } from './office.ts';
import { signOnAt } from './signed-on.ts';

const api = new AdminApi();
const DAY_MS = 24 * 3_600_000;
const issued = z.object({ id: z.string(), key: z.string() });
const freshKey = () => crypto.randomUUID();
const team = () => ({ id: `team-${crypto.randomUUID().slice(0, 8)}`, timezone: 'UTC' });

function post(
  path: string,
  key: string,
  body: unknown,
  of: AdminApi = api,
  token = 'test-admin-token',
): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key };
  return of.send('POST', path, { headers, body: JSON.stringify(body) });
}

const postTeam = (key: string, body: unknown) => post('/admin/v1/teams', key, body);

describe('the same again', () => {
  it('gets the first answer, and says that it is so', async () => {
    const [key, body] = [freshKey(), team()];
    const first = await postTeam(key, body);
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    api.nowMs += 60_000;
    const again = await postTeam(key, body);
    expect({ ...again, headers: null }).toEqual({ ...first, headers: null });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('with another body is refused', async () => {
    const key = freshKey();
    await postTeam(key, team());
    expect(await postTeam(key, team())).toMatchObject({ status: 422, body: refusal('idempotency_key_reused') });
  });

  it('at the same moment is done once: the others hear that it is under way, or get the answer', async () => {
    const [key, body] = [freshKey(), team()];
    const answers = await Promise.all(Array.from({ length: 10 }, () => postTeam(key, body)));
    const fresh = answers.filter(
      ({ status, headers }) => status === 201 && headers.get('idempotency-replayed') === null,
    );
    expect(fresh).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(answer).toMatchObject({ status: 409, body: refusal('idempotency_in_flight') });
      expect(answer.headers.get('retry-after')).toBe('2');
    }
    expect(await postTeam(key, body)).toMatchObject({ status: 201 });
  });

  it('after a day is a new request', async () => {
    const [key, body] = [freshKey(), team()];
    await postTeam(key, body);
    api.nowMs += DAY_MS;
    expect(await postTeam(key, body)).toMatchObject({ status: 409, body: refusal('conflict') });
  });

  it('after a refusal is tried again', async () => {
    const key = freshKey();
    const path = '/admin/v1/teams/never-made/keys';
    expect((await post(path, key, { user: 'ada' })).status).toBe(404);
    expect((await post(path, key, { user: 'bob' })).status).toBe(404);
    const late = new AdminApi();
    const made = await late.team();
    late.ledgers.reachable = false;
    const keyPath = `/admin/v1/teams/${made}/keys`;
    expect((await post(keyPath, key, { user: 'ada' }, late)).status).toBe(503);
    late.ledgers.reachable = true;
    expect((await post(keyPath, key, { user: 'ada' }, late)).status).toBe(201);
  });

  it('whose first end is not known is not done twice', async () => {
    const [key, body] = [freshKey(), team()];
    await postTeam(key, body);
    await env.DB.prepare('UPDATE idempotent_answers SET status = NULL, answer = NULL WHERE key = ?').bind(key).run();
    api.nowMs += DAY_MS - 1;
    expect(await postTeam(key, body)).toMatchObject({ status: 409, body: refusal('idempotency_in_flight') });
    api.nowMs += 1;
    expect(await postTeam(key, body)).toMatchObject({ status: 409, body: refusal('conflict') });
  });
});

describe('a key', () => {
  it('is of one sender and one route', async () => {
    const [key, body] = [freshKey(), team()];
    const signedOn = signOnAt(api);
    await postTeam(key, body);
    const other = await post('/admin/v1/teams', key, body, api, 'eyJ.amy.admin');
    expect(other).toMatchObject({ status: 409, body: refusal('conflict') });
    expect(other.headers.get('idempotency-replayed')).toBeNull();
    expect((await post(`/admin/v1/teams/${body.id}/keys`, key, { user: 'ada' })).status).toBe(201);
    expect((await signedOn('zoe')('POST', '/admin/v1/teams', body)).status).toBe(403);
    expect((await post('/admin/v1/teams', key, body, api, 'eyJ.zoe.')).status).toBe(403);
  });

  it.each(['', 'a b', 'x'.repeat(256), 'ü'])('that is none is refused: %s', async (key) => {
    expect(await postTeam(key, team())).toMatchObject({
      status: 400,
      body: refusal('invalid_request', 'idempotency-key'),
    });
  });

  it('on a method that is safe to repeat does nothing', async () => {
    const headers = { authorization: 'Bearer test-admin-token', 'idempotency-key': freshKey() };
    expect((await api.send('GET', '/admin/v1/teams', { headers })).status).toBe(200);
  });

  it('of a member works below /me', async () => {
    const office = await Office.open();
    const ada = await office.member('ada');
    const first = await ada.ask();
    expect(await ada.expect(200, 'POST', '/me/requests', askForMain)).toMatchObject({ id: first.id });
  });

  it('is forgotten by the sweep after a day', async () => {
    const key = freshKey();
    await postTeam(key, team());
    const count = async () =>
      (await env.DB.prepare('SELECT 1 FROM idempotent_answers WHERE key = ?').bind(key).all()).results.length;
    const administration = { db: api.db, usage: [api.db] as const, ledgers: api.ledgers, now: () => api.nowMs };
    await sweep(administration);
    expect(await count()).toBe(1);
    api.nowMs += DAY_MS;
    await sweep(administration);
    expect(await count()).toBe(0);
  });
});

describe('a secret', () => {
  it('stays shown once: whoever asks again is told which key it is of', async () => {
    const made = await api.team();
    const key = freshKey();
    const path = `/admin/v1/teams/${made}/keys`;
    const first = await post(path, key, { user: 'ada' });
    const { id, key: secret } = issued.parse(first.body);
    const again = await post(path, key, { user: 'ada' });
    expect(again).toMatchObject({ status: 409, body: refusal('already_done') });
    expect(again.body).toMatchObject({ error: { details: { id } } });
    expect(again.text).not.toContain(secret);
    const { results } = await env.DB.prepare('SELECT * FROM idempotent_answers').all();
    expect(JSON.stringify(results)).not.toContain(secret);
    expect(await api.expect(200, 'GET', `/teams/${made}/keys`)).toMatchObject({ data: { length: 1 } });
  });

  const operation = z.looseObject({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) });
  const document = z.object({
    paths: z.record(z.string(), z.record(z.string(), operation)),
    components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
  });

  it('is in no answer to a POST that is kept, by the description of the API', async () => {
    const { paths, components } = document.parse((await api.send('GET', '/openapi.json')).body);
    const showing = Object.values(paths).flatMap(({ post: posted }) => {
      if (posted === undefined) return [];
      const answers = Object.entries(posted.responses).filter(([status]) => status.startsWith('2'));
      const text = JSON.stringify(answers).replaceAll(
        /\{"\$ref":"#\/components\/schemas\/(\w+)"\}/g,
        (_, name: string) => JSON.stringify(components.schemas[name]),
      );
      return /shown (?:this )?once/i.test(text) || /"(?:secret|newSecret)":/.test(text) ? [posted.operationId] : [];
    });
    expect(showing.toSorted()).toEqual(['createKey', 'rotateKey', 'rotateWebhookSecret']);
  });
});
