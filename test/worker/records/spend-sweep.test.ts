// The sweep that looks for what stands out: whose turn it is, what it reads, and what becomes of it when something fails.

import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../../worker/records/database.ts';
import { forgetAlerts } from '../../../worker/records/spend-alerts.ts';
import { budget, DAY_MS, HOUR_MS, KEY, office, rowsReadBy, spending } from './spending.ts';

const looked = async () => (await env.DB.prepare('SELECT looked_at FROM spend_looks').all()).results;

describe('the sweep', () => {
  it('reads nothing of a team that had no calls since', async () => {
    const { api, spend, sweep } = await spending();
    await spend([...office(40), { at: api.nowMs - 11 * 60_000, dollars: 1, key: KEY }]);
    await sweep();
    const first = await looked();
    expect(first).toEqual([{ looked_at: api.nowMs }]);
    api.nowMs += HOUR_MS;
    const read = vi.spyOn(api.ledgers, 'readLedger');
    await sweep();
    expect(await looked()).toEqual(first);
    expect(read).not.toHaveBeenCalled();
  });

  it('gives the team its turn that was longest not looked at, thirty at a time', async () => {
    const { api, spend, sweep } = await spending();
    const teams = await Promise.all(Array.from({ length: 32 }, () => api.team()));
    for (const each of teams) await spend([{ at: api.nowMs - 1, dollars: 1 }], each);
    const lately = teams.slice(0, 2);
    for (const [ago, each] of lately.entries()) {
      await env.DB.prepare('INSERT INTO spend_looks VALUES (?, ?, NULL)')
        .bind(each, api.nowMs - (6 + ago) * 60_000)
        .run();
    }
    const read = vi.spyOn(api.ledgers, 'readLedger');
    const looks = () => read.mock.calls.map(([each]) => String(each));
    await sweep();
    expect(new Set(looks())).toEqual(new Set(teams.slice(2)));
    expect(looks()).toHaveLength(30);
    api.nowMs += 60_000;
    await sweep();
    expect(looks().slice(30)).toEqual(lately.toReversed());
    await sweep();
    expect(looks()).toHaveLength(32);
  });

  it('goes on with the others when one team fails, and with a ledger out of reach', async () => {
    const { api, spend, sweep, told } = await spending();
    const broken = await api.team();
    await spend([{ at: api.nowMs - 1, dollars: 1 }], broken);
    await env.DB.prepare('INSERT INTO spend_looks VALUES (?, 0, ?)')
      .bind(broken, JSON.stringify({ endMs: api.nowMs + DAY_MS }))
      .run();
    await spend([...office(40), { at: api.nowMs - 60_000, dollars: 300, key: KEY }]);
    api.ledgers.reachable = false;
    const log = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await sweep();
    expect(log.mock.calls.flat().map(String)).toEqual([expect.stringContaining('"spend_look_failed"')]);
    expect(log.mock.calls.flat().map(String)[0]).toContain(broken);
    vi.restoreAllMocks();
    expect(await told()).toContain('unusual_day ticket key abcd1234');
  });

  it('looks for the calls of a team where its usage lies', async () => {
    await applyD1Migrations(env.BESIDE_1, env.TEST_MIGRATIONS);
    const usage = [openDatabase(env.DB), openDatabase(env.BESIDE_1)] as const;
    const { spend, sweep, told, stand, loop } = await spending(usage, 1);
    stand(budget());
    await spend([...office(40), ...loop(300)]);
    await sweep();
    expect(await told()).toEqual([
      'burn_rate page budget main',
      'unusual_day ticket key abcd1234',
      'unusual_hour page key abcd1234',
    ]);
  });

  it('writes each alert once when two run at the same time', async () => {
    const { api, spend, sweep, told } = await spending();
    await spend([...office(40), { at: api.nowMs - 60_000, dollars: 300, key: KEY }]);
    const read = vi.spyOn(api.ledgers, 'readLedger');
    await Promise.all([sweep(), sweep()]);
    expect(read).toHaveBeenCalledTimes(1);
    const once = await told();
    expect(new Set(once).size).toBe(once.length);
    await env.DB.prepare('UPDATE spend_looks SET looked_at = 0').run();
    await Promise.all([sweep(), sweep()]);
    expect(await told()).toEqual(once);
  });

  it('forgets what is half a year old, and the baseline of a team that is deleted', async () => {
    const { api, team, spend, sweep, told } = await spending();
    await spend([...office(40), { at: api.nowMs - 60_000, dollars: 300, key: KEY }]);
    await sweep();
    const count = async () => (await told()).length;
    const before = await count();
    expect(before).toBeGreaterThan(0);
    await forgetAlerts(api.db, api.nowMs + 180 * DAY_MS);
    expect(await count()).toBe(before);
    await forgetAlerts(api.db, api.nowMs + 180 * DAY_MS + 1);
    expect(await count()).toBe(0);
    await api.expect(204, 'DELETE', `/teams/${team}`);
    expect((await env.DB.prepare('SELECT team FROM spend_looks').all()).results).toEqual([]);
  });

  it('names no person in anything that it keeps', async () => {
    const { spend, sweep, told, stand, loop } = await spending();
    stand(budget());
    const user = 'ada.lovelace@example.com';
    await spend([...office(40), ...loop(300)].map((event) => Object.assign(event, { user })));
    await sweep();
    expect((await told()).length).toBeGreaterThan(1);
    const kept = await env.DB.batch([
      env.DB.prepare('SELECT * FROM spend_alerts'),
      env.DB.prepare('SELECT * FROM spend_looks'),
    ]);
    expect(JSON.stringify(kept)).not.toContain('lovelace');
  });

  it('reads six weeks once a day and a few hours after that', async () => {
    const { api, spend, sweep } = await spending();
    await spend([...office(40), { at: api.nowMs - 60_000, dollars: 1, key: KEY }]);
    const rows = await rowsReadBy(sweep);
    api.nowMs += 6 * 60_000;
    await spend([{ at: api.nowMs - 1, dollars: 1, key: KEY }]);
    const later = await rowsReadBy(sweep);
    console.log(`rows read by the first look of a day: ${rows}, by the next: ${later}`);
    expect(later).toBeLessThan(rows / 5);
  });
});
