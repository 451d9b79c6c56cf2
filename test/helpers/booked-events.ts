// Usage events put straight into D1, for tests that read them back. What a test does not say is an ordinary call.

/** Columns of `usage_events`; times in milliseconds since 1970, the cost in micro-dollars. */
export interface BookedEvent {
  readonly id: string;
  readonly at: number;
  readonly team: string;
  readonly user?: string;
  readonly key?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly outcome?: string;
  readonly input?: number;
  readonly cacheRead?: number;
  readonly output?: number;
  readonly cost?: number;
}

const ORDINARY = {
  user: 'ada',
  key: 'abcd1234',
  model: 'gpt-5-mini',
  provider: 'openai',
  outcome: 'completed',
  input: 10,
  cacheRead: 20,
  output: 70,
  cost: 100,
};

export async function bookEvents(database: D1Database, events: readonly BookedEvent[]): Promise<D1Result> {
  return database
    .prepare(
      `INSERT INTO usage_events (id, revision, at, team, user, key, model, provider, upstream_model, dialect, stream, outcome,
         status, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, web_searches, cost_micros, estimated,
         price_version, latency_ms, over_budgets)
       SELECT value->>'id', 0, value->>'at', value->>'team', value->>'user', value->>'key', value->>'model',
         value->>'provider', 'm', 'openai-chat', 1, value->>'outcome', 200, value->>'input', value->>'cacheRead', 0, 0,
         value->>'output', 0, 0, value->>'cost', 0, 'v1', 120, '[]'
       FROM json_each(?1)`,
    )
    .bind(JSON.stringify(events.map((event) => Object.assign({}, ORDINARY, event))))
    .run();
}
