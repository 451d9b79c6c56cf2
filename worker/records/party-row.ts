// Whom a row of `rate_limits` or `suspensions` is about, and what it allows them.

import { and, eq, exists, isNotNull, type SQL, sql } from 'drizzle-orm';
import { rateLimits, type suspensions } from '../../schema/d1/tables.ts';
import { keyIdSchema, type TeamId, userIdSchema } from '../../schema/ids.ts';
import type { Party, PartyLimits, Rate, RateLimits } from '../../schema/team-config.ts';
import type { Database } from './database.ts';

type PartyRow = Pick<typeof rateLimits.$inferSelect, 'partyKind' | 'partyId'>;

export function partyColumns(party: Party): PartyRow {
  return { partyKind: party.kind, partyId: party.kind === 'team' ? '' : party.id };
}

export function partyOf({ partyKind: kind, partyId: id }: PartyRow): Party {
  switch (kind) {
    case 'team':
      return { kind };
    case 'member':
      return { kind, id: userIdSchema.parse(id) };
    case 'key':
      return { kind, id: keyIdSchema.parse(id) };
  }
}

/** What the audit trail calls it. */
export function idOfParty(team: TeamId, party: Party): string {
  return party.kind === 'team' ? team : party.id;
}

export function ratesOf({ requestsPerMinute, tokensPerMinute, concurrency }: RateLimits): RateLimits {
  return { requestsPerMinute, tokensPerMinute, concurrency };
}

export function partyLimitsOf(row: PartyRow & RateLimits): PartyLimits {
  return { party: partyOf(row), ...ratesOf(row) };
}

/** Columns of an insert from `teams`, in the order in which the tables have them. */
export function insertedParty(team: TeamId, party: Party) {
  const { partyKind, partyId } = partyColumns(party);
  return {
    team: sql`${team}`.as('team'),
    partyKind: sql`${partyKind}`.as('party_kind'),
    partyId: sql`${partyId}`.as('party_id'),
  };
}

type PartyTable = typeof rateLimits | typeof suspensions;

/** A condition on the table: the row about this party. */
export function isAbout(table: PartyTable, team: TeamId, party: Party): SQL | undefined {
  const { partyKind, partyId } = partyColumns(party);
  return and(eq(table.team, team), eq(table.partyKind, partyKind), eq(table.partyId, partyId));
}

/** How many rows the team has there about other parties. */
export function countOthers(table: PartyTable, team: TeamId, party: Party): SQL {
  return sql`(SELECT count(*) FROM ${table} WHERE ${table.team} = ${team} AND NOT (${isAbout(table, team, party)}))`;
}

/** A condition on any other table: the party has such a limit of its own. */
export function isLimited(db: Database, team: TeamId, party: Party, rate: Rate): SQL {
  return exists(
    db
      .select({ one: sql`1` })
      .from(rateLimits)
      .where(and(isAbout(rateLimits, team, party), isNotNull(rateLimits[rate]))),
  );
}
