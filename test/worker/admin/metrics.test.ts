// What Prometheus reads: well-formed, of the day, of budgets as the ledgers have them, and never of a person.

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { budgetIdSchema, keyIdSchema, userIdSchema } from '../../../schema/ids.ts';
import type { BudgetState } from '../../../schema/ledger.ts';
import type { Scope } from '../../../schema/team-config.ts';
import { exposition } from '../../../worker/http/metrics/exposition.ts';
import { ADMIN_TOKEN, AdminApi, refusal } from './admin-api.ts';
import { type Metrics, parseExposition } from './exposition-parser.ts';
import { bookUsageEvents, payments, search } from './usage-events.ts';

const api = new AdminApi();
const window = { startMs: Date.parse('2026-11-01T00:00:00Z'), endMs: Date.parse('2026-12-01T00:00:00Z') };

function state(
  id: string,
  scope: Scope,
  unit: BudgetState['unit'] = 'usd',
  subject: string | null = null,
): BudgetState {
  const amounts = { limit: 100_000_000, carried: 5_000_000, granted: 1_000_000, settled: 2_500_000, held: 500_000 };
  return {
    ...amounts,
    id: budgetIdSchema.parse(id),
    scope,
    subject: subject === null ? null : userIdSchema.parse(subject),
    unit,
    period: 'month',
    enforcement: 'hard',
    remaining: 103_000_000,
    window,
  };
}

beforeAll(async () => {
  await bookUsageEvents();
  for (const id of [payments, search]) await api.expect(201, 'POST', '/teams', { id, name: id, timezone: 'UTC' });
  api.ledgers.report = {
    asOfMs: 0,
    holds: 3,
    outbox: 7,
    budgets: [
      state('main', { kind: 'team' }),
      state('counted', { kind: 'team' }, 'tokens'),
      state('of-ada', { kind: 'member', id: userIdSchema.parse('ada') }),
      state('own', { kind: 'each_member' }, 'usd', 'bob'),
      state('of-key', { kind: 'key', id: keyIdSchema.parse('leaked00') }),
    ],
  };
});

async function read(query = '', token: string = ADMIN_TOKEN) {
  const response = await api.app.request(
    `/metrics${query}`,
    { headers: { authorization: `Bearer ${token}` } },
    { ...env },
  );
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

async function metrics(query = ''): Promise<Metrics> {
  const { status, text } = await read(query);
  expect({ status, text }).toMatchObject({ status: 200 });
  return parseExposition(text);
}

const samplesOf = async (name: string) => (await metrics()).get(`ai_gateway_${name}`)?.samples;

describe('the metrics', () => {
  it('are text that Prometheus can read', async () => {
    const { type, text } = await read();
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    const parsed = parseExposition(text);
    expect(parsed.size).toBeGreaterThan(15);
    for (const [name, { type: kind }] of parsed) expect(name.endsWith('_total')).toBe(kind === 'counter');
  });

  it('count the calls, tokens and dollars of the UTC day by team, provider and model', async () => {
    const parsed = await metrics();
    expect(parsed.get('ai_gateway_requests_total')?.samples).toEqual([
      { labels: { team: payments, provider: 'inhouse', model: 'inhouse/coder', outcome: 'completed' }, value: 1 },
      { labels: { team: payments, provider: 'openai', model: 'gpt-5-mini', outcome: 'client_gone' }, value: 1 },
      { labels: { team: search, provider: 'openai', model: 'gpt-5-mini', outcome: 'completed' }, value: 1 },
    ]);
    expect(parsed.get('ai_gateway_spend_usd_total')?.samples).toContainEqual({
      labels: { team: search, provider: 'openai', model: 'gpt-5-mini' },
      value: 7,
    });
    expect(parsed.get('ai_gateway_tokens_total')?.samples).toContainEqual({
      labels: { team: search, provider: 'openai', model: 'gpt-5-mini', token_type: 'cache_write' },
      value: 7,
    });
    expect(parsed.get('ai_gateway_day_start_timestamp_seconds')?.samples).toEqual([
      { labels: {}, value: Date.parse('2026-11-23T00:00:00Z') / 1000 },
    ]);
  });

  it('say how full each database is, how old its oldest event, and how far it is archived', async () => {
    expect(await samplesOf('oldest_event_seconds')).toEqual([{ labels: { database: 'db' }, value: 34 * 3_600 }]);
    expect(await samplesOf('archive_lag_seconds')).toEqual([]);
    const [size] = (await samplesOf('database_bytes')) ?? [];
    expect(size?.value).toBeGreaterThan(100_000);
    const day = Date.parse('2026-11-20T00:00:00Z');
    await env.DB.exec(`INSERT INTO usage_archive VALUES (1, 0, ${day}, 1, '', 0, 0, '', NULL, NULL, 0)`);
    expect(await samplesOf('archive_lag_seconds')).toEqual([
      { labels: { database: 'db' }, value: (2 * 24 + 10) * 3_600 },
    ]);
    await env.DB.exec('DELETE FROM usage_archive');
  });

  it('never fall: a call that expired is no part of the counters until its settlement came', async () => {
    const totals = async () =>
      (await metrics(`?team=${search}`)).get('ai_gateway_spend_usd_total')?.samples.map(({ value }) => value);
    const statement = env.DB.prepare(
      `INSERT INTO usage_events (id, revision, at, team, user, key, model, provider, upstream_model, dialect, stream, outcome,
        status, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, web_searches, cost_micros, estimated,
        price_version, latency_ms, ttfb_ms, over_budgets)
       SELECT 'req_9', 0, at, team, user, key, model, provider, upstream_model, dialect, stream, 'expired', status, 0, 0, 0, 0,
        0, 0, 0, 9000000, 1, price_version, 0, NULL, '[]' FROM usage_events WHERE id = 'req_4'`,
    );
    await statement.run();
    expect(await totals()).toEqual([7]);
    expect((await metrics()).get('ai_gateway_expired_spend_usd')?.samples).toMatchObject([{ value: 9 }]);
    await env.DB.exec(
      `UPDATE usage_events SET outcome = 'completed', cost_micros = 1000000, revision = 1 WHERE id = 'req_9'`,
    );
    expect(await totals()).toEqual([8]);
    expect((await metrics()).get('ai_gateway_expired_spend_usd')?.samples).toEqual([]);
  });

  it('say what budgets of teams come to, what is spent and held, and how far D1 is behind', async () => {
    const parsed = await metrics(`?team=${payments}`);
    const labels = { team: payments, budget: 'main', scope: 'team', period: 'month' };
    expect(parsed.get('ai_gateway_budget_limit_usd')?.samples).toEqual([{ labels, value: 106 }]);
    expect(parsed.get('ai_gateway_budget_spent_usd')?.samples).toEqual([{ labels, value: 2.5 }]);
    expect(parsed.get('ai_gateway_budget_reserved_usd')?.samples).toEqual([{ labels, value: 0.5 }]);
    expect(parsed.get('ai_gateway_budget_limit_tokens')?.samples).toMatchObject([{ value: 106_000_000 }]);
    expect(parsed.get('ai_gateway_outbox_depth')?.samples).toEqual([{ labels: { team: payments }, value: 7 }]);
    expect(parsed.get('ai_gateway_reservations_open')?.samples).toEqual([{ labels: { team: payments }, value: 3 }]);
  });

  it('say which ledgers did not answer', async () => {
    api.ledgers.reachable = false;
    const parsed = await metrics(`?team=${payments}&team=${search}&team=never-made`);
    api.ledgers.reachable = true;
    expect(parsed.get('ai_gateway_ledger_up')?.samples.map(({ value }) => value)).toEqual([0, 0]);
    expect(parsed.get('ai_gateway_budget_limit_usd')?.samples).toEqual([]);
  });

  it('name no person and no key', async () => {
    expect((await read()).text).not.toMatch(/\b(?:ada|bob|leaked00|abcd1234)\b/);
  });
});

describe('the door', () => {
  it('opens for the token of the metrics, which opens nothing else', async () => {
    expect((await read('', 'test-metrics-token')).status).toBe(200);
    const headers = { authorization: 'Bearer test-metrics-token' };
    expect((await api.send('GET', '/admin/v1/teams', { headers })).status).toBe(401);
    expect((await api.send('GET', '/v1/organization/costs', { headers })).status).toBe(401);
  });

  it('stays shut for others, and for anybody where there are no tokens', async () => {
    expect((await read('', 'test-metrics')).status).toBe(401);
    const shut = new AdminApi();
    shut.metricsToken = null;
    shut.adminToken = null;
    expect((await shut.send('GET', '/metrics', { headers: { authorization: 'Bearer null' } })).status).toBe(401);
  });

  it.each([
    ['team', '?team=No'],
    ['team', `?${'team=ab&'.repeat(51)}`],
    ['user', '?user=ada'],
  ])('refuses a bad %s', async (field, query) => {
    const { status, text } = await read(query);
    expect({ status, body: JSON.parse(text) }).toEqual({ status: 400, body: refusal('invalid_request', field) });
  });
});

it('labels keep what is in them', () => {
  const labels = { team: 'a"b\\c\nd' };
  const text = exposition([{ name: 'x', help: 'X.', type: 'gauge', samples: [{ labels, value: 1 }] }]);
  expect(parseExposition(text).get('x')?.samples).toEqual([{ labels, value: 1 }]);
});
