// What reports call the teams, deleted ones too: their calls are still paid for.

import { asc } from 'drizzle-orm';
import { teams } from '../../schema/d1/tables.ts';
import type { Database } from './database.ts';

export interface TeamName {
  readonly name: string;
  readonly costCenter: string | null;
}

const MAX_TEAMS = 20_000;

export async function loadTeamNames(db: Database): Promise<ReadonlyMap<string, TeamName>> {
  const rows = await db
    .select({ id: teams.id, name: teams.name, costCenter: teams.costCenter })
    .from(teams)
    .orderBy(asc(teams.id))
    .limit(MAX_TEAMS);
  return new Map(rows.map(({ id, name, costCenter }) => [id, { name, costCenter }]));
}
