// The life of a key: another text for it while the one before still counts, and the end of many at once.

import { env, exports } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { digestKey } from '../../../worker/callers/key.ts';
import { AdminApi, refusal } from './admin-api.ts';

const api = new AdminApi();
const HOUR_MS = 3_600_000;
const issued = z.object({ id: z.string(), key: z.string(), last4: z.string(), previousUntil: z.string().nullable() });

async function issue(team: string, user = 'ada') {
  return issued.parse(await api.expect(201, 'POST', `/teams/${team}/keys`, { user }));
}

async function rotate(team: string, id: string, body: unknown = {}) {
  return issued.parse(await api.expect(200, 'POST', `/teams/${team}/keys/${id}/rotate`, body));
}

/** What the object was told last: when each text ends. */
function endsIn(team: string) {
  return new Map(api.ledgers.last(team).config.keys.map(({ digest, expiresAtMs }) => [digest, expiresAtMs]));
}

describe('a rotated key', () => {
  it('has a new text at once, and the one before counts until its deadline', async () => {
    const team = await api.team();
    const old = await issue(team);
    const rotated = await rotate(team, old.id, { overlapHours: 48 });
    expect(rotated).toMatchObject({ id: old.id, previousUntil: '2026-11-25T10:00:00.000Z' });
    expect(rotated.key).toMatch(new RegExp(`^hg_${team}_${old.id}_`));
    expect(rotated.last4).toBe(rotated.key.slice(-4));
    expect(endsIn(team)).toEqual(
      new Map([
        [await digestKey(rotated.key), null],
        [await digestKey(old.key), api.nowMs + 48 * HOUR_MS],
      ]),
    );
  });

  it('without an overlap has its old text ended at once', async () => {
    const team = await api.team();
    const old = await issue(team);
    await rotate(team, old.id, { overlapHours: 0 });
    expect(endsIn(team).get(await digestKey(old.key))).toBe(api.nowMs);
  });

  it('never outlives the key itself', async () => {
    const team = await api.team();
    const body = { user: 'ada', expiresAt: '2026-11-23T12:00:00Z' };
    const old = issued.parse(await api.expect(201, 'POST', `/teams/${team}/keys`, body));
    await rotate(team, old.id);
    expect(new Set(endsIn(team).values())).toEqual(new Set([Date.parse('2026-11-23T12:00:00Z')]));
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${old.id}`);
    expect(api.ledgers.last(team).config.keys).toMatchObject([{ revoked: true }, { revoked: true }]);
  });

  it('again within its overlap keeps the text that is in use, and ends the one that came after', async () => {
    const team = await api.team();
    const old = await issue(team);
    const second = await rotate(team, old.id);
    const third = await rotate(team, old.id);
    const ends = endsIn(team);
    expect([...ends.keys()].toSorted()).toEqual([await digestKey(old.key), await digestKey(third.key)].toSorted());
    expect(ends.has(await digestKey(second.key))).toBe(false);
  });

  it('that was not confirmed may be rotated again without harm', async () => {
    const team = await api.team();
    const old = await issue(team);
    api.ledgers.reachable = false;
    await api.expect(503, 'POST', `/teams/${team}/keys/${old.id}/rotate`, {});
    api.ledgers.reachable = true;
    const rotated = await rotate(team, old.id);
    expect([...endsIn(team).keys()].toSorted()).toEqual(
      [await digestKey(old.key), await digestKey(rotated.key)].toSorted(),
    );
  });

  it('must be a live one of that team', async () => {
    const [team, other] = [await api.team(), await api.team()];
    const { id } = await issue(team);
    await api.expect(404, 'POST', `/teams/${other}/keys/${id}/rotate`, {});
    await api.expect(404, 'POST', `/teams/${team}/keys/zzzzzzzz/rotate`, {});
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${id}`);
    expect(await api.expect(404, 'POST', `/teams/${team}/keys/${id}/rotate`, {})).toEqual(refusal('not_found'));
  });

  it.each([-1, 721, 1.5, '24', null])('is refused with an overlap of %s', async (overlapHours) => {
    const team = await api.team();
    const { id } = await issue(team);
    expect(await api.expect(400, 'POST', `/teams/${team}/keys/${id}/rotate`, { overlapHours })).toEqual(
      refusal('invalid_request', 'overlapHours '),
    );
  });

  it('leaves no digest of either text in the audit trail', async () => {
    const team = await api.team();
    const old = await issue(team);
    const rotated = await rotate(team, old.id);
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${old.id}`);
    const { text } = await api.call('GET', `/audit?team=${team}`);
    expect(text).toContain('key.rotate');
    for (const key of [old.key, rotated.key]) expect(text).not.toContain(await digestKey(key));
  });
});

/** To the whole Worker, with real objects behind it. */
async function send(method: string, path: string, token: string, body?: unknown) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await exports.default.fetch(`https://headgate.example${path}`, init);
  return { status: response.status, body: await response.json() };
}

/** The ids of a team's keys that its object was told to refuse. */
function revoked(team: string): Set<string> {
  return new Set(api.ledgers.last(team).config.keys.flatMap((key) => (key.revoked ? [key.id] : [])));
}

it('both texts of a rotated key are its member’s to the real ledger, and one after the deadline', async () => {
  const team = `whole-${crypto.randomUUID().slice(0, 8)}`;
  await send('POST', '/admin/v1/teams', env.ADMIN_TOKEN, { id: team, timezone: 'UTC' });
  const old = issued.parse((await send('POST', `/admin/v1/teams/${team}/keys`, env.ADMIN_TOKEN, { user: 'ada' })).body);
  const path = `/admin/v1/teams/${team}/keys/${old.id}/rotate`;
  const rotated = issued.parse((await send('POST', path, env.ADMIN_TOKEN, {})).body);
  for (const key of [old.key, rotated.key]) {
    expect(await send('GET', '/me', key)).toMatchObject({ status: 200, body: { user: 'ada', key: old.id } });
  }
  const last = issued.parse((await send('POST', path, env.ADMIN_TOKEN, { overlapHours: 0 })).body);
  expect((await send('GET', '/me', last.key)).status).toBe(200);
  for (const key of [old.key, rotated.key]) expect((await send('GET', '/me', key)).status).toBe(401);
});

describe('many keys', () => {
  it('of a member, of a time, or all of a team are revoked in one step', async () => {
    const team = await api.team();
    const [first, bobs] = [await issue(team), await issue(team, 'bob')];
    const path = `/teams/${team}/keys/revoke`;
    api.nowMs += HOUR_MS;
    const late = await issue(team);
    const createdBefore = new Date(api.nowMs).toISOString();
    expect(await api.expect(200, 'POST', path, { user: 'ada', createdBefore })).toEqual({ revoked: 1 });
    expect(revoked(team)).toEqual(new Set([first.id]));
    expect(await api.expect(200, 'POST', path, { user: 'ada' })).toEqual({ revoked: 1 });
    expect(revoked(team)).toEqual(new Set([first.id, late.id]));
    expect(await api.expect(200, 'POST', path, {})).toEqual({ revoked: 1 });
    expect(revoked(team)).toEqual(new Set([first.id, late.id, bobs.id]));
    expect(await api.expect(200, 'POST', path, {})).toEqual({ revoked: 0 });
  });

  it('of another team stay', async () => {
    const [team, other] = [await api.team(), await api.team()];
    await issue(other);
    expect(await api.expect(200, 'POST', `/teams/${team}/keys/revoke`, {})).toEqual({ revoked: 0 });
    expect(revoked(other).size).toBe(0);
    await api.expect(404, 'POST', '/teams/never-made/keys/revoke', {});
  });

  it.each([
    ['user', { user: 'ada lovelace' }],
    ['createdBefore', { createdBefore: 'yesterday' }],
    ['users', { users: ['ada'] }],
  ])('are not revoked for a bad %s', async (field, body) => {
    expect(await api.expect(400, 'POST', `/teams/${await api.team()}/keys/revoke`, body)).toEqual(
      refusal('invalid_request', `${field} `),
    );
  });
});
