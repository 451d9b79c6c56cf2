// What is stored about a person, told to an admin and to the person: complete, counted, without secrets, and written in the trail.

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ForgettingOffice } from './forgetting-office.ts';

const part = z.object({ rows: z.array(z.record(z.string(), z.unknown())), count: z.int() });
const document = z.strictObject({
  user: z.string(),
  team: z.string().nullable(),
  asOf: z.iso.datetime(),
  parts: z.record(z.string(), part),
});

const office = new ForgettingOffice();
let path: string;
beforeAll(async () => {
  await office.open();
  path = `/people/${office.ada}/export`;
});

const theirs = (user: string) => office.call(200, 'GET', `/people/${user}/export`).then((told) => document.parse(told));

describe('an export', () => {
  it('has every part, each counted', async () => {
    const { user, team, parts } = await theirs(office.ada);
    expect({ user, team }).toEqual({ user: office.ada, team: null });
    expect(Object.fromEntries(Object.entries(parts).map(([name, { count }]) => [name, count]))).toEqual({
      directory: 1,
      memberships: 2,
      keys: 2,
      budgets: 2,
      rateLimits: 1,
      suspensions: 0,
      modelPolicies: 1,
      pins: 1,
      approvalRules: 1,
      requests: 3,
      grants: 3,
      votes: 1,
      delegations: 1,
      reviews: 1,
      slack: 1,
      thresholds: expect.any(Number),
      answers: expect.any(Number),
      audit: expect.any(Number),
      usageByHour: expect.any(Number),
      ledgers: 4,
    });
    for (const { rows, count } of Object.values(parts)) expect(rows).toHaveLength(count);
    expect(parts['memberships']?.rows[0]).toMatchObject({ email: expect.stringContaining('countess'), role: 'lead' });
    expect(parts['thresholds']?.count).toBeGreaterThan(0);
    expect(parts['audit']?.count).toBeGreaterThan(10);
  });

  it('has all their usage and nobody else’s', async () => {
    const { parts } = await theirs(office.ada);
    const rows = z
      .array(z.looseObject({ user: z.string(), calls: z.number(), costMicros: z.number() }))
      .parse(parts['usageByHour']?.rows);
    expect(new Set(rows.map(({ user }) => user))).toEqual(new Set([office.ada]));
    const stored = await env.DB.prepare(
      'SELECT count(*) AS rows, sum(calls) AS calls, sum(cost_micros) AS cost FROM usage_hours WHERE user = ?',
    )
      .bind(office.ada)
      .first();
    const sum = (pick: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + pick(row), 0);
    expect({ rows: rows.length, calls: sum(({ calls }) => calls), cost: sum(({ costMicros }) => costMicros) }).toEqual(
      stored,
    );
  });

  it('goes on over pages without losing or doubling a row', async () => {
    const team = office.teams[0] ?? '';
    await env.DB.prepare(
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 1250)
       INSERT INTO usage_hours SELECT ?1, 3600000 * (n / 400), 'many', 'k', 'm' || n, 'p', 'u', 'd', 'completed', n % 2, 'v',
         1, 0, 0, 0, 0, 0, 0, 0, n, 0, 0, 0 FROM n`,
    )
      .bind(team)
      .run();
    await office.call(201, 'PUT', `/teams/${team}/members/many`, {});
    const { parts } = await theirs('many');
    expect(parts['usageByHour']?.count).toBe(1_250);
    expect(new Set(parts['usageByHour']?.rows.map(({ model }) => model)).size).toBe(1_250);
  });

  it('has no digest and no key', async () => {
    const told = JSON.stringify(await office.call(200, 'GET', path));
    expect(told).not.toMatch(/digest/i);
    for (const { key } of office.keys.values()) expect(told).not.toContain(key);
  });

  it('is itself in the trail, as is an own one', async () => {
    await office.call(200, 'GET', path);
    const trail = JSON.stringify(await office.call(200, 'GET', `/audit?action=person.export&target=${office.ada}`));
    expect(trail).toContain('"actor":"token:admin"');
    const [team = ''] = office.teams;
    await office.call(200, 'GET', '/me/export', undefined, office.keys.get(`${team} ben`)?.key);
    const bens = JSON.stringify(await office.call(200, 'GET', '/audit?action=person.export&target=ben'));
    expect(bens).toContain(`"actor":"${team}/ben"`);
  });

  it('is refused, and not told in part, while a database with their usage is not bound', async () => {
    const user = `eva-${crypto.randomUUID().slice(0, 8)}`;
    const [team = ''] = office.teams;
    await office.call(201, 'PUT', `/teams/${team}/members/${user}`, {});
    const move = async (place: number) =>
      env.DB.prepare('UPDATE teams SET usage_database = ? WHERE id = ?').bind(place, team).run();
    await move(1);
    const refused = await office.call(503, 'GET', `/people/${user}/export`);
    await move(0);
    expect(refused).toMatchObject({ error: { code: 'usage_away', message: expect.stringContaining('USAGE_1') } });
    await office.call(200, 'GET', `/people/${user}/export`);
  });

  it.each(['nobody-here', 'erased-0000000000000000'])('of %s, whom nobody knows, is 404', async (user) => {
    await office.call(404, 'GET', `/people/${user}/export`);
  });

  it('of what is no user is 400, and of nobody is not there', async () => {
    await office.call(400, 'GET', '/people/a%20b/export');
    await office.call(404, 'GET', '/people//export');
  });
});

describe('an own export', () => {
  it('is of the team of the key alone, without what others noted', async () => {
    const [team = '', other = ''] = office.teams;
    const key = office.keys.get(`${team} ${office.ada}`)?.key;
    const { team: told, parts } = document.parse(await office.call(200, 'GET', '/me/export', undefined, key));
    expect(told).toBe(team);
    expect(parts['memberships']?.count).toBe(1);
    expect(parts['ledgers']?.count).toBe(2);
    expect(Object.keys(parts)).not.toContain('audit');
    expect(Object.keys(parts)).not.toContain('suspensions');
    expect(JSON.stringify(parts)).not.toContain(`"team":"${other}"`);
  });

  it('has nothing that others asked for, also of whoever decided on it', async () => {
    const [team = ''] = office.teams;
    const key = office.keys.get(`${team} ${office.ada}`)?.key;
    const { parts } = document.parse(await office.call(200, 'GET', '/me/export', undefined, key));
    for (const name of ['requests', 'grants']) {
      const rows = parts[name]?.rows ?? [];
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map(({ user }) => user))).toEqual(new Set([office.ada]));
    }
    const whole = await theirs(office.ada);
    expect(new Set(whole.parts['requests']?.rows.map(({ user }) => user))).toContain('ben');
  });

  it('asked for over and over is in the trail once an hour, and an admin’s each time', async () => {
    const [team = ''] = office.teams;
    await office.call(201, 'PUT', `/teams/${team}/members/often`, {});
    const made = await office.call(201, 'POST', `/teams/${team}/keys`, { user: 'often' });
    const { key } = z.object({ key: z.string() }).parse(made);
    const rows = async () =>
      z
        .object({ data: z.array(z.object({ actor: z.string() })) })
        .parse(await office.call(200, 'GET', '/audit?action=person.export&target=often&limit=100')).data;
    const many = async () => {
      for (let nth = 0; nth < 4; nth += 1) await office.call(200, 'GET', '/me/export', undefined, key);
    };
    await Promise.all([many(), many()]);
    expect(await rows()).toEqual([{ actor: `${team}/often` }]);
    office.nowMs += 3_600_000;
    await many();
    expect(await rows()).toHaveLength(2);
    for (let nth = 0; nth < 2; nth += 1) await theirs('often');
    expect(await rows()).toHaveLength(4);
  });

  it('is not for whoever has no key', async () => {
    await office.call(401, 'GET', '/me/export', undefined, 'hg_none_abcd1234_wrong');
  });
});
