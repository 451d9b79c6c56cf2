// Where usage is read from: the events, or their sums by hour, which are many times fewer. Both are filtered alike.

import { and, eq, gte, lt, type SQL, sql, type SQLWrapper } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import { usageHours } from '../../schema/d1/usage-hours.ts';
import type { KeyId, TeamId, UserId } from '../../schema/ids.ts';
import type { CallOutcome } from '../../schema/usage-event.ts';

/** One value, or any of several; null means any at all. */
type Wanted<Value> = Value | readonly Value[] | null;

export interface UsageFilter {
  readonly team: Wanted<TeamId>;
  readonly user: Wanted<UserId>;
  readonly key: Wanted<KeyId>;
  readonly model: Wanted<string>;
  readonly provider: string | null;
  readonly outcome: CallOutcome | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

export const ANY_USAGE: UsageFilter = {
  team: null,
  user: null,
  key: null,
  model: null,
  provider: null,
  outcome: null,
  fromMs: null,
  toMs: null,
};

export interface UsageSource {
  readonly table: typeof usageEvents | typeof usageHours;
  readonly time: typeof usageEvents.at | typeof usageHours.hour;
  /** How many calls a row stands for. */
  readonly calls: SQL;
}

const HOUR_MS = 3_600_000;

export const EVENTS: UsageSource = { table: usageEvents, time: usageEvents.at, calls: sql`1` };
const HOURS: UsageSource = { table: usageHours, time: usageHours.hour, calls: sql`${usageHours.calls}` };

/** The hours, unless a span begins or ends inside one. */
export function sourceFor({ fromMs, toMs }: Pick<UsageFilter, 'fromMs' | 'toMs'>): UsageSource {
  return [fromMs, toMs].every((ms) => ms === null || ms % HOUR_MS === 0) ? HOURS : EVENTS;
}

export function matches({ table, time }: UsageSource, filter: UsageFilter): SQL | undefined {
  const { team, user, key, model, provider, outcome, fromMs, toMs } = filter;
  return and(
    team === null ? everyTeam(table) : isWanted(table.team, team),
    isWanted(table.user, user),
    isWanted(table.key, key),
    isWanted(table.model, model),
    provider === null ? undefined : eq(table.provider, provider),
    outcome === null ? undefined : eq(table.outcome, outcome),
    fromMs === null ? undefined : gte(time, fromMs),
    toMs === null ? undefined : lt(time, toMs),
  );
}

/** D1 binds a hundred parameters at most, so a list is one. */
function isWanted(column: SQLWrapper, wanted: Wanted<string>): SQL | undefined {
  if (wanted === null) return undefined;
  if (typeof wanted === 'string') return sql`${column} = ${wanted}`;
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(wanted)}))`;
}

/**
 * The hours are kept in order of team, then hour. Named one by one, which takes a look-up each, all teams can be read for
 * a span without reading what lies outside of it.
 */
function everyTeam(table: UsageSource['table']): SQL | undefined {
  if (table !== usageHours) return undefined;
  return sql`${table.team} IN (
    WITH RECURSIVE known (team) AS (
      SELECT min(team) FROM usage_hours
      UNION ALL SELECT (SELECT min(team) FROM usage_hours WHERE team > known.team) FROM known WHERE known.team IS NOT NULL)
    SELECT team FROM known WHERE team IS NOT NULL)`;
}
