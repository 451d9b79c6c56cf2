// Grants that nobody had to ask for: by an admin, or in an emergency. What is granted must be there, and the team must have
// room for one more, at the very moment at which it is written down.

import { and, eq, exists, type SQL, sql } from 'drizzle-orm';
import { actorName } from '../../schema/actor.ts';
import type { Unit } from '../../schema/amounts.ts';
import { budgets, grants, members, teams } from '../../schema/d1/tables.ts';
import type { BudgetId, GrantId, TeamId, UserId } from '../../schema/ids.ts';
import type { GrantSource } from '../../schema/request.ts';
import { fail, succeed } from '../../schema/result.ts';
import type { Party, Rate } from '../../schema/team-config.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { countLiveGrants, grantState, MAX_GRANTS_PER_TEAM } from './grant-row.ts';
import type { GrantRecord } from './grants.ts';
import { isLiveMember } from './members.ts';
import { isLimited, partyColumns } from './party-row.ts';
import type { RecordRefusal } from './refusal.ts';
import {
  type Change,
  isLiveTeam,
  liveSnapshotOf,
  raiseVersion,
  snapshotQueries,
  type TeamSnapshot,
} from './team-snapshot.ts';

/** What is granted, and to whom: `user` is null where a whole budget is raised. */
export type Given =
  | {
      readonly kind: 'budget_increase';
      readonly budget: BudgetId;
      readonly unit: Unit;
      readonly amount: number;
      readonly user: UserId | null;
    }
  | { readonly kind: 'model_access'; readonly models: readonly string[]; readonly user: UserId }
  | { readonly kind: 'rate_increase'; readonly rate: Rate; readonly party: Party; readonly amount: number };

export interface GrantInput {
  readonly id: GrantId;
  readonly team: TeamId;
  readonly given: Given;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly reason: string;
}

/** Makes a grant without a request. */
export async function makeGrant(act: Act, input: GrantInput): Promise<Change<GrantRecord>> {
  const { db, atMs: nowMs } = act;
  const { id, team, given, startsAtMs, endsAtMs, reason } = input;
  const detail = { ...given, startsAtMs, endsAtMs, reason };
  const entry: AuditEntry = { action: 'grant.make', team, target: id, detail };
  const [, , , [made], live, ...rows] = await audited(act, entry, (log) => [
    insertGiven(act, input, { source: 'admin', condition: undefined }),
    log,
    raiseVersion(db, team, nowMs, isMade(db, id)),
    db.select().from(grants).where(eq(grants.id, id)),
    selectBeneficiary(db, team, given),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: fail({ reason: 'not_found', resource: 'team', id: team }) };
  if (made === undefined) return { snapshot, finding: fail(whyNotMade(snapshot, given, live.length > 0)) };
  return { snapshot, finding: succeed({ ...made, state: grantState(made, snapshot.team.version, nowMs) }) };
}

/** The insertion, if `condition` holds of the team as well. */
export function insertGiven(
  { db, by, atMs }: Act,
  { id, team, given, startsAtMs, endsAtMs, reason }: GrantInput,
  { source, condition }: { readonly source: GrantSource; readonly condition: SQL | undefined },
) {
  const { budget, unit, amount, user, models, rate, partyKind, partyId } = columnsOf(given);
  const hasRoom = sql`${countLiveGrants(team, atMs)} < ${MAX_GRANTS_PER_TEAM}`;
  return db.insert(grants).select(sql`
    SELECT ${id}, ${team}, ${given.kind}, NULL, ${budget}, ${user}, ${unit}, ${amount}, ${models}, ${startsAtMs},
      ${endsAtMs}, ${reason}, ${atMs}, ${actorName(by)}, ${teams.version} + 1, NULL, NULL, ${rate}, ${partyKind},
      ${partyId}, ${source}
    FROM ${teams} WHERE ${and(isLiveTeam(team), hasRoom, canBeGiven(db, team, given), condition)}`);
}

function columnsOf(given: Given) {
  const none = { budget: null, unit: null, amount: null, user: null, models: null };
  const noRate = { rate: null, partyKind: null, partyId: null };
  switch (given.kind) {
    case 'budget_increase':
      return { ...none, ...noRate, budget: given.budget, unit: given.unit, amount: given.amount, user: given.user };
    case 'model_access':
      return { ...none, ...noRate, user: given.user, models: JSON.stringify(given.models) };
    case 'rate_increase':
      return { ...none, ...partyColumns(given.party), rate: given.rate, amount: given.amount };
  }
}

/** The budget must count in this unit and have shares if it is for one; whoever it is for must be a member. */
function canBeGiven(db: Database, team: TeamId, given: Given): SQL | undefined {
  const isMember = exists(selectBeneficiary(db, team, given));
  switch (given.kind) {
    case 'budget_increase': {
      const { budget, unit, user } = given;
      const isShared = sql`(${budgets.scopeKind} = 'each_member') = ${user === null ? 0 : 1}`;
      const isBudget = and(eq(budgets.team, team), eq(budgets.id, budget), eq(budgets.unit, unit), isShared);
      const isThere = exists(
        db
          .select({ one: sql`1` })
          .from(budgets)
          .where(isBudget),
      );
      return user === null ? isThere : and(isThere, isMember);
    }
    case 'model_access':
      return isMember;
    case 'rate_increase':
      return isLimited(db, team, given.party, given.rate);
  }
}

/** Whoever it is for, if they are a member. */
export function selectBeneficiary(db: Database, team: TeamId, given: Given) {
  const user = given.kind === 'rate_increase' ? null : given.user;
  return db
    .select({ user: members.user })
    .from(members)
    .where(user === null ? sql`0` : isLiveMember(team, user));
}

export function isMade(db: Database, id: GrantId): SQL {
  return exists(
    db
      .select({ one: sql`1` })
      .from(grants)
      .where(eq(grants.id, id)),
  );
}

/** Why there is no grant, by the team as it was then. */
export function whyNotMade({ config }: TeamSnapshot, given: Given, isMember: boolean): RecordRefusal {
  if (config.grants.length >= MAX_GRANTS_PER_TEAM) {
    return { reason: 'too_many', resource: 'grant', limit: MAX_GRANTS_PER_TEAM };
  }
  if (given.kind === 'rate_increase') return { reason: 'not_set', resource: 'rate limit', party: given.party };
  if (given.user !== null && !isMember) return { reason: 'not_found', resource: 'member', id: given.user };
  const id = given.kind === 'budget_increase' ? given.budget : '';
  return { reason: 'not_found', resource: 'budget', id };
}
