// Whether the sums of a team's usage by hour and by day are those of its events, in every split and every column. Each table
// is compared in one statement, which sees events and sums of one moment, so calls may go on meanwhile. Read only.

import { and, desc, eq, gte, type SQL, sql } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import { type Micros, micros } from '../../schema/micros.ts';
import type { Database } from './database.ts';

export interface SummedFigures {
  readonly events: number;
  readonly cost: Micros;
  readonly tokens: number;
}

/** Rows of one UTC day that differ. Figures are of those alone; they are equal where only a split or a time is wrong. */
export interface WrongSums {
  /** Such as "2026-11-23". */
  readonly day: string;
  readonly rows: number;
  readonly events: SummedFigures;
  readonly sums: SummedFigures;
}

export interface SumsCheck {
  readonly table: 'usage_hours' | 'usage_days';
  /** From when on they were compared; null where there were too many events of one hour or day. */
  readonly fromMs: number | null;
  readonly drift: readonly WrongSums[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of a busier team the newest that many are compared. */
const MAX_EVENTS = 500_000;
const MAX_DAYS = 10;

const SPLIT = 'model, provider, upstream_model, dialect, outcome, estimated, price_version';
const TABLES = [
  { table: 'usage_hours', time: 'hour', stepMs: HOUR_MS, split: `user, key, ${SPLIT}` },
  { table: 'usage_days', time: 'day', stepMs: DAY_MS, split: SPLIT },
] as const;
type SumsTable = (typeof TABLES)[number];

const ADDED = [
  'input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'web_searches',
  'cost_micros',
  'latency_ms',
];
const SUMS = ['calls', ...ADDED, 'ttfb_ms', 'answered'];
const OF_AN_EVENT = ['1', ...ADDED, 'coalesce(ttfb_ms, 0)', 'ttfb_ms IS NOT NULL'];
const TOKENS = 'input + cache_read + cache_write_5m + cache_write_1h + output';

/** From `sinceMs` on, or from where the newest 500,000 events begin. */
export async function checkSums(
  db: Database,
  team: TeamId,
  sinceMs: number,
  maxEvents = MAX_EVENTS,
): Promise<readonly SumsCheck[]> {
  const [tooOld] = await db
    .select({ at: usageEvents.at })
    .from(usageEvents)
    .where(and(eq(usageEvents.team, team), gte(usageEvents.at, sinceMs)))
    .orderBy(desc(usageEvents.at))
    .limit(1)
    .offset(maxEvents);
  const [newest] = await db
    .select({ at: sql<number | null>`max(${usageEvents.at})` })
    .from(usageEvents)
    .where(eq(usageEvents.team, team));
  return Promise.all(
    TABLES.map(async (table) => {
      const fromMs = tooOld === undefined ? sinceMs : (Math.floor(tooOld.at / table.stepMs) + 1) * table.stepMs;
      if (tooOld !== undefined && fromMs > (newest?.at ?? 0)) return { table: table.table, fromMs: null, drift: [] };
      return { table: table.table, fromMs, drift: await compare(db, team, table, fromMs) };
    }),
  );
}

async function compare(db: Database, team: TeamId, table: SumsTable, fromMs: number): Promise<WrongSums[]> {
  const rows = await db
    .select({
      day: sql<string>`strftime('%Y-%m-%d', time / 1000, 'unixepoch')`.as('day'),
      rows: sql<number>`count(*)`.as('wrong_rows'),
      eventCalls: totalOf('event', 'calls'),
      eventCost: totalOf('event', 'cost_micros'),
      eventTokens: totalOf('event', 'tokens'),
      sumCalls: totalOf('sum', 'calls'),
      sumCost: totalOf('sum', 'cost_micros'),
      sumTokens: totalOf('sum', 'tokens'),
    })
    .from(sql`(${differences(team, table, fromMs)}) AS differences`)
    .groupBy(sql.raw(`time - time % ${DAY_MS}`))
    .orderBy(sql.raw(`time - time % ${DAY_MS}`))
    .limit(MAX_DAYS);
  return rows.map((row) => ({
    day: row.day,
    rows: row.rows,
    events: { events: row.eventCalls, cost: micros(row.eventCost), tokens: row.eventTokens },
    sums: { events: row.sumCalls, cost: micros(row.sumCost), tokens: row.sumTokens },
  }));
}

const SHOWN = ['calls', 'cost_micros', 'tokens'] as const;

function totalOf(side: 'event' | 'sum', figure: (typeof SHOWN)[number]) {
  const name = `${side}_${figure}`;
  return sql`sum(${sql.raw(name)})`.mapWith(Number).as(`all_${name}`);
}

/** The rows of sums which are not what their events come to, those among them that only one of the two has. */
function differences(team: TeamId, { table, time, stepMs, split }: SumsTable, fromMs: number): SQL {
  const columns = SUMS.join(', ');
  const shown = SHOWN.flatMap((figure) => [
    `sum(iif(side = 1, ${figure}, 0)) AS event_${figure}`,
    `sum(iif(side = -1, ${figure}, 0)) AS sum_${figure}`,
  ]);
  const differs = SUMS.map((column) => `sum(side * ${column}) <> 0`).join(' OR ');
  const fromEvents = [`at - at % ${stepMs} AS time`, split, ...OF_AN_EVENT.map((of, nth) => `${of} AS ${SUMS[nth]}`)];
  const fromSums = [`${time} AS time`, split, columns];
  return sql`
    SELECT ${sql.raw(['time', ...shown].join(', '))}
    FROM (
      SELECT 1 AS side, ${sql.raw(fromEvents.join(', '))}, ${sql.raw(TOKENS)} AS tokens
      FROM usage_events WHERE team = ${team} AND at >= ${fromMs}
      UNION ALL
      SELECT -1 AS side, ${sql.raw(fromSums.join(', '))}, ${sql.raw(TOKENS)} AS tokens
      FROM ${sql.raw(table)} WHERE team = ${team} AND ${sql.raw(time)} >= ${fromMs})
    GROUP BY time, ${sql.raw(split)}
    HAVING ${sql.raw(differs)}`;
}
