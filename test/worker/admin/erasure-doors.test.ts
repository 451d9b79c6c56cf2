// Who may erase and export whom, and where an erasure waits: on ledgers that note what they are told.

import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { userIdSchema } from '../../../schema/ids.ts';
import type { CompanyRole } from '../../../schema/roles.ts';
import { sweepErasures } from '../../../worker/erasing.ts';
import { openDatabase } from '../../../worker/records/database.ts';
import { findErasure } from '../../../worker/records/erasures.ts';
import { bookEvents } from '../../helpers/booked-events.ts';
import { AdminApi, refusal } from './admin-api.ts';
import { signOnAt } from './signed-on.ts';

const HOUR_MS = 3_600_000;
const reason = { reason: 'left the company' };

/** A team and a member of it who is nowhere else. */
async function employed() {
  const api = new AdminApi();
  const team = await api.team();
  const user = userIdSchema.parse(`eva-${crypto.randomUUID().slice(0, 8)}`);
  await api.expect(201, 'PUT', `/teams/${team}/members/${user}`, {});
  return { api, team, user };
}

describe('nobody', () => {
  it('erases themselves, but another admin does', async () => {
    const { api, user } = await employed();
    const signedOn = signOnAt(api);
    const own = await signedOn(user, 'admin')('POST', `/admin/v1/people/${user}/erasure`, reason);
    expect([own.status, own.body]).toEqual([403, refusal('own_erasure', 'nobody erases themselves')]);
    expect(await findErasure(api.db, user)).toBeNull();
    const other = await signedOn('fay', 'admin')('POST', `/admin/v1/people/${user}/erasure`, reason);
    expect(other.status).toBe(202);
  });

  it.each<[string, string, CompanyRole[]]>([
    ['POST', 'erasure', ['auditor']],
    ['POST', 'erasure', ['finance', 'approver']],
    ['GET', 'erasure', ['auditor']],
    ['GET', 'export', ['auditor', 'finance', 'approver']],
    ['GET', 'export', []],
  ])('but an admin may %s an %s', async (method, what, roles) => {
    const { api, user } = await employed();
    const answer = await signOnAt(api)('ruth', ...roles)(
      method,
      `/admin/v1/people/${user}/${what}`,
      method === 'POST' ? reason : undefined,
    );
    expect(answer.status).toBe(403);
    expect(await findErasure(api.db, user)).toBeNull();
  });

  it('as a lead may export a member of their team', async () => {
    const { api, team, user } = await employed();
    await api.expect(201, 'PUT', `/teams/${team}/members/lin`, { role: 'lead' });
    const lin = signOnAt(api)('lin');
    expect((await lin('GET', `/admin/v1/people/${user}/export`)).status).toBe(403);
    expect((await lin('POST', `/admin/v1/people/${user}/erasure`, reason)).status).toBe(403);
  });
});

it('an auditor sees that it was done, and why, not to whom', async () => {
  const { api, user } = await employed();
  await api.expect(202, 'POST', `/people/${user}/erasure`, reason);
  const ruth = signOnAt(api)('ruth', 'auditor');
  const { text, status } = await ruth('GET', '/admin/v1/audit?action=person.erase');
  expect(status).toBe(200);
  expect(text).toContain('left the company');
  expect(text).not.toContain(user);
  const listed = await ruth('GET', '/admin/v1/erasures?limit=1');
  expect(listed.body).toMatchObject({
    data: [{ state: 'waiting' }],
    nextCursor: expect.toSatisfy((at) => at === null || typeof at === 'string'),
  });
  expect(listed.text).not.toContain(user);
});

it('waits while more lies in a ledger than it can look through, and goes on by itself', async () => {
  const { api, user } = await employed();
  api.ledgers.busy = true;
  const path = `/people/${user}/erasure`;
  expect(await api.expect(202, 'POST', path, reason)).toMatchObject({ state: 'running', step: 'ledgers' });
  api.ledgers.busy = false;
  await sweepErasures({ db: api.db, usage: [api.db], ledgers: api.ledgers, now: () => api.nowMs });
  expect(await api.expect(200, 'GET', path)).toMatchObject({ state: 'waiting' });
  expect(api.ledgers.forgotten.at(-1)).toMatchObject({
    user,
    pseudonym: expect.stringMatching(/^erased-[a-z0-9]{16}$/),
  });
});

it('erases somebody who was no member but did something, and once they are forgotten knows them no more', async () => {
  const api = new AdminApi();
  const signedOn = signOnAt(api);
  const path = '/people/max-only-signs-on/erasure';
  await api.expect(404, 'POST', path, reason);
  const team = `team-${crypto.randomUUID().slice(0, 8)}`;
  expect((await signedOn('max-only-signs-on', 'admin')('POST', '/admin/v1/teams', { id: team })).status).toBe(201);
  await api.expect(202, 'POST', path, reason);
  api.nowMs += HOUR_MS;
  await sweepErasures({ db: api.db, usage: [api.db], ledgers: api.ledgers, now: () => api.nowMs });
  await api.expect(404, 'GET', path);
  const trail = JSON.stringify(await api.expect(200, 'GET', `/audit?team=${team}`));
  expect(trail).toMatch(/"actor":"person:erased-[a-z0-9]{16}"/);
});

it('goes through every database that usage lies in', async () => {
  await applyD1Migrations(env.BESIDE_1, env.TEST_MIGRATIONS);
  const { api, team, user } = await employed();
  const booked = Array.from({ length: 1_200 }, (_, nth) => ({
    id: `req_${team}${nth}`,
    at: HOUR_MS * Math.floor(nth / 500) + nth,
    team,
    user,
    cost: nth,
  }));
  await bookEvents(env.DB, booked.slice(0, 100));
  await bookEvents(env.BESIDE_1, booked.slice(100));
  const beside = openDatabase(env.BESIDE_1);
  const eraser = { db: api.db, usage: [api.db, beside] as const, ledgers: api.ledgers, now: () => api.nowMs };
  await api.expect(202, 'POST', `/people/${user}/erasure`, reason);
  // The route knows of one database alone here; the last look goes through both.
  api.nowMs += HOUR_MS;
  for (let round = 0; round < 5; round += 1) await sweepErasures(eraser);
  for (const database of [env.DB, env.BESIDE_1]) {
    for (const table of ['usage_events', 'usage_hours']) {
      expect((await database.prepare(`SELECT 1 FROM ${table} WHERE user = ?`).bind(user).all()).results).toEqual([]);
    }
  }
  const sums = await Promise.all(
    [env.DB, env.BESIDE_1].map((database) =>
      database
        .prepare(
          'SELECT count(*) AS events, sum(cost_micros) AS cost, (SELECT sum(calls) FROM usage_hours WHERE team = ?1) AS calls FROM usage_events WHERE team = ?1',
        )
        .bind(team)
        .first(),
    ),
  );
  expect(sums).toEqual([
    { events: 100, calls: 100, cost: 4_950 },
    { events: 1_100, calls: 1_100, cost: 714_450 },
  ]);
});

it('is not done while a database with their usage is not bound', async () => {
  await applyD1Migrations(env.BESIDE_1, env.TEST_MIGRATIONS);
  const { api, team, user } = await employed();
  await env.DB.prepare('UPDATE teams SET usage_database = 1 WHERE id = ?').bind(team).run();
  await bookEvents(env.BESIDE_1, [{ id: `req_${team}`, at: HOUR_MS, team, user, cost: 5 }]);
  const eraser = { db: api.db, ledgers: api.ledgers, now: () => api.nowMs };
  const path = `/people/${user}/erasure`;
  await api.expect(202, 'POST', path, reason);
  for (let hours = 0; hours < 3; hours += 1) {
    api.nowMs += HOUR_MS;
    await sweepErasures({ ...eraser, usage: [api.db] });
  }
  expect(await api.expect(200, 'GET', path)).toMatchObject({ state: 'running', step: 'usage' });

  const usage = [api.db, openDatabase(env.BESIDE_1)] as const;
  for (let hours = 0; hours < 3; hours += 1) {
    await sweepErasures({ ...eraser, usage });
    api.nowMs += HOUR_MS;
  }
  await api.expect(404, 'GET', path);
  const left = env.BESIDE_1.prepare('SELECT 1 FROM usage_events WHERE user = ?').bind(user);
  expect((await left.all()).results).toEqual([]);
});
