// Delivers usage events to D1: many in one statement, once each however often they are sent. It knows D1 and events only.

import type { EventBatch } from './outbox.ts';

/** Far longer than a healthy write takes; D1 is known to stall for half a minute now and then. */
const TIMEOUT_MS = 10_000;

/** One parameter carries the whole batch, since D1 binds a hundred at most. A correction replaces what it corrects. */
const INSERT_USAGE = `
  INSERT INTO usage_events (
    id, revision, at, team, user, key, model, provider, upstream_model, dialect, stream, outcome, status,
    input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, web_searches,
    cost_micros, estimated, price_version, latency_ms, ttfb_ms, over_budgets, tried, asked_model, steering)
  SELECT
    value->>'id', value->>'revision', value->>'atMs', value->>'team', value->>'user', value->>'key',
    value->>'model', value->>'provider', value->>'upstreamModel', value->>'dialect', value->>'stream',
    value->>'outcome', value->>'status',
    value->>'$.usage.input', value->>'$.usage.cacheRead', value->>'$.usage.cacheWrite5m',
    value->>'$.usage.cacheWrite1h', value->>'$.usage.output', value->>'$.usage.reasoning',
    value->>'$.usage.webSearches',
    value->>'cost', value->>'estimated', value->>'priceVersion', value->>'latencyMs', value->>'ttfbMs',
    value->'overBudgets', nullif(value->'tried', 'null'), value->>'askedModel', value->>'steering'
  FROM json_each(?1) WHERE true
  ON CONFLICT (id) DO UPDATE SET
    revision = excluded.revision, outcome = excluded.outcome, status = excluded.status,
    provider = excluded.provider, upstream_model = excluded.upstream_model,
    price_version = excluded.price_version, tried = excluded.tried,
    input = excluded.input, cache_read = excluded.cache_read, cache_write_5m = excluded.cache_write_5m,
    cache_write_1h = excluded.cache_write_1h, output = excluded.output, reasoning = excluded.reasoning,
    web_searches = excluded.web_searches, cost_micros = excluded.cost_micros, estimated = excluded.estimated,
    latency_ms = excluded.latency_ms, ttfb_ms = excluded.ttfb_ms
  WHERE excluded.revision > usage_events.revision`;

/** A threshold that was told already is the same row. */
const INSERT_THRESHOLDS = `
  INSERT INTO threshold_events (
    id, at, team, budget, subject, unit, threshold, limit_amount, limit_version, settled, window_start, window_end)
  SELECT
    value->>'id', value->>'atMs', value->>'team', value->>'budget', value->>'subject', value->>'unit',
    value->>'threshold', value->>'limit', value->>'limitVersion', value->>'settled',
    value->>'windowStartMs', value->>'windowEndMs'
  FROM json_each(?1) WHERE true
  ON CONFLICT (id) DO NOTHING`;

/**
 * Resolves once D1 has every event; rejects when it refuses, or has not answered in time. Of `databases` the first is the
 * record, which takes thresholds; usage goes to the one that the batch names.
 */
export async function deliver(databases: readonly [D1Database, ...D1Database[]], batch: EventBatch): Promise<void> {
  const [record] = databases;
  const usage = usageStatements(databases, batch);
  const thresholds =
    batch.thresholds.length === 0
      ? []
      : [{ database: record, statement: record.prepare(INSERT_THRESHOLDS).bind(JSON.stringify(batch.thresholds)) }];
  // A page may promise events that it does not have; D1 refuses an empty batch.
  const byDatabase = Map.groupBy([...usage, ...thresholds], ({ database }) => database);
  if (byDatabase.size === 0) return;
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new Error(`D1 did not answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  try {
    const batches = [...byDatabase].map(([database, work]) => database.batch(work.map(({ statement }) => statement)));
    await Promise.race([Promise.all(batches), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A database that is not there is not another one: the events wait until it is bound again. */
function usageStatements(databases: readonly D1Database[], { usageDatabase, usage }: EventBatch) {
  if (usage.length === 0) return [];
  const database = databases[usageDatabase];
  if (database === undefined) throw new Error(`usage goes to USAGE_${usageDatabase}, which is not bound`);
  return [{ database, statement: database.prepare(INSERT_USAGE).bind(JSON.stringify(usage)) }];
}
