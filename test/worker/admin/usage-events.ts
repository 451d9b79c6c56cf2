// Five ended calls of two teams in two days, for tests that read usage back.

import { env } from 'cloudflare:workers';
import { bookTeams } from '../../helpers/booked-teams.ts';

export const payments = 'usage-payments';
export const search = 'usage-search';
/** Nobody calls. */
export const quiet = 'usage-quiet';
const DAY = Date.parse('2026-11-22T00:00:00Z');
const HOUR_MS = 3_600_000;

const EVENTS = [
  { id: 'req_1', at: DAY, team: payments, user: 'ada', model: 'gpt-5-mini', cost: 100 },
  { id: 'req_2', at: DAY + 23 * HOUR_MS, team: payments, user: 'bob', key: 'leaked00', model: 'gpt-5-mini', cost: 250 },
  {
    id: 'req_3',
    at: DAY + 24 * HOUR_MS,
    team: payments,
    user: 'ada',
    model: 'inhouse/coder',
    provider: 'inhouse',
    cost: 0,
  },
  { id: 'req_4', at: DAY + 24 * HOUR_MS, team: search, user: 'ada', model: 'gpt-5-mini', cost: 7_000_000 },
  {
    id: 'req_5',
    at: DAY + 25 * HOUR_MS,
    team: payments,
    user: 'ada',
    key: 'leaked00',
    model: 'gpt-5-mini',
    outcome: 'client_gone',
    cost: 1,
  },
];

/** The same, of teams that are there. */
export async function bookUsageOfTeams(): Promise<void> {
  await bookTeams(env.DB, payments, search, quiet);
  await bookUsageEvents();
}

/** To be run once for each test file. */
export async function bookUsageEvents(): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO usage_events
     SELECT value->>'id', 0, value->>'at', value->>'team', value->>'user', coalesce(value->>'key', 'abcd1234'),
       value->>'model', coalesce(value->>'provider', 'openai'), 'gpt-5-mini', 'openai-chat', 1,
       coalesce(value->>'outcome', 'completed'), 200, 10, 20, 3, 4, 50, 6, 1, value->>'cost', 0, 'v1', 120, NULL, '["soft"]', NULL, NULL, NULL
     FROM json_each(?1)`,
  )
    .bind(JSON.stringify(EVENTS))
    .run();
}
