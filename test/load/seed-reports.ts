// `npm run reports -- --events 1000000`: fills a local D1 with a company's usage and reads every report of it by the real
// routes, with each one's time and rows read, and whether its sum is that of the events. Exits with 1 where one is not.

import { timingSafeEqual } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getPlatformProxy } from 'wrangler';
import { z } from 'zod';
import { projectRoot } from '../../scripts/local/project.ts';
import { KEEP_ALL } from '../../schema/usage-retention.ts';
import { adminRoutes } from '../../worker/http/admin/routes.ts';
import { openDatabase } from '../../worker/records/database.ts';
import { countedD1, type ReadCount } from './counted-d1.ts';
import { seedUsage } from './seeded-usage.ts';
import { timedReports } from './timed-reports.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    teams: { type: 'string', default: '200' },
    days: { type: 'string', default: '90' },
    keep: { type: 'string' },
  },
});
const number = z.coerce.number().int().min(1);
const plan = {
  events: number.parse(values.events),
  teams: number.parse(values.teams),
  days: number.parse(values.days),
  endMs: Date.parse('2026-11-01T00:00:00Z'),
};
const TOKEN = 'token-of-this-run';
const startMs = plan.endMs - plan.days * 86_400_000;

// Of the Workers' runtime; Node has it elsewhere.
Object.defineProperty(crypto.subtle, 'timingSafeEqual', {
  value: (left: ArrayBuffer, right: ArrayBuffer) => timingSafeEqual(new Uint8Array(left), new Uint8Array(right)),
});

const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'headgate-reports-'));
mkdirSync(folder, { recursive: true });
const platform = () =>
  getPlatformProxy<{ DB: D1Database }>({
    configPath: join(projectRoot, 'wrangler.toml'),
    persist: { path: folder },
    remoteBindings: false,
  });
const isThere = values.keep !== undefined && databaseFile() !== null;
if (!isThere) await seed();
const { env, dispose } = await platform();
const exitCode = await read(env.DB);
await dispose();
if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
process.exit(exitCode);

/** The empty database is made by the runtime, which knows what to call it. */
async function seed(): Promise<void> {
  const first = await platform();
  await first.env.DB.prepare('SELECT 1').run();
  await first.dispose();
  const file = databaseFile();
  if (file === null) throw new Error(`no database in ${folder}`);
  seedUsage(file, plan, (line) => console.log(line));
  console.log(`${(statSync(file).size / 1e6).toFixed(0)} MB`);
}

function databaseFile(): string | null {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const name = names.find((each) => /D1DatabaseObject.[0-9a-f]+\.sqlite$/.test(each));
  return name === undefined ? null : join(folder, name);
}

async function read(database: D1Database): Promise<number> {
  const count: ReadCount = { rows: 0, questions: 0, databaseMs: 0 };
  const db = openDatabase(countedD1(database, count));
  const usage = [db] as const;
  const unavailable = { ok: false, failure: { reason: 'ledger_unavailable' } } as const;
  const refused = () => Promise.resolve(unavailable);
  const app = adminRoutes({
    dependenciesOf: () => ({
      db,
      usage,
      now: () => plan.endMs - 1,
      ledgers: {
        configureTeam: refused,
        standingOf: refused,
        readLedger: refused,
        verifyLedger: refused,
        wakeTeam: refused,
        forgetMember: refused,
      },
      settings: {
        adminToken: TOKEN,
        financeToken: null,
        metricsToken: null,
        demoModel: false,
        providers: [],
        webhookKey: null,
        webhookAllowPrivate: false,
        usageRetention: KEEP_ALL,
      },
      signOn: null,
      catalogueKnows: () => false,
      find: (model) =>
        Promise.resolve({ route: { ok: false, failure: { reason: 'model_not_found', model } }, phaseOut: null }),
    }),
    reportFault: (_, error) => console.error(error),
  });
  const truth = await database
    .prepare(
      `SELECT (SELECT sum(cost_micros) FROM usage_events) AS cost, (SELECT count(*) FROM usage_hours) AS hours,
        (SELECT count(*) FROM usage_days) AS days`,
    )
    .first<{ cost: number; hours: number; days: number }>();
  console.log(
    `${plan.events} events, ${truth?.hours} rows of hours, ${truth?.days} of days, ${truth?.cost} micro-dollars\n`,
  );
  console.log(
    '| report | ms | of these in D1 | rows read | questions | KB | sum |\n| --- | --- | --- | --- | --- | --- | --- |',
  );
  let wrong = 0;
  for (const { name, path, sum } of timedReports({ startMs, endMs: plan.endMs })) {
    Object.assign(count, { rows: 0, questions: 0, databaseMs: 0 });
    const began = performance.now();
    const response = await app.request(path, { headers: { authorization: `Bearer ${TOKEN}` } });
    const text = await response.text();
    const ms = performance.now() - began;
    const isRight = response.status === 200 && (sum === null || sum(text) === truth?.cost);
    if (!isRight) wrong += 1;
    const verdict = isRight ? (sum === null ? '' : 'that of the events') : `WRONG (${response.status})`;
    console.log(
      `| ${name} | ${ms.toFixed(0)} | ${count.databaseMs.toFixed(0)} | ${count.rows} | ${count.questions} | ${(text.length / 1e3).toFixed(0)} | ${verdict} |`,
    );
  }
  return wrong === 0 ? 0 : 1;
}
