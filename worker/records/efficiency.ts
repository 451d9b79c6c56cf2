// How well teams spend, from the sums by hour: totals of teams and nothing of persons but how many there were. Read only.

import { and, asc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import { usageHours } from '../../schema/d1/usage-hours.ts';
import type { TeamId } from '../../schema/ids.ts';
import { type Micros, micros } from '../../schema/micros.ts';
import type { Database } from './database.ts';
import { compareText, fromAll, type UsageDatabases } from './usage-databases.ts';

/** What a team did in a span. Shares are left to whoever shows them. */
export interface TeamEffort {
  readonly team: TeamId;
  readonly people: number;
  readonly calls: number;
  readonly cost: Micros;
  /** Tokens that went in, cached or not. */
  readonly input: number;
  readonly cacheRead: number;
  readonly output: number;
  /** Of calls that did not end as they should: refused, cut off, given up. */
  readonly failedCalls: number;
  readonly failedCost: Micros;
  /** Calls to the company's own servers. */
  readonly ownCalls: number;
}

export interface EffortQuery {
  /** Null means every team. */
  readonly team: TeamId | null;
  /** Whole hours. Half-open. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The company's own servers, by their names as providers. */
  readonly own: readonly string[];
}

/** Teams in order of id; at most `limit`. */
export async function readEfforts(databases: UsageDatabases, query: EffortQuery, limit: number): Promise<TeamEffort[]> {
  const order = (left: TeamEffort, right: TeamEffort) => compareText(left.team, right.team);
  return fromAll(databases, (db) => readEffortsIn(db, query, limit), { order, limit });
}

async function readEffortsIn(db: Database, query: EffortQuery, limit: number): Promise<TeamEffort[]> {
  const { team, fromMs, toMs, own } = query;
  const failed = sql`${usageHours.outcome} <> 'completed'`;
  const isOwn = sql`${usageHours.provider} IN (SELECT value FROM json_each(${JSON.stringify(own)}))`;
  const rows = await db
    .select({
      team: usageHours.team,
      people: sql<number>`count(DISTINCT ${usageHours.user})`.as('people'),
      calls: total(sql`${usageHours.calls}`, 'all_calls'),
      cost: total(sql`${usageHours.costMicros}`, 'all_cost'),
      input: total(
        sql`${usageHours.input} + ${usageHours.cacheRead} + ${usageHours.cacheWrite5m} + ${usageHours.cacheWrite1h}`,
        'all_input',
      ),
      cacheRead: total(sql`${usageHours.cacheRead}`, 'all_cache_read'),
      output: total(sql`${usageHours.output}`, 'all_output'),
      failedCalls: total(sql`iif(${failed}, ${usageHours.calls}, 0)`, 'failed_calls'),
      failedCost: total(sql`iif(${failed}, ${usageHours.costMicros}, 0)`, 'failed_cost'),
      ownCalls: total(sql`iif(${isOwn}, ${usageHours.calls}, 0)`, 'own_calls'),
    })
    .from(usageHours)
    .where(
      and(
        team === null ? undefined : eq(usageHours.team, team),
        gte(usageHours.hour, fromMs),
        lt(usageHours.hour, toMs),
      ),
    )
    .groupBy(usageHours.team)
    .orderBy(asc(usageHours.team))
    .limit(limit);
  return rows.map(({ cost, failedCost, ...row }) =>
    Object.assign(row, { cost: micros(cost), failedCost: micros(failedCost) }),
  );
}

/** A call this small can be answered by a small model. */
const SMALL_INPUT_TOKENS = 2_000;
const SMALL_OUTPUT_TOKENS = 500;
/** Micro-dollars a token on the average, which is dollars a million: what only the largest models cost. */
const DEAR_MICROS_PER_TOKEN = 5;

/** What one team paid for small calls at the price of the largest models, from the events themselves. */
export async function readDearSmallCost(
  databases: UsageDatabases,
  query: EffortQuery & { readonly team: TeamId },
): Promise<Micros> {
  const costs = await Promise.all(databases.map((db) => readDearSmallCostIn(db, query)));
  return micros(costs.reduce((sum, cost) => sum + cost, 0));
}

async function readDearSmallCostIn(db: Database, query: EffortQuery & { readonly team: TeamId }): Promise<number> {
  const { team, fromMs, toMs } = query;
  const input = sql`(${usageEvents.input} + ${usageEvents.cacheRead} + ${usageEvents.cacheWrite5m} + ${usageEvents.cacheWrite1h})`;
  const [row] = await db
    .select({ cost: total(sql`${usageEvents.costMicros}`, 'dear_cost') })
    .from(usageEvents)
    .where(
      and(
        eq(usageEvents.team, team),
        gte(usageEvents.at, fromMs),
        lt(usageEvents.at, toMs),
        sql`${input} < ${SMALL_INPUT_TOKENS}`,
        lt(usageEvents.output, SMALL_OUTPUT_TOKENS),
        sql`${usageEvents.costMicros} > ${DEAR_MICROS_PER_TOKEN} * (${input} + ${usageEvents.output})`,
      ),
    );
  return row?.cost ?? 0;
}

function total(what: SQL, name: string) {
  return sql`coalesce(sum(${what}), 0)`.mapWith(Number).as(name);
}
