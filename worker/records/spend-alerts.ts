// What stood out in spend: written by the sweep, read by whoever asks. An alert is a fact about what was seen and stays as it
// was. Half-open times: from ≤ at < to.

import { and, desc, eq, gt, gte, inArray, lt, notExists, sql } from 'drizzle-orm';
import { spendAlerts } from '../../schema/d1/spend-alerts.ts';
import { type AlertId, budgetIdSchema, keyIdSchema, newAlertId, type TeamId } from '../../schema/ids.ts';
import {
  type AlertKind,
  type AlertLevel,
  alertLevels,
  type AlertSubject,
  type Sighting,
  type SpendAlert,
} from '../../schema/spend-alert.ts';
import type { Database } from './database.ts';
import type { EventPosition } from './usage.ts';

const HOUR_MS = 3_600_000;
/** How long nothing as urgent, or less, is told of the same thing again. A day is told of once anyway. */
const QUIET_MS = {
  unusual_day: { page: 0, ticket: 0, digest: 0 },
  unusual_hour: { page: 6 * HOUR_MS, ticket: 6 * HOUR_MS, digest: 6 * HOUR_MS },
  burn_rate: { page: 6 * HOUR_MS, ticket: 24 * HOUR_MS, digest: 7 * 24 * HOUR_MS },
} as const satisfies Record<AlertKind, Record<AlertLevel, number>>;
const KEPT_MS = 180 * 24 * HOUR_MS;
const MAX_FORGOTTEN_PER_SWEEP = 1_000;
const RANDOM_BYTES = 16;

/** Writes down what was not told yet, once. */
export async function tellOf(db: Database, team: TeamId, sightings: readonly Sighting[], atMs: number): Promise<void> {
  for (const sighting of sightings) {
    const row = rowOf(team, sighting, atMs);
    await db
      .insert(spendAlerts)
      .select(sql`SELECT ${sql.join(
        Object.values(row).map((value) => sql`${value}`),
        sql`, `,
      )}
        WHERE ${notExists(toldLately(db, row))}`)
      .onConflictDoNothing();
  }
}

type Row = typeof spendAlerts.$inferSelect;

/** Its columns are in the order of the table. */
function rowOf(team: TeamId, sighting: Sighting, atMs: number): Row {
  const { kind, level, subject, unit, startMs, endMs, budget } = sighting;
  return {
    id: newAlertId(atMs, crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))),
    at: atMs,
    team,
    kind,
    level,
    subjectKind: subject.kind,
    subject: subject.kind === 'team' ? '' : subject.id,
    unit,
    seen: Math.round(sighting.seen),
    usual: Math.round(sighting.usual),
    spanStart: startMs,
    spanEnd: endMs,
    limitAmount: budget?.limit ?? null,
    windowStart: budget?.windowStartMs ?? null,
    windowEnd: budget?.windowEndMs ?? null,
    occasion: budget === null ? startMs : stretchOf(budget.windowStartMs, QUIET_MS[kind][level], atMs),
  };
}

/** The window is cut into stretches as long as the quiet: so that even two sweeps at once tell of none twice. */
function stretchOf(windowStartMs: number, quietMs: number, atMs: number): number {
  return windowStartMs + Math.floor((atMs - windowStartMs) / quietMs) * quietMs;
}

function toldLately(db: Database, { team, kind, level, subjectKind, subject, windowStart, at }: Row) {
  const asUrgent = alertLevels.slice(0, alertLevels.indexOf(level) + 1);
  return db
    .select({ one: sql`1` })
    .from(spendAlerts)
    .where(
      and(
        eq(spendAlerts.team, team),
        eq(spendAlerts.kind, kind),
        eq(spendAlerts.subjectKind, subjectKind),
        eq(spendAlerts.subject, subject),
        inArray(spendAlerts.level, asUrgent),
        sql`${spendAlerts.windowStart} IS ${windowStart}`,
        gt(spendAlerts.at, at - QUIET_MS[kind][level]),
      ),
    );
}

/** Null means any. */
export interface AlertFilter {
  readonly team: TeamId | null;
  readonly kind: AlertKind | null;
  readonly level: AlertLevel | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Newest first, before the position `after`. */
export async function listAlerts(
  db: Database,
  { team, kind, level, fromMs, toMs }: AlertFilter,
  limit: number,
  after: EventPosition | null,
): Promise<SpendAlert[]> {
  const rows = await db
    .select()
    .from(spendAlerts)
    .where(
      and(
        team === null ? undefined : eq(spendAlerts.team, team),
        kind === null ? undefined : eq(spendAlerts.kind, kind),
        level === null ? undefined : eq(spendAlerts.level, level),
        fromMs === null ? undefined : gte(spendAlerts.at, fromMs),
        toMs === null ? undefined : lt(spendAlerts.at, toMs),
        after === null ? undefined : sql`(${spendAlerts.at}, ${spendAlerts.id}) < (${after.at}, ${after.id})`,
      ),
    )
    .orderBy(desc(spendAlerts.at), desc(spendAlerts.id))
    .limit(limit);
  return rows.map((row) => alertFrom(row));
}

export async function findAlert(db: Database, id: AlertId): Promise<SpendAlert | null> {
  const [row] = await db.select().from(spendAlerts).where(eq(spendAlerts.id, id));
  return row === undefined ? null : alertFrom(row);
}

export async function forgetAlerts(db: Database, nowMs: number): Promise<void> {
  const old = db
    .select({ id: spendAlerts.id })
    .from(spendAlerts)
    .where(lt(spendAlerts.at, nowMs - KEPT_MS))
    .limit(MAX_FORGOTTEN_PER_SWEEP);
  await db.delete(spendAlerts).where(inArray(spendAlerts.id, old));
}

function alertFrom(row: Row): SpendAlert {
  const { id, at, team, kind, level, unit, seen, usual, spanStart, spanEnd, limitAmount, windowStart, windowEnd } = row;
  const isOfBudget = limitAmount !== null && windowStart !== null && windowEnd !== null;
  return {
    id,
    atMs: at,
    team,
    kind,
    level,
    subject: subjectFrom(row),
    unit,
    seen,
    usual,
    startMs: spanStart,
    endMs: spanEnd,
    budget: isOfBudget ? { limit: limitAmount, windowStartMs: windowStart, windowEndMs: windowEnd } : null,
  };
}

function subjectFrom({ subjectKind, subject }: Row): AlertSubject {
  switch (subjectKind) {
    case 'team':
      return { kind: 'team' };
    case 'key':
      return { kind: 'key', id: keyIdSchema.parse(subject) };
    case 'budget':
      return { kind: 'budget', id: budgetIdSchema.parse(subject) };
  }
}
