// Totals of usage, split as asked. They come to the same from whichever source they are read.

import { and, asc, isNotNull, type SQL, sql, type SQLWrapper } from 'drizzle-orm';
import { teams, usageEvents } from '../../schema/d1/tables.ts';
import { type Micros, micros } from '../../schema/micros.ts';
import { addUsage, type Usage } from '../../schema/usage.ts';
import type { Database } from './database.ts';
import { compareText, fromAll, type UsageDatabases } from './usage-databases.ts';
import { matches, personOf, sourceFor, type UsageFilter, type UsageSource } from './usage-source.ts';

/** What totals can be split by; `day` and `hour` are UTC, `cost_center` is what the team has now, empty for none. */
export const usageGroups = [
  'team',
  'cost_center',
  'user',
  'key',
  'model',
  'provider',
  'upstream_model',
  'dialect',
  'outcome',
  'price_version',
  'day',
  'hour',
] as const;
export type UsageGroup = (typeof usageGroups)[number];
/** Minutes are told from the events alone. */
export type TotalGroup = UsageGroup | 'minute';

export interface UsageTotal {
  /** One value for each group asked for, in that order. */
  readonly group: readonly string[];
  readonly calls: number;
  readonly usage: Usage;
  readonly cost: Micros;
  /** The part of the cost that is not the provider's own figure. */
  readonly estimatedCost: Micros;
}

export interface TotalsQuery {
  readonly filter: UsageFilter;
  readonly groups: readonly TotalGroup[];
  readonly limit: number;
  /** A group; totals behind it are read. */
  readonly after: readonly string[] | null;
}

/** Totals in order of their group. Without groups there is one total, also of no calls. */
export async function summarizeUsage(
  databases: UsageDatabases,
  { filter, groups, limit, after }: TotalsQuery,
  source: UsageSource = sourceFor(filter, groups),
): Promise<UsageTotal[]> {
  const [record, ...others] = databases;
  const centers = others.length > 0 && groups.includes('cost_center') ? await readCenters(record) : null;
  const read = (db: Database) =>
    summarizeIn(db, { filter, groups, limit, after }, source, db === record ? null : centers);
  return fromAll(databases, read, { order: byGroup, limit, add: addTotals });
}

async function summarizeIn(
  db: Database,
  { filter, groups, limit, after }: TotalsQuery,
  source: UsageSource,
  centers: Centers | null,
): Promise<UsageTotal[]> {
  const { table } = source;
  const expressions = groups.map((group) => groupExpressions[group](source, centers));
  const keys = groups.map((group) => stepOf(group, source) ?? groupExpressions[group](source, centers));
  const rows = await db
    .select({
      group: sql`json_array(${commaed(expressions)})`.mapWith(parseGroup).as('group_values'),
      calls: total(source.calls, 'calls'),
      input: total(table.input, 'input'),
      cacheRead: total(table.cacheRead, 'cache_read'),
      cacheWrite5m: total(table.cacheWrite5m, 'cache_write_5m'),
      cacheWrite1h: total(table.cacheWrite1h, 'cache_write_1h'),
      output: total(table.output, 'output'),
      reasoning: total(table.reasoning, 'reasoning'),
      webSearches: total(table.webSearches, 'web_searches'),
      cost: total(table.costMicros, 'cost'),
      estimatedCost: total(sql`iif(${table.estimated}, ${table.costMicros}, 0)`, 'estimated_cost'),
    })
    .from(table)
    .where(and(matches(source, filter), after === null ? undefined : isLater(expressions, after)))
    .groupBy(...keys)
    .orderBy(...keys.map((key) => asc(key)))
    .limit(limit);
  return rows.map(({ group, calls, cost, estimatedCost, ...usage }) => ({
    group,
    calls,
    usage,
    cost: micros(cost),
    estimatedCost: micros(estimatedCost),
  }));
}

/** The cost centers of teams in JSON, for databases that have no teams of their own. */
type Centers = string;

async function readCenters(record: Database): Promise<Centers> {
  const rows = await record
    .select({ team: teams.id, center: teams.costCenter })
    .from(teams)
    .where(isNotNull(teams.costCenter));
  return JSON.stringify(Object.fromEntries(rows.map(({ team, center }) => [team, center])));
}

function byGroup(left: UsageTotal, right: UsageTotal): number {
  for (const [index, value] of left.group.entries()) {
    const order = compareText(value, right.group[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function addTotals(left: UsageTotal, right: UsageTotal): UsageTotal {
  return {
    group: left.group,
    calls: left.calls + right.calls,
    usage: addUsage(left.usage, right.usage),
    cost: micros(left.cost + right.cost),
    estimatedCost: micros(left.estimatedCost + right.estimatedCost),
  };
}

const groupExpressions = {
  // The plus keeps SQLite from reading all events in order of team for the few of a span.
  team: ({ table }) => (table === usageEvents ? sql`+${table.team}` : sql`${table.team}`),
  cost_center: ({ table }, centers) =>
    centers === null
      ? sql`coalesce((SELECT ${teams.costCenter} FROM ${teams} WHERE ${teams.id} = ${table.team}), '')`
      : sql`coalesce(${centers} ->> ${table.team}, '')`,
  user: (source) => sql`${personOf(source).user}`,
  key: (source) => sql`${personOf(source).key}`,
  model: ({ table }) => sql`${table.model}`,
  provider: ({ table }) => sql`${table.provider}`,
  upstream_model: ({ table }) => sql`${table.upstreamModel}`,
  dialect: ({ table }) => sql`${table.dialect}`,
  outcome: ({ table }) => sql`${table.outcome}`,
  price_version: ({ table }) => sql`${table.priceVersion}`,
  day: ({ time }) => sql`strftime('%Y-%m-%d', ${time} / 1000, 'unixepoch')`,
  hour: ({ time }) => sql`strftime('%Y-%m-%dT%H:00:00Z', ${time} / 1000, 'unixepoch')`,
  minute: ({ time }) => sql`strftime('%Y-%m-%dT%H:%M:00Z', ${time} / 1000, 'unixepoch')`,
} as const satisfies Record<TotalGroup, (source: UsageSource, centers: Centers | null) => SQL>;

const STEPS_MS: Partial<Record<TotalGroup, number>> = { day: 86_400_000, hour: 3_600_000, minute: 60_000 };

/** Times are sorted as numbers, in a fraction of the time that their names take, and in the same order. */
function stepOf(group: TotalGroup, { time }: UsageSource): SQL | null {
  const stepMs = STEPS_MS[group];
  return stepMs === undefined ? null : sql`${time} - ${time} % ${sql.raw(String(stepMs))}`;
}

function isLater(expressions: readonly SQL[], after: readonly string[]): SQL {
  return sql`(${commaed(expressions)}) > (${commaed(after.map((value) => sql`${value}`))})`;
}

function commaed(pieces: readonly SQL[]): SQL {
  return sql.join([...pieces], sql`, `);
}

function total(what: SQLWrapper, name: string) {
  return sql`coalesce(sum(${what}), 0)`.mapWith(Number).as(`total_${name}`);
}

function parseGroup(json: string): readonly string[] {
  const parsed: unknown = JSON.parse(json);
  return Array.isArray(parsed) ? parsed.map(String) : [];
}
