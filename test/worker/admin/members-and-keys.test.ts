// Members and keys through the admin API: who may call, and from when on no more.

import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { digestKey, parseKey } from '../../../worker/callers/key.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const issued = z.object({ id: z.string(), key: z.string() });

async function issue(team: string, user = 'ada') {
  return issued.parse(await api.expect(201, 'POST', `/teams/${team}/keys`, { user, name: 'laptop', expiresAt: null }));
}

describe('members', () => {
  it('are added with 201, replaced with 200, and listed', async () => {
    const team = await api.team();
    const path = `/teams/${team}/members/ada`;
    expect(await api.expect(201, 'PUT', path, { email: 'ada@example.com', role: 'member' })).toEqual({
      team,
      user: 'ada',
      email: 'ada@example.com',
      role: 'member',
      createdAt: '2026-11-23T10:00:00.000Z',
    });
    await api.expect(200, 'PUT', path, { email: 'ada@example.com', role: 'lead' });
    await api.expect(200, 'PUT', path, { email: 'ada@example.com', role: 'lead' });
    await api.expect(201, 'PUT', `/teams/${team}/members/bob@example.com`, {});
    expect(await api.expect(200, 'GET', `/teams/${team}/members`)).toMatchObject({
      data: [
        { user: 'ada', role: 'lead' },
        { user: 'bob@example.com', role: 'member', email: null },
      ],
      nextCursor: null,
    });
  });

  it('lose all their keys in the team when they are removed, and no one else does', async () => {
    const [team, other] = [await api.team(), await api.team()];
    await issue(team);
    const bobs = await issue(team, 'bob');
    const elsewhere = await issue(other);
    await api.expect(204, 'DELETE', `/teams/${team}/members/ada`);
    expect(api.ledgers.last(team).config.keys).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ user: 'ada', revoked: true }),
        expect.objectContaining({ id: bobs.id, revoked: false }),
      ]),
    );
    expect(await api.expect(200, 'GET', `/teams/${other}/keys`)).toMatchObject({
      data: [{ id: elsewhere.id, revokedAt: null }],
    });
    await api.expect(404, 'DELETE', `/teams/${team}/members/ada`);
  });

  it('that were removed get no key until they are added again', async () => {
    const team = await api.team();
    await api.expect(201, 'PUT', `/teams/${team}/members/ada`, {});
    await api.expect(204, 'DELETE', `/teams/${team}/members/ada`);
    expect(await api.expect(409, 'POST', `/teams/${team}/keys`, { user: 'ada' })).toEqual(
      refusal('conflict', '"ada" was removed'),
    );
    await api.expect(201, 'PUT', `/teams/${team}/members/ada`, {});
    await issue(team);
  });

  it.each([
    ['role', { email: null, role: 'owner' }],
    ['email', { email: 'ada', role: 'member' }],
    ['admin', { role: 'member', admin: true }],
  ])('are refused with a bad %s', async (field, body) => {
    expect(await api.expect(400, 'PUT', `/teams/${await api.team()}/members/ada`, body)).toEqual(
      refusal('invalid_request', `${field} `),
    );
  });

  it('are refused with an id that is none', async () => {
    const path = `/teams/${await api.team()}/members/${encodeURIComponent('ada lovelace')}`;
    expect(await api.expect(400, 'PUT', path, {})).toEqual(refusal('invalid_request', 'user '));
  });
});

describe('keys', () => {
  it('are shown once, and only their digest is stored', async () => {
    const team = await api.team();
    const { id, key } = await issue(team);
    expect(parseKey(key)).toMatchObject({ team, id });

    const digest = await digestKey(key);
    expect(api.ledgers.last(team).config.keys).toEqual([
      { id, digest, user: 'ada', revoked: false, expiresAtMs: null },
    ]);

    const { text, body } = await api.call('GET', `/teams/${team}/keys`);
    expect(body).toEqual({
      data: [
        {
          id,
          team,
          user: 'ada',
          name: 'laptop',
          last4: key.slice(-4),
          origin: 'issued',
          previousUntil: null,
          models: null,
          sources: null,
          lastUsedOn: null,
          createdAt: '2026-11-23T10:00:00.000Z',
          expiresAt: null,
          revokedAt: null,
        },
      ],
      nextCursor: null,
    });
    expect(text).not.toContain(digest);
    expect(text).not.toContain(key);
    const { results } = await env.DB.prepare('SELECT * FROM keys WHERE id = ?').bind(id).all();
    expect(JSON.stringify(results)).not.toContain(key);
  });

  it('make their user a member', async () => {
    const team = await api.team();
    await issue(team, 'ci-bot');
    expect(await api.expect(200, 'GET', `/teams/${team}/members`)).toMatchObject({
      data: [{ user: 'ci-bot', role: 'member' }],
    });
  });

  it('leave email and role of their user alone', async () => {
    const team = await api.team();
    await api.expect(201, 'PUT', `/teams/${team}/members/ada`, { email: 'ada@example.com', role: 'lead' });
    await issue(team);
    expect(await api.expect(200, 'GET', `/teams/${team}/members`)).toMatchObject({
      data: [{ user: 'ada', role: 'lead', email: 'ada@example.com' }],
    });
  });

  it('are revoked in the object before the answer, and revoking twice is the same', async () => {
    const team = await api.team();
    const { id } = await issue(team);
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${id}`);
    expect(api.ledgers.last(team).config.keys).toMatchObject([{ id, revoked: true }]);
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${id}`);
    await api.expect(404, 'DELETE', `/teams/${team}/keys/zzzzzzzz`);
    expect(await api.expect(200, 'GET', `/teams/${team}/keys`)).toMatchObject({
      data: [{ id, revokedAt: '2026-11-23T10:00:00.000Z' }],
    });
  });

  it('of another team cannot be revoked', async () => {
    const [mine, theirs] = [await api.team(), await api.team()];
    const { id } = await issue(theirs);
    await api.expect(404, 'DELETE', `/teams/${mine}/keys/${id}`);
    expect(await api.expect(200, 'GET', `/teams/${theirs}/keys`)).toMatchObject({ data: [{ revokedAt: null }] });
  });

  it('that ended more than 30 days ago are no longer given to the object', async () => {
    const team = await api.team();
    const old = await issue(team);
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${old.id}`);
    const later = new AdminApi();
    later.nowMs = api.nowMs + 31 * 24 * 3_600_000;
    await later.expect(200, 'PATCH', `/teams/${team}`, { name: 'Later' });
    expect(later.ledgers.last(team).config.keys).toEqual([]);
  });

  it('keep the expiry they were given, in any offset', async () => {
    const team = await api.team();
    expect(
      await api.expect(201, 'POST', `/teams/${team}/keys`, { user: 'ada', expiresAt: '2027-01-01T01:00:00+01:00' }),
    ).toMatchObject({ expiresAt: '2027-01-01T00:00:00.000Z', name: 'key' });
    expect(api.ledgers.last(team).config.keys).toMatchObject([{ expiresAtMs: Date.parse('2027-01-01T00:00:00Z') }]);
  });

  it.each([
    ['user', { user: 'ada lovelace' }],
    ['user', { name: 'laptop' }],
    ['name', { user: 'ada', name: '' }],
    ['expiresAt', { user: 'ada', expiresAt: 'tomorrow' }],
    ['expiresAt', { user: 'ada', expiresAt: 1_800_000_000 }],
    ['expiresAt', { user: 'ada', expiresAt: '2026-11-23T10:00:00Z' }],
    ['key', { user: 'ada', key: 'hg_mine' }],
  ])('are refused with a bad %s', async (field, body) => {
    expect(await api.expect(400, 'POST', `/teams/${await api.team()}/keys`, body)).toEqual(
      refusal('invalid_request', `${field} `),
    );
  });

  it('there may be 5000 live ones of a team and no more; a revoked one makes room', async () => {
    const team = await api.team();
    const first = await issue(team);
    await fillWithKeys(team, 'live', 4_999, null);
    expect(await api.expect(409, 'POST', `/teams/${team}/keys`, { user: 'ada' })).toEqual(
      refusal('limit_reached', 'there may be at most 5000'),
    );
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${first.id}`);
    await issue(team);
  });

  it('that are live are all given to the object, however many have ended lately', async () => {
    const team = await api.team();
    await issue(team);
    await fillWithKeys(team, 'more', 4_999, null);
    await fillWithKeys(team, 'dead', 1_500, api.nowMs);
    await api.expect(200, 'PATCH', `/teams/${team}`, { name: 'Many' });
    const { keys } = api.ledgers.last(team).config;
    expect(keys.filter((key) => !key.revoked)).toHaveLength(5_000);
    expect(keys).toHaveLength(6_000);
  });
});

/** Adds keys that nobody has, with ids that begin with the four letters. */
async function fillWithKeys(team: string, prefix: string, amount: number, revokedAtMs: number | null): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO keys (team, id, user, name, digest, last4, created_at, revoked_at)
     SELECT ?1, ?2 || printf('%04d', value), 'ada', 'filler', lower(hex(randomblob(32))), 'xxxx', 0, ?4 FROM json_each(?3)`,
  )
    .bind(team, prefix, JSON.stringify(Array.from({ length: amount }, (_, place) => place)), revokedAtMs)
    .run();
}
