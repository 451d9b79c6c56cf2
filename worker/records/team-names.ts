// What reports call the teams, deleted ones too: their calls are still paid for.

import { asc, eq } from 'drizzle-orm';
import { teams } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
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

export async function wasEverTeam(db: Database, team: TeamId): Promise<boolean> {
  const rows = await db.select({ id: teams.id }).from(teams).where(eq(teams.id, team));
  return rows.length > 0;
}
