// A change is done only when the team's object has it: what happens when the object is out of reach, and the sweep.

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Administration, sweep } from '../../../worker/administration.ts';
import { AdminApi, refusal } from './admin-api.ts';

let api = new AdminApi();
beforeEach(() => {
  api = new AdminApi();
});

const budget = { scope: { kind: 'team' }, unit: 'usd', limit: '500.00', period: 'month', enforcement: 'hard' };

function administration(): Administration {
  return { db: api.db, usage: [api.db], ledgers: api.ledgers, now: () => api.nowMs };
}

describe('while the object is out of reach', () => {
  it.each([
    ['PATCH', '', { name: 'x' }],
    ['DELETE', '', undefined],
    ['PUT', '/members/ada', { role: 'member' }],
    ['DELETE', '/members/ada', undefined],
    ['POST', '/keys', { user: 'ada' }],
    ['DELETE', '/keys/abcd1234', undefined],
    ['PUT', '/budgets/main', budget],
    ['DELETE', '/budgets/main', undefined],
    ['PUT', '/limits', { concurrency: 5 }],
    ['DELETE', '/members/ada/limits', undefined],
    ['PUT', '/members/ada/suspension', { reason: 'leaves' }],
    ['DELETE', '/suspension', undefined],
    ['PUT', '/policy', { models: {} }],
    ['GET', '/verify', undefined],
  ] as const)('%s %s answers 503 and is not said to be done', async (method, path, body) => {
    const team = await api.team();
    api.ledgers.reachable = false;
    const answer = await api.call(method, `/teams/${team}${path}`, body);
    expect({ status: answer.status, retryAfter: answer.headers.get('retry-after'), body: answer.body }).toEqual({
      status: 503,
      retryAfter: '2',
      body: refusal('ledger_unavailable'),
    });
  });

  it('a team is not created, and asking again finishes it', async () => {
    const body = { id: `late-${crypto.randomUUID().slice(0, 8)}`, name: 'Late' };
    api.ledgers.reachable = false;
    await api.expect(503, 'POST', '/teams', body);
    api.ledgers.reachable = true;
    await api.expect(409, 'POST', '/teams', { ...body, name: 'Other' });
    await api.expect(201, 'POST', '/teams', body);
    await api.expect(409, 'POST', '/teams', body);
  });

  it('a deletion of a team is finished by asking again', async () => {
    const team = await api.team();
    api.ledgers.reachable = false;
    await api.expect(503, 'DELETE', `/teams/${team}`);
    await api.expect(503, 'DELETE', `/teams/${team}`);
    api.ledgers.reachable = true;
    await api.expect(204, 'DELETE', `/teams/${team}`);
    await api.expect(404, 'DELETE', `/teams/${team}`);
  });

  it('a budget is not said to be missing before its deletion is in force', async () => {
    const team = await api.team();
    await api.expect(201, 'PUT', `/teams/${team}/budgets/main`, budget);
    api.ledgers.reachable = false;
    await api.expect(503, 'DELETE', `/teams/${team}/budgets/main`);
    await api.expect(503, 'DELETE', `/teams/${team}/budgets/main`);
    api.ledgers.reachable = true;
    await api.expect(404, 'DELETE', `/teams/${team}/budgets/main`);
    expect(api.ledgers.last(team).config.budgets).toEqual([]);
  });

  it('a key that nobody will ever see is revoked', async () => {
    const team = await api.team();
    api.ledgers.reachable = false;
    const { text } = await api.call('POST', `/teams/${team}/keys`, { user: 'ada' });
    expect(text).not.toContain('hg_');
    expect(await api.expect(200, 'GET', `/teams/${team}/keys`)).toMatchObject({
      data: [{ revokedAt: expect.any(String) }],
    });
  });

  it('the team says that its last change is not in force', async () => {
    const team = await api.team();
    api.ledgers.reachable = false;
    await api.expect(503, 'PATCH', `/teams/${team}`, { name: 'x' });
    expect(await api.expect(200, 'GET', `/teams/${team}`)).toMatchObject({ name: 'x', version: 2, inForce: false });
  });
});

describe('the sweep', () => {
  it('finishes what was cut off, once, also deletions', async () => {
    const [team, gone] = [await api.team(), await api.team()];
    api.ledgers.reachable = false;
    await api.expect(503, 'PUT', `/teams/${team}/budgets/main`, budget);
    await api.expect(503, 'DELETE', `/teams/${gone}`);
    expect(await sweep(administration())).toMatchObject({ configured: 0, woken: 0 });

    api.ledgers.reachable = true;
    expect((await sweep(administration())).configured).toBeGreaterThanOrEqual(2);
    expect(api.ledgers.last(team)).toMatchObject({
      version: 2,
      config: { budgets: [{ id: 'main', limit: 500_000_000 }] },
    });
    expect(api.ledgers.last(gone)).toMatchObject({ version: 2, config: { keys: [] } });
    expect(await api.expect(200, 'GET', `/teams/${team}`)).toMatchObject({ inForce: true });
    expect(await sweep(administration())).toMatchObject({ configured: 0, unreachable: 0 });
  });

  it('wakes known teams, and deleted ones for a week', async () => {
    const [team, gone] = [await api.team(), await api.team()];
    await api.expect(204, 'DELETE', `/teams/${gone}`);
    await sweep(administration());
    expect(api.ledgers.woken).toEqual(expect.arrayContaining([team, gone]));
    expect(new Set(api.ledgers.woken).size).toBe(api.ledgers.woken.length);

    api.ledgers.woken.length = 0;
    api.nowMs += 8 * 24 * 3_600_000;
    await sweep(administration());
    expect(api.ledgers.woken).toContain(team);
    expect(api.ledgers.woken).not.toContain(gone);
  });
});

describe('versions', () => {
  const versions = z.object({ version: z.number(), applied_version: z.number() });

  it('a slower, older change does not undo a newer one', async () => {
    const team = await api.team();
    await Promise.all(
      Array.from({ length: 8 }, (_, place) => api.expect(201, 'PUT', `/teams/${team}/budgets/b-${place}`, budget)),
    );
    const { version, config } = api.ledgers.last(team);
    expect(version).toBe(9);
    expect(config.budgets).toHaveLength(8);
    expect(await api.expect(200, 'GET', `/teams/${team}`)).toMatchObject({ version: 9, inForce: true });
  });

  it('after the database was restored to an earlier state, a change still reaches the object', async () => {
    const team = await api.team();
    for (const name of ['a', 'b', 'c']) await api.expect(200, 'PATCH', `/teams/${team}`, { name });
    await env.DB.prepare('UPDATE teams SET version = 1, applied_version = 1 WHERE id = ?').bind(team).run();

    await api.expect(201, 'PUT', `/teams/${team}/budgets/main`, budget);
    expect(api.ledgers.last(team)).toMatchObject({ version: 5, config: { budgets: [{ id: 'main' }] } });
    const row = await env.DB.prepare('SELECT version, applied_version FROM teams WHERE id = ?').bind(team).first();
    expect(versions.parse(row)).toEqual({ version: 5, applied_version: 5 });
  });
});
