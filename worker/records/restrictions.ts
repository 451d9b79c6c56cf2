// Who in a team is limited or suspended: read only. One entry for each party, whichever of the two it has.

import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { rateLimits, suspensions, teams } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Party, RateLimits } from '../../schema/team-config.ts';
import type { Database } from './database.ts';
import { isAbout, partyColumns, partyOf, ratesOf } from './party-row.ts';
import type { RecordRefusal } from './refusal.ts';
import { isLiveTeam } from './team-snapshot.ts';

export interface Restriction {
  readonly party: Party;
  readonly limits: RateLimits | null;
  readonly suspension: { readonly reason: string; readonly sinceMs: number } | null;
}

/** Restrictions in order of their party's kind and id, after `after`. */
export async function listRestrictions(
  db: Database,
  team: TeamId,
  limit: number,
  after: Party | null,
): Promise<Result<Restriction[], RecordRefusal>> {
  // The first so many of both are more than enough for the first so many of all.
  return readRestrictions(db, team, limit, (table) => and(eq(table.team, team), isAfter(table, after)));
}

/** What is set for one party; neither limits nor a suspension where nothing is. */
export async function findRestriction(
  db: Database,
  team: TeamId,
  party: Party,
): Promise<Result<Restriction, RecordRefusal>> {
  const found = await readRestrictions(db, team, 1, (table) => isAbout(table, team, party));
  return found.ok ? succeed(found.value[0] ?? { party, limits: null, suspension: null }) : found;
}

type PartyTable = typeof rateLimits | typeof suspensions;

async function readRestrictions(
  db: Database,
  team: TeamId,
  limit: number,
  where: (table: PartyTable) => SQL | undefined,
): Promise<Result<Restriction[], RecordRefusal>> {
  const [live, limitRows, suspendedRows] = await db.batch([
    db.select({ id: teams.id }).from(teams).where(isLiveTeam(team)),
    db
      .select()
      .from(rateLimits)
      .where(where(rateLimits))
      .orderBy(asc(rateLimits.partyKind), asc(rateLimits.partyId))
      .limit(limit),
    db
      .select()
      .from(suspensions)
      .where(where(suspensions))
      .orderBy(asc(suspensions.partyKind), asc(suspensions.partyId))
      .limit(limit),
  ]);
  if (live.length === 0) return fail({ reason: 'not_found', resource: 'team', id: team });
  const found = new Map<string, Restriction>();
  for (const row of limitRows) {
    found.set(placeOf(row), { party: partyOf(row), limits: ratesOf(row), suspension: null });
  }
  for (const row of suspendedRows) {
    const limits = found.get(placeOf(row))?.limits ?? null;
    found.set(placeOf(row), { party: partyOf(row), limits, suspension: { reason: row.reason, sinceMs: row.since } });
  }
  const places = [...found].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return succeed(places.slice(0, limit).map(([, restriction]) => restriction));
}

/** Sorts as the database does: no kind begins with another, and ids are of ASCII characters. */
function placeOf({ partyKind, partyId }: ReturnType<typeof partyColumns>): string {
  return `${partyKind} ${partyId}`;
}

function isAfter(table: PartyTable, after: Party | null): SQL | undefined {
  if (after === null) return undefined;
  const { partyKind, partyId } = partyColumns(after);
  return sql`(${table.partyKind}, ${table.partyId}) > (${partyKind}, ${partyId})`;
}
