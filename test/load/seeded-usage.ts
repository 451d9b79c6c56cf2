// A company's usage out of a number: teams, people, keys, models and calls over days, written straight into a local D1's file.
// The triggers write the sums by hour and day, as they do for events that are delivered.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { projectRoot } from '../../scripts/local/project.ts';

export interface SeedPlan {
  readonly teams: number;
  readonly days: number;
  readonly events: number;
  /** The day after the last, in milliseconds since 1970. */
  readonly endMs: number;
}

const DAY_MS = 86_400_000;
const BATCH_EVENTS = 100_000;
const PEOPLE_PER_TEAM = 25;
/** Of one person with one model in one hour, as agents call. */
const CALLS_PER_SESSION = 20;
const MIGRATIONS = join(projectRoot, 'schema/d1/migrations');

/** One draw for each thing that is drawn: the call's number, mixed by two primes; SQLite has no chance that can be had again. */
const draw = (factor: number, sides: number | string, of = 'n.i') =>
  `(((${of} * ${factor} % 1000003) * ${factor} % 999983) % ${sides})`;
const SESSION = `(n.i / ${CALLS_PER_SESSION})`;

/** Four in five calls fall into ten hours of the day. */
const INSERT_EVENTS = `
  WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2),
  call AS (
    SELECT n.i,
      'team-' || printf('%03d', ${draw(265_443, '?3', SESSION)}) AS team,
      ${draw(159_737, PEOPLE_PER_TEAM, SESSION)} AS person,
      ${draw(7_919, 6, SESSION)} AS kind,
      n.i * ?4 / ?5 AS day,
      iif(${draw(104_729, 5, SESSION)} > 0, 8 + ${draw(129_971, 10, SESSION)}, ${draw(154_859, 24, SESSION)}) AS hour,
      ${draw(324_529, 999_983)} * 3600 / 1000 AS within,
      ${draw(499_799, 20_000)} AS input,
      ${draw(678_679, 1_500)} AS output
    FROM n)
  INSERT INTO usage_events (id, revision, at, team, user, key, model, provider, upstream_model, dialect, stream, outcome, status,
    input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, web_searches, cost_micros, estimated, price_version,
    latency_ms, ttfb_ms, over_budgets)
  SELECT printf('req_%026d', i), 0, ?6 + day * ${DAY_MS} + hour * 3600000 + within, team, 'person-' || person,
    printf('k%03d', person) || substr(team, 5, 4), 'model-' || kind, iif(kind % 2, 'anthropic', 'openai'), 'upstream-' || kind,
    iif(kind % 2, 'anthropic-messages', 'openai-chat'), 1, iif(i % 50, 'completed', 'expired'), iif(i % 50, 200, 504), input,
    input * 2, input / 10, 0, output, output / 3, 0, (input * (kind + 1) + output * (kind + 5) * 4) / 4 + 1, i % 50 = 0,
    iif(day * 2 < ?4, 'v1', 'v2'), 400 + output, 200, '[]'
  FROM call`;

/** A late settlement for each second call that expired. */
const CORRECT_SOME = `
  UPDATE usage_events SET outcome = 'completed', estimated = 0, revision = 1, cost_micros = cost_micros / 2
  WHERE outcome = 'expired' AND id LIKE '%00' `;

export function seedUsage(file: string, plan: SeedPlan, say: (line: string) => void): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  for (const name of readdirSync(MIGRATIONS).toSorted()) database.exec(readFileSync(join(MIGRATIONS, name), 'utf8'));
  const team = database.prepare(
    `INSERT INTO teams (id, name, timezone, cost_center, created_at, updated_at) VALUES (?1, ?2, 'UTC', ?3, 0, 0)`,
  );
  for (let nth = 0; nth < plan.teams; nth += 1) {
    const id = `team-${String(nth).padStart(3, '0')}`;
    team.run(id, `Team ${nth}`, nth % 7 === 0 ? null : `CC-${nth % 20}`);
  }
  const insert = database.prepare(INSERT_EVENTS);
  const startMs = plan.endMs - plan.days * DAY_MS;
  const began = performance.now();
  for (let from = 0; from < plan.events; from += BATCH_EVENTS) {
    const until = Math.min(from + BATCH_EVENTS, plan.events);
    // As numbers they would be floats to SQLite.
    insert.run(...[from, until, plan.teams, plan.days, plan.events, startMs].map(BigInt));
    say(`${until} events after ${Math.round((performance.now() - began) / 1_000)} s`);
  }
  database.exec(CORRECT_SOME);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
  database.close();
}
