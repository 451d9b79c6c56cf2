// The audit trail on real D1: one row for each change, in the same write, and no way to touch one without a trace.

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkAudit } from '../../../worker/records/audit-check.ts';
import { NO_HASH } from '../../../worker/records/audit-row.ts';
import { AdminApi, refusal } from './admin-api.ts';
import { tamper } from './tampering.ts';
import { askForMain, Office } from './office.ts';

const entry = z.looseObject({
  seq: z.number(),
  action: z.string(),
  actor: z.string(),
  target: z.string(),
  detail: z.record(z.string(), z.unknown()),
  requestId: z.string().nullable(),
  hash: z.string(),
});
const page = z.object({ data: z.array(entry), nextCursor: z.string().nullable() });

/** Oldest first. */
async function trailOf(api: AdminApi, query: string) {
  return page.parse(await api.expect(200, 'GET', `/audit?limit=1000&${query}`)).data.toReversed();
}

const whole = { ok: true, complete: true, firstBad: null };

describe('every change', () => {
  const budget = { scope: { kind: 'team' }, unit: 'usd', limit: '10.00', period: 'month' };
  const model = { provider: 'openai', upstreamModel: 'gpt-5-mini' };

  it('leaves one row that says who did what to what', async () => {
    const api = new AdminApi();
    const team = await api.team();
    const at = `/teams/${team}`;
    await api.expect(200, 'PATCH', at, { name: 'Other' });
    await api.expect(201, 'PUT', `${at}/members/ada`, { email: 'ada@example.com' });
    const { id: key } = entry
      .partial()
      .loose()
      .parse(await api.expect(201, 'POST', `${at}/keys`, { user: 'ada' }));
    await api.expect(201, 'PUT', `${at}/budgets/main`, budget);
    await api.expect(200, 'PUT', `${at}/budgets/main`, { ...budget, limit: '20.00' });
    await api.expect(204, 'DELETE', `${at}/budgets/main`);
    await api.expect(201, 'PUT', `${at}/limits`, { requestsPerMinute: 5 });
    await api.expect(204, 'DELETE', `${at}/limits`);
    await api.expect(201, 'PUT', `${at}/members/ada/suspension`, { reason: 'away' });
    await api.expect(204, 'DELETE', `${at}/members/ada/suspension`);
    await api.expect(200, 'PUT', `${at}/policy`, { models: { deny: ['gpt-*'] } });
    await api.expect(204, 'DELETE', `${at}/keys/${String(key)}`);
    await api.expect(204, 'DELETE', `${at}/members/ada`);
    await api.expect(204, 'DELETE', at);

    const rows = await trailOf(api, `team=${team}`);
    expect(rows.map(({ action, target }) => `${action} ${target}`)).toEqual([
      `team.create ${team}`,
      `team.change ${team}`,
      'member.put ada',
      `key.create ${String(key)}`,
      'budget.put main',
      'budget.put main',
      'budget.delete main',
      `limits.put ${team}`,
      `limits.delete ${team}`,
      'suspension.put ada',
      'suspension.lift ada',
      `policy.put ${team}`,
      `key.revoke ${String(key)}`,
      'member.remove ada',
      `team.delete ${team}`,
    ]);
    expect(new Set(rows.map(({ actor }) => actor))).toEqual(new Set(['token:admin']));
    expect(rows[5]?.detail).toMatchObject({ limit: 20_000_000, before: { limitAmount: 10_000_000 } });
    expect(await api.expect(200, 'GET', '/audit/verify')).toMatchObject(whole);
  });

  it('of a model leaves one if it changes anything', async () => {
    const api = new AdminApi();
    const name = `model-${crypto.randomUUID()}`;
    await api.expect(201, 'PUT', `/models/${name}`, model);
    await api.expect(200, 'PUT', `/models/${name}`, model);
    await api.expect(204, 'DELETE', `/models/${name}`);
    await api.expect(404, 'DELETE', `/models/${name}`);
    const rows = await trailOf(api, `target=${name}`);
    expect(rows.map(({ action }) => action)).toEqual(['model.put', 'model.delete']);
  });

  it('is found by the id its answer carried', async () => {
    const api = new AdminApi();
    const id = `team-${crypto.randomUUID().slice(0, 8)}`;
    const { headers } = await api.call('POST', '/teams', { id });
    expect(await trailOf(api, `team=${id}`)).toMatchObject([{ requestId: headers.get('x-headgate-request-id') }]);
  });

  it('is told without keys, digests and addresses', async () => {
    const api = new AdminApi();
    const team = await api.team();
    await api.expect(201, 'PUT', `/teams/${team}/members/ada`, { email: 'ada@example.com' });
    await api.expect(200, 'PUT', `/teams/${team}/members/ada`, { email: 'countess@example.com' });
    const made = z
      .looseObject({ id: z.string(), key: z.string() })
      .parse(await api.expect(201, 'POST', `/teams/${team}/keys`, { user: 'ada' }));
    await api.expect(204, 'DELETE', `/teams/${team}/keys/${made.id}`);
    const text = JSON.stringify(await trailOf(api, `team=${team}`));
    expect(text).not.toMatch(/example\.com|digest|last4/);
    expect(text).not.toContain(made.key.slice(-8));
  });

  it('that was refused or found nothing leaves none', async () => {
    const api = new AdminApi();
    const team = await api.team();
    await api.expect(409, 'POST', '/teams', { id: team, name: 'Another' });
    await api.expect(404, 'DELETE', `/teams/${team}/budgets/none`);
    await api.expect(404, 'DELETE', `/teams/${team}/members/nobody`);
    await api.expect(404, 'DELETE', `/teams/${team}/keys/abcd1234`);
    await api.expect(404, 'DELETE', `/teams/${team}/limits`);
    await api.expect(400, 'PUT', `/teams/${team}/budgets/main`, { ...budget, scope: { kind: 'key', id: 'abcd1234' } });
    expect((await trailOf(api, `team=${team}`)).map(({ action }) => action)).toEqual(['team.create']);
  });

  it('is not made at all if its row cannot be written', async () => {
    const api = new AdminApi();
    const team = await api.team();
    await env.DB.exec(
      "CREATE TRIGGER audit_is_full BEFORE INSERT ON audit WHEN NEW.action = 'budget.put' BEGIN SELECT RAISE(ABORT, 'full'); END;",
    );
    await api.expect(500, 'PUT', `/teams/${team}/budgets/main`, budget);
    await env.DB.exec('DROP TRIGGER audit_is_full');
    expect(await api.expect(200, 'GET', `/teams/${team}/budgets`)).toMatchObject({ data: [] });
    expect(await trailOf(api, `team=${team}`)).toHaveLength(1);
  });

  it('of many at once gets a place of its own', async () => {
    const api = new AdminApi();
    const team = await api.team();
    const names = Array.from({ length: 20 }, (_, place) => `budget-${place}`);
    await Promise.all(names.map((name) => api.expect(201, 'PUT', `/teams/${team}/budgets/${name}`, budget)));
    const rows = await trailOf(api, `team=${team}&action=budget.put`);
    expect(rows.map(({ target }) => target).toSorted()).toEqual(names.toSorted());
    expect(await api.expect(200, 'GET', '/audit/verify')).toMatchObject(whole);
  });
});

describe('what members do', () => {
  it('is told with their team and name, a decision that was refused as well', async () => {
    const office = await Office.open();
    const [ada, lin] = [await office.member('ada'), await office.member('lin', 'lead')];
    const { id } = await ada.ask();
    await ada.expect(403, 'POST', `/me/approvals/${id}/approve`, {});
    await lin.expect(200, 'POST', `/me/approvals/${id}/approve`, {});
    await lin.expect(409, 'POST', `/me/approvals/${id}/deny`, { reason: 'no' });
    const again = await ada.ask(askForMain);
    await ada.expect(204, 'DELETE', `/me/requests/${again.id}`);
    const rows = await trailOf(office.api, `team=${office.team}`);
    expect(
      rows.filter(({ action }) => action.startsWith('request.')).map(({ action, actor }) => [action, actor]),
    ).toEqual([
      ['request.open', `${office.team}/ada`],
      ['request.approve-refused', `${office.team}/ada`],
      ['request.approve', `${office.team}/lin`],
      ['request.deny-refused', `${office.team}/lin`],
      ['request.open', `${office.team}/ada`],
      ['request.withdraw', `${office.team}/ada`],
    ]);
  });
});

describe('the trail', () => {
  const api = new AdminApi();
  beforeAll(async () => {
    for (let round = 0; round < 4; round += 1) await api.team();
  });

  it('cannot be rewritten while its guards stand', async () => {
    await expect(env.DB.prepare("UPDATE audit SET actor = 'nobody' WHERE seq = 2").run()).rejects.toThrow(
      'never changed',
    );
    await expect(env.DB.prepare('DELETE FROM audit WHERE seq = 2').run()).rejects.toThrow('never deleted');
  });

  const last = '(SELECT max(seq) FROM audit)';
  it.each([
    ['a changed actor', "UPDATE audit SET actor = 'nobody' WHERE seq = 3", { seq: 3, problem: 'changed' }],
    ['a changed detail', "UPDATE audit SET detail = '{}' WHERE seq = 2", { seq: 2, problem: 'changed' }],
    ['a changed time', 'UPDATE audit SET at = at + 1 WHERE seq = 1', { seq: 1, problem: 'changed' }],
    ['a deleted row', 'DELETE FROM audit WHERE seq = 2', { seq: 2, problem: 'missing' }],
    ['a deleted first row', 'DELETE FROM audit WHERE seq = 1', { seq: 1, problem: 'missing' }],
    [
      'two rows that changed places',
      `UPDATE audit SET seq = 1000005 - seq WHERE seq IN (2, 3); UPDATE audit SET seq = seq - 1000000 WHERE seq > 1000000`,
      { seq: 2, problem: 'changed' },
    ],
    [
      'a rewritten row with a hash of its own',
      `UPDATE audit SET prev_hash = '${'a'.repeat(64)}' WHERE seq = 3`,
      { seq: 3, problem: 'changed' },
    ],
    [
      'two rows that swapped what they say',
      `${swap('action')}; ${swap('target')}; ${swap('detail')}`,
      { seq: 2, problem: 'changed' },
    ],
    [
      'a closed gap',
      'DELETE FROM audit WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3',
      { seq: 2, problem: 'changed' },
    ],
  ])('shows %s', async (_, tampering, firstBad) => {
    await tamper(tampering, async () => {
      expect(await api.expect(200, 'GET', '/audit/verify')).toMatchObject({ ok: false, complete: false, firstBad });
    });
    expect(await api.expect(200, 'GET', '/audit/verify')).toMatchObject(whole);
  });

  it('shows a row cut off at its end', async () => {
    const { seq } = entry.parse((await trailOf(api, '')).at(-1));
    await tamper(`DELETE FROM audit WHERE seq = ${last}`, async () => {
      expect(await api.expect(200, 'GET', '/audit/verify')).toMatchObject({
        ok: false,
        firstBad: { seq, problem: 'missing' },
      });
    });
  });

  it('is checked piece by piece when it is long', async () => {
    const start = { seq: 0, hash: NO_HASH };
    const piece = await checkAudit(api.db, start, 3);
    expect(piece).toMatchObject({ firstBad: null, checked: 3, last: { seq: 3 } });
    expect(await checkAudit(api.db, piece.last)).toMatchObject({ firstBad: null, last: piece.head });
  });

  it('comes in pages, newest first, and by what one looks for', async () => {
    const first = page.parse(await api.expect(200, 'GET', '/audit?limit=2&action=team.create'));
    const next = page.parse(
      await api.expect(200, 'GET', `/audit?limit=2&action=team.create&cursor=${first.nextCursor}`),
    );
    const places = [...first.data, ...next.data].map(({ seq }) => seq);
    expect(places).toEqual(places.toSorted((left, right) => right - left));
    expect(new Set(places).size).toBe(4);
    expect(await api.expect(400, 'GET', `/audit?limit=2&cursor=${first.nextCursor}`)).toEqual(
      refusal('invalid_request', 'cursor '),
    );
    expect(await api.expect(200, 'GET', '/audit?actor=payments/ada')).toMatchObject({ data: [] });
    for (const action of ['phase_out.put', 'key.revoke-many']) await api.expect(200, 'GET', `/audit?action=${action}`);
    expect(await api.expect(200, 'GET', '/audit?to=2026-11-23T10:00:00Z')).toMatchObject({ data: [] });
  });
});

function swap(column: string): string {
  const other = `(SELECT ${column} FROM audit_before other WHERE other.seq = 5 - audit.seq)`;
  return `UPDATE audit SET ${column} = ${other} WHERE seq IN (2, 3)`;
}

/** Does what whoever owns the database can do, and puts everything back. */
