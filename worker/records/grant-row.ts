// A row of `grants`: what it means to the team's object, and where it stands in time.

import { type Column, type SQL, sql } from 'drizzle-orm';
import { grants } from '../../schema/d1/tables.ts';
import type { Grant } from '../../schema/grant.ts';
import type { TeamId } from '../../schema/ids.ts';
import type { GrantState } from '../../schema/request.ts';
import type { Party } from '../../schema/team-config.ts';
import { partyOf } from './party-row.ts';

/** Live grants of a team; they must fit into its object's configuration. */
export const MAX_GRANTS_PER_TEAM = 500;

export type GrantRow = typeof grants.$inferSelect;

/** Throws for a row that the table's own rules do not allow. */
export function grantOf(row: GrantRow): Grant {
  const { id, kind, budget, user, unit, amount, models, rate, startsAt: startsAtMs, endsAt: endsAtMs } = row;
  const party = partyOfGrant(row);
  const lifetime = { id, startsAtMs, endsAtMs };
  if (kind === 'budget_increase' && budget !== null && unit !== null && amount !== null) {
    return { ...lifetime, kind, budget, subject: user, unit, amount };
  }
  if (kind === 'model_access' && user !== null && models !== null) return { ...lifetime, kind, user, models };
  if (kind === 'rate_increase' && rate !== null && party !== null && amount !== null) {
    return { ...lifetime, kind, party, rate, amount };
  }
  throw new TypeError(`grant ${id} lacks what a ${kind} needs`);
}

/** Whose rate it raises; null for a grant of another kind. */
export function partyOfGrant({ partyKind, partyId }: Pick<GrantRow, 'partyKind' | 'partyId'>): Party | null {
  return partyKind === null || partyId === null ? null : partyOf({ partyKind, partyId });
}

/** `appliedVersion` is the version of the team's record that its object has confirmed. */
export function grantState(
  { revokedAt, startsAt, endsAt, teamVersion }: GrantRow,
  appliedVersion: number,
  nowMs: number,
): GrantState {
  if (revokedAt !== null) return 'revoked';
  if (nowMs >= endsAt) return 'ended';
  return nowMs < startsAt || appliedVersion < teamVersion ? 'scheduled' : 'active';
}

/** How many grants of a team are in force or still to come; the team may be another table's column. */
export function countLiveGrants(team: TeamId | Column, nowMs: number): SQL {
  return sql`(SELECT count(*) FROM ${grants}
    WHERE ${grants.team} = ${team} AND ${grants.revokedAt} IS NULL AND ${grants.endsAt} > ${nowMs})`;
}
