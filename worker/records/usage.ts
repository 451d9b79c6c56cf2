// Usage events: read only. They are written by the teams' objects. Half-open times: from ≤ at < to.

import { and, asc, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import type { KeyId, TeamId, UserId } from '../../schema/ids.ts';
import { type Micros, micros } from '../../schema/micros.ts';
import type { Usage } from '../../schema/usage.ts';
import type { CallOutcome } from '../../schema/usage-event.ts';
import type { Database } from './database.ts';

export type UsageEventRow = typeof usageEvents.$inferSelect;

/** Null means any. */
export interface UsageFilter {
  readonly team: TeamId | null;
  readonly user: UserId | null;
  readonly key: KeyId | null;
  readonly model: string | null;
  readonly provider: string | null;
  readonly outcome: CallOutcome | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

export interface EventPosition {
  readonly at: number;
  readonly id: string;
}

/** What totals can be split by; `day` is the UTC day of the call. */
export const usageGroups = ['team', 'user', 'key', 'model', 'provider', 'outcome', 'day'] as const;
export type UsageGroup = (typeof usageGroups)[number];

export interface UsageTotal {
  /** One value for each group asked for, in that order. */
  readonly group: readonly string[];
  readonly calls: number;
  readonly usage: Usage;
  readonly cost: Micros;
}

/** Events, newest first, before the position `after`. */
export async function listUsageEvents(
  db: Database,
  filter: UsageFilter,
  limit: number,
  after: EventPosition | null,
): Promise<UsageEventRow[]> {
  const older = after === null ? undefined : sql`(${usageEvents.at}, ${usageEvents.id}) < (${after.at}, ${after.id})`;
  return db
    .select()
    .from(usageEvents)
    .where(and(matches(filter), older))
    .orderBy(desc(usageEvents.at), desc(usageEvents.id))
    .limit(limit);
}

const groupExpressions = {
  team: sql<string>`${usageEvents.team}`,
  user: sql<string>`${usageEvents.user}`,
  key: sql<string>`${usageEvents.key}`,
  model: sql<string>`${usageEvents.model}`,
  provider: sql<string>`${usageEvents.provider}`,
  outcome: sql<string>`${usageEvents.outcome}`,
  day: sql<string>`strftime('%Y-%m-%d', ${usageEvents.at} / 1000, 'unixepoch')`,
} as const satisfies Record<UsageGroup, SQL<string>>;

/** Totals in order of their group, after the group `after`. Without groups there is one total, also of no calls. */
export async function summarizeUsage(
  db: Database,
  filter: UsageFilter,
  groups: readonly UsageGroup[],
  limit: number,
  after: readonly string[] | null,
): Promise<UsageTotal[]> {
  const expressions = groups.map((group) => groupExpressions[group]);
  const later =
    after === null
      ? undefined
      : sql`(${sql.join(expressions, sql`, `)}) > (${sql.join(
          after.map((value) => sql`${value}`),
          sql`, `,
        )})`;
  const rows = await db
    .select({
      group: sql`json_array(${sql.join(expressions, sql`, `)})`.mapWith(parseGroup).as('group_values'),
      calls: sql`count(*)`.mapWith(Number).as('calls'),
      input: total(usageEvents.input).as('total_input'),
      cacheRead: total(usageEvents.cacheRead).as('total_cache_read'),
      cacheWrite5m: total(usageEvents.cacheWrite5m).as('total_cache_write_5m'),
      cacheWrite1h: total(usageEvents.cacheWrite1h).as('total_cache_write_1h'),
      output: total(usageEvents.output).as('total_output'),
      reasoning: total(usageEvents.reasoning).as('total_reasoning'),
      webSearches: total(usageEvents.webSearches).as('total_web_searches'),
      cost: total(usageEvents.costMicros).as('total_cost'),
    })
    .from(usageEvents)
    .where(and(matches(filter), later))
    .groupBy(...expressions)
    .orderBy(...expressions.map((expression) => asc(expression)))
    .limit(limit);
  return rows.map(({ group, calls, cost, ...usage }) => ({ group, calls, usage, cost: micros(cost) }));
}

function total(column: SQL | (typeof usageEvents)[keyof UsageEventRow]): SQL<number> {
  return sql`coalesce(sum(${column}), 0)`.mapWith(Number);
}

function parseGroup(json: string): readonly string[] {
  const parsed: unknown = JSON.parse(json);
  return Array.isArray(parsed) ? parsed.map(String) : [];
}

function matches({ team, user, key, model, provider, outcome, fromMs, toMs }: UsageFilter): SQL | undefined {
  return and(
    team === null ? undefined : eq(usageEvents.team, team),
    user === null ? undefined : eq(usageEvents.user, user),
    key === null ? undefined : eq(usageEvents.key, key),
    model === null ? undefined : eq(usageEvents.model, model),
    provider === null ? undefined : eq(usageEvents.provider, provider),
    outcome === null ? undefined : eq(usageEvents.outcome, outcome),
    fromMs === null ? undefined : gte(usageEvents.at, fromMs),
    toMs === null ? undefined : lt(usageEvents.at, toMs),
  );
}
