// Whose year is planned, and what the year budgets of those teams come to. Read only.

import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { budgets, teams } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import { type Micros, micros } from '../../schema/micros.ts';
import type { Database } from './database.ts';

export interface PlanScope {
  readonly team: TeamId | null;
  readonly costCenter: string | null;
}

/** A company has fewer. */
const MAX_TEAMS = 10_000;

/** Teams that have the cost center now, deleted ones among them: they have spent. */
export async function listTeamsOfCenter(db: Database, costCenter: string): Promise<TeamId[]> {
  const rows = await db
    .select({ id: teams.id })
    .from(teams)
    .where(eq(teams.costCenter, costCenter))
    .orderBy(asc(teams.id))
    .limit(MAX_TEAMS);
  return rows.map(({ id }) => id);
}

/** The budgets in dollars of whole teams over a year, added up as far as money goes; null where there is none. */
export async function readYearBudget(db: Database, { team, costCenter }: PlanScope): Promise<Micros | null> {
  const [row] = await db
    .select({ limit: sql<number | null>`sum(${budgets.limitAmount})` })
    .from(budgets)
    .innerJoin(teams, eq(teams.id, budgets.team))
    .where(
      and(
        eq(budgets.scopeKind, 'team'),
        eq(budgets.unit, 'usd'),
        eq(budgets.period, 'year'),
        isNull(teams.deletedAt),
        team === null ? undefined : eq(teams.id, team),
        costCenter === null ? undefined : eq(teams.costCenter, costCenter),
      ),
    );
  return row?.limit == null ? null : micros(Math.min(row.limit, Number.MAX_SAFE_INTEGER));
}
