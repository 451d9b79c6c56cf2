// Which teams need attention, in random order, so that one that cannot be served never starves the rest.

import { gt, isNull, or, sql } from 'drizzle-orm';
import { teams } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import type { Database } from './database.ts';

/** Teams, also deleted ones, whose object has not confirmed their last change. */
export async function listUnapplied(db: Database, limit: number): Promise<TeamId[]> {
  const rows = await db
    .select({ id: teams.id })
    .from(teams)
    .where(gt(teams.version, teams.appliedVersion))
    .orderBy(sql`random()`)
    .limit(limit);
  return rows.map((row) => row.id);
}

/** Teams whose ledger may have work: all live ones, and those deleted after `deletedAfterMs`. */
export async function listKnown(db: Database, limit: number, deletedAfterMs: number): Promise<TeamId[]> {
  const rows = await db
    .select({ id: teams.id })
    .from(teams)
    .where(or(isNull(teams.deletedAt), gt(teams.deletedAt, deletedAfterMs)))
    .orderBy(sql`random()`)
    .limit(limit);
  return rows.map((row) => row.id);
}
