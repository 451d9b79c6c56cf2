// Where usage is read from: the events, or their sums by hour or by day, which are many times fewer. All are filtered alike.

import { and, eq, gte, lt, type SQL, sql, type SQLWrapper } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import { usageDays } from '../../schema/d1/usage-days.ts';
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
  readonly table: typeof usageEvents | typeof usageHours | typeof usageDays;
  readonly time: typeof usageEvents.at | typeof usageHours.hour | typeof usageDays.day;
  /** How many calls a row stands for. */
  readonly calls: SQL;
  /** Null where nothing of persons is told. */
  readonly person: { readonly user: SQLWrapper; readonly key: SQLWrapper } | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const EVENTS: UsageSource = {
  table: usageEvents,
  time: usageEvents.at,
  calls: sql`1`,
  person: { user: usageEvents.user, key: usageEvents.key },
};
export const HOURS: UsageSource = {
  table: usageHours,
  time: usageHours.hour,
  calls: sql`${usageHours.calls}`,
  person: { user: usageHours.user, key: usageHours.key },
};
export const DAYS: UsageSource = {
  table: usageDays,
  time: usageDays.day,
  calls: sql`${usageDays.calls}`,
  person: null,
};

/** What the days cannot be split by, and what the hours cannot. */
const BELOW_DAYS: ReadonlySet<string> = new Set(['user', 'key', 'hour', 'minute']);
const BELOW_HOURS = 'minute';

/** The days, unless persons, keys or hours are asked for; the hours, unless a span begins or ends inside one. */
export function sourceFor(
  { user, key, fromMs, toMs }: Pick<UsageFilter, 'user' | 'key' | 'fromMs' | 'toMs'>,
  groups: readonly string[],
): UsageSource {
  const isOf = (stepMs: number) => [fromMs, toMs].every((ms) => ms === null || ms % stepMs === 0);
  if (user === null && key === null && isOf(DAY_MS) && !groups.some((group) => BELOW_DAYS.has(group))) return DAYS;
  return isOf(HOUR_MS) && !groups.includes(BELOW_HOURS) ? HOURS : EVENTS;
}

export function matches(source: UsageSource, filter: UsageFilter): SQL | undefined {
  const { table, time } = source;
  const { team, user, key, model, provider, outcome, fromMs, toMs } = filter;
  return and(
    team === null ? everyTeam(table) : isWanted(table.team, team),
    user === null ? undefined : isWanted(personOf(source).user, user),
    key === null ? undefined : isWanted(personOf(source).key, key),
    isWanted(table.model, model),
    provider === null ? undefined : eq(table.provider, provider),
    outcome === null ? undefined : eq(table.outcome, outcome),
    fromMs === null ? undefined : gte(time, fromMs),
    toMs === null ? undefined : lt(time, toMs),
  );
}

export function personOf({ person }: UsageSource): NonNullable<UsageSource['person']> {
  if (person === null) throw new Error('sums by day name nobody');
  return person;
}

/** D1 binds a hundred parameters at most, so a list is one. */
function isWanted(column: SQLWrapper, wanted: Wanted<string>): SQL | undefined {
  if (wanted === null) return undefined;
  if (typeof wanted === 'string') return sql`${column} = ${wanted}`;
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(wanted)}))`;
}

/**
 * Sums are kept in order of team, then time. Named one by one, which takes a look-up each, all teams can be read for a span
 * without reading what lies outside of it.
 */
export function everyTeam(table: UsageSource['table']): SQL | undefined {
  if (table === usageEvents) return undefined;
  return sql`${table.team} IN (
    WITH RECURSIVE known (team) AS (
      SELECT min(team) FROM ${table}
      UNION ALL SELECT (SELECT min(team) FROM ${table} WHERE team > known.team) FROM known WHERE known.team IS NOT NULL)
    SELECT team FROM known WHERE team IS NOT NULL)`;
}
