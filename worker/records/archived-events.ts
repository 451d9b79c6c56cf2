// Events as the archive keeps them, a line of JSON each; and those that came late to it.

import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import { usageArchiveLate } from '../../schema/d1/usage-archive.ts';
import { type ArchivePart, isAtStep, isBehind, isOfDay } from './archive-cursor.ts';
import type { Database } from './database.ts';

/** D1 lets a function have 32 arguments, so a line is made of two objects. */
const FIRST_HALF = sql`json_object(
  'id', ${usageEvents.id}, 'revision', ${usageEvents.revision},
  'at', strftime('%Y-%m-%dT%H:%M:%S', ${usageEvents.at} / 1000, 'unixepoch') || printf('.%03dZ', ${usageEvents.at} % 1000),
  'team', ${usageEvents.team}, 'user', ${usageEvents.user}, 'key', ${usageEvents.key}, 'model', ${usageEvents.model},
  'asked_model', ${usageEvents.askedModel}, 'provider', ${usageEvents.provider},
  'upstream_model', ${usageEvents.upstreamModel}, 'dialect', ${usageEvents.dialect},
  'stream', json(iif(${usageEvents.stream}, 'true', 'false')), 'outcome', ${usageEvents.outcome},
  'status', ${usageEvents.status})`;
const SECOND_HALF = sql`json_object(
  'input', ${usageEvents.input}, 'cache_read', ${usageEvents.cacheRead}, 'cache_write_5m', ${usageEvents.cacheWrite5m},
  'cache_write_1h', ${usageEvents.cacheWrite1h}, 'output', ${usageEvents.output}, 'reasoning', ${usageEvents.reasoning},
  'web_searches', ${usageEvents.webSearches}, 'cost_micros', ${usageEvents.costMicros},
  'estimated', json(iif(${usageEvents.estimated}, 'true', 'false')), 'price_version', ${usageEvents.priceVersion},
  'latency_ms', ${usageEvents.latencyMs}, 'ttfb_ms', ${usageEvents.ttfbMs},
  'over_budgets', json(${usageEvents.overBudgets}), 'tried', json(${usageEvents.tried}),
  'steering', ${usageEvents.steering})`;
/** The columns of an event by their names; `at` as ISO 8601 in UTC. The first half ends with a number and one brace. */
const LINE = sql<string>`rtrim(${FIRST_HALF}, '}') || ',' || ltrim(${SECOND_HALF}, '{')`;

/**
 * In order of time; those that came into the part since it was settled are in it. Nothing where it is finished already: its
 * events may be deleted, and its file must not be written over with what is left of them.
 */
export async function readPart(db: Database, { dayMs, team, after, until, step }: ArchivePart): Promise<string[]> {
  const isWithin = sql`(${usageEvents.at}, ${usageEvents.id}) <= (${until.at}, ${until.id})`;
  const rows = await db
    .select({ line: LINE })
    .from(usageEvents)
    .where(and(isOfDay(team, dayMs), isBehind(after), isWithin, isAtStep(step)))
    .orderBy(asc(usageEvents.at), asc(usageEvents.id));
  return rows.map(({ line }) => line);
}

/** Late events of one team and day, as they are now. */
export interface LatePart {
  readonly dayMs: number;
  readonly team: string;
  readonly ids: readonly (readonly [id: string, revision: number])[];
  readonly lines: readonly string[];
}

/** The next of at most so many events, of days before `beforeMs`; null where none is late. */
export async function readLate(db: Database, beforeMs: number, limit: number): Promise<LatePart | null> {
  const { day, team, id } = usageArchiveLate;
  const [first] = await db
    .select({ day, team })
    .from(usageArchiveLate)
    .where(sql`${day} < ${beforeMs}`)
    .orderBy(asc(day), asc(team))
    .limit(1);
  if (first === undefined) return null;
  const rows = await db
    .select({
      id,
      revision: usageArchiveLate.revision,
      line: sql<string | null>`iif(${usageEvents.id} IS NULL, NULL, ${LINE})`.as('line'),
    })
    .from(usageArchiveLate)
    .leftJoin(usageEvents, eq(usageEvents.id, id))
    .where(and(eq(day, first.day), eq(team, first.team)))
    .orderBy(asc(id))
    .limit(limit);
  return {
    dayMs: first.day,
    team: first.team,
    ids: rows.map((row) => [row.id, row.revision]),
    // Whoever deletes an event by hand deletes what was late of it.
    lines: rows.map(({ line }) => line).filter((line) => line !== null),
  };
}

/** Once they are written. One that was corrected meanwhile stays late. */
export async function forgetLate(db: Database, { dayMs, team, ids }: LatePart): Promise<void> {
  await db.delete(usageArchiveLate).where(
    and(
      eq(usageArchiveLate.day, dayMs),
      sql`${usageArchiveLate.team} = ${team}`,
      sql`(${usageArchiveLate.id}, ${usageArchiveLate.revision}) IN (
        SELECT value->>0, value->>1 FROM json_each(${JSON.stringify(ids)}))`,
    ),
  );
}

/** What must not be deleted: it is not in the archive as it is now. */
export function isNotLate(): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM usage_archive_late AS late
    WHERE late.day = ${usageEvents.at} - ${usageEvents.at} % 86400000 AND late.team = ${usageEvents.team}
      AND late.id = ${usageEvents.id})`;
}
