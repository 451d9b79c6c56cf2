// Usage spread over databases of its own: where new teams' events go, that reports tell them as one, and that they wait for a
// database that is missing.

import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type LocalGateway, startLocalGateway } from '../helpers/local-gateway.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const TEAMS = ['red', 'green', 'blue'] as const;
const folder = mkdtempSync(join(tmpdir(), 'headgate-config-'));
const config = join(folder, 'wrangler.toml');

const totalsSchema = z.object({ data: z.array(z.looseObject({ calls: z.number(), costUsd: z.string() })) });

let gateway: LocalGateway;

beforeAll(async () => {
  bind('USAGE_1', 'USAGE_2');
  gateway = await startLocalGateway({ HEADGATE_CONFIG: config });
});

afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

/** The project's own wrangler.toml, from another folder, with these databases beside the record. */
function bind(...names: readonly string[]): void {
  const toml = readFileSync(join(PROJECT, 'wrangler.toml'), 'utf8')
    .replace('"worker/index.ts"', JSON.stringify(join(PROJECT, 'worker/index.ts')))
    .replace('"./scripts/bundle/', `"${join(PROJECT, 'scripts/bundle')}/`)
    .replace('"schema/d1/migrations"', JSON.stringify(join(PROJECT, 'schema/d1/migrations')));
  const migrations = JSON.stringify(join(PROJECT, 'schema/d1/migrations'));
  const databases = names.map(
    (name) =>
      `[[d1_databases]]\nbinding = "${name}"\ndatabase_name = "${name}"\ndatabase_id = "${name}"\nmigrations_dir = ${migrations}\n`,
  );
  writeFileSync(config, [toml, ...databases].join('\n'));
}

async function call(key: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{"model":"headgate-demo","messages":[{"role":"user","content":"Hello"}]}',
    });
    expect(answer.status).toBe(200);
    await answer.body?.cancel();
  }
}

/** How many events of each team each database has; a database without any is left out. */
function eventsByDatabase(): Record<string, number>[] {
  return globSync(join(gateway.stateFolder, 'v3/d1/*/*.sqlite'))
    .flatMap((file) => {
      const database = new DatabaseSync(file, { readOnly: true });
      try {
        const isOurs = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'usage_events'`).get() !== undefined;
        if (!isOurs) return [];
        const rows = database.prepare('SELECT team, count(*) AS events FROM usage_events GROUP BY team').all();
        return [Object.fromEntries(rows.map(({ team, events }) => [String(team), Number(events)]))];
      } finally {
        database.close();
      }
    })
    .filter((events) => Object.keys(events).length > 0);
}

async function callsByTeam(): Promise<Record<string, number>> {
  const { data } = totalsSchema.parse(await gateway.admin.request('GET', '/usage/summary?group_by=team'));
  return Object.fromEntries(data.map(({ team, calls }) => [String(team), calls]));
}

describe('with two databases for usage', () => {
  const keys = new Map<string, string>();

  it('gives each new team one of them, in turn', async () => {
    const places: string[] = [];
    for (const [nth, team] of TEAMS.entries()) {
      const made = await gateway.admin.request('POST', '/teams', {
        id: team,
        timezone: 'UTC',
        costCenter: `CC-${nth % 2}`,
      });
      places.push(z.object({ usageDatabase: z.string() }).parse(made).usageDatabase);
      const key = await gateway.admin.request('POST', `/teams/${team}/keys`, { user: 'ada', name: 'test' });
      keys.set(team, z.object({ key: z.string() }).parse(key).key);
    }
    // The demo team was the first.
    expect(places).toEqual(['USAGE_2', 'USAGE_1', 'USAGE_2']);
  });

  it('tells them as one', async () => {
    for (const [nth, team] of TEAMS.entries()) await call(keys.get(team) ?? '', nth + 1);
    await expect.poll(callsByTeam, { timeout: 15_000 }).toEqual({ red: 1, green: 2, blue: 3 });
    expect(eventsByDatabase()).toEqual(expect.arrayContaining([{ green: 2 }, { red: 1, blue: 3 }]));
    const centers = totalsSchema.parse(await gateway.admin.request('GET', '/usage/summary?group_by=cost_center'));
    expect(centers.data).toMatchObject([
      { cost_center: 'CC-0', calls: 4 },
      { cost_center: 'CC-1', calls: 2 },
    ]);
    const whole = totalsSchema.parse(await gateway.admin.request('GET', '/usage/summary'));
    expect(whole.data).toMatchObject([{ calls: 6 }]);
    expect(await gateway.admin.request('GET', '/teams/blue/verify')).toMatchObject({ ok: true });
  });

  it('keeps events until their database is there again, and tells no total without it', async () => {
    await gateway.kill9();
    bind('USAGE_1');
    await gateway.start();
    await call(keys.get('red') ?? '', 2);
    await call(keys.get('green') ?? '', 2);
    // Of what is there alone nothing is told.
    await expect(callsByTeam()).rejects.toThrow('USAGE_2, which is not bound');

    await gateway.kill9();
    bind('USAGE_1', 'USAGE_2');
    await gateway.start();
    await expect.poll(callsByTeam, { timeout: 30_000 }).toEqual({ red: 3, green: 4, blue: 3 });
  });
});
