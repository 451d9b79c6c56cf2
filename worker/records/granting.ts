// What an approval grants: whether it can be granted still, and the grant itself, made of the request and of all its votes.

import { and, eq, exists, isNull, ne, type SQL, sql } from 'drizzle-orm';
import { budgets, grants, requests, teams } from '../../schema/d1/tables.ts';
import type { GrantId, RequestId, TeamId } from '../../schema/ids.ts';
import type { GrantSource, Wanted } from '../../schema/request.ts';
import type { Database } from './database.ts';
import { countLiveGrants, MAX_GRANTS_PER_TEAM } from './grant-row.ts';
import { isLimited, partyColumns } from './party-row.ts';
import type { RequestRecord } from './request-row.ts';
import { APPROVED_AMOUNT, APPROVED_UNTIL } from './votes.ts';

const IS_BUDGET_OF_REQUEST = and(
  eq(budgets.team, requests.team),
  eq(sql`${budgets.id}`, requests.target),
  eq(budgets.unit, requests.unit),
);
/** Whose share of the budget is raised; null where it has no shares. */
const SUBJECT = sql`CASE WHEN requests.kind = 'model_access' OR budgets.scope_kind = 'each_member' THEN requests.user END`;

/**
 * A condition on `requests`: what would be raised must still be there, a budget in the same unit, what was approved so far
 * must not be over, and the team must have room for one more grant.
 */
export function canBeGranted(db: Database, { team, wanted }: RequestRecord, nowMs: number): SQL | undefined {
  return and(
    sql`${APPROVED_UNTIL} > ${nowMs}`,
    isThere(db, team, wanted),
    sql`${countLiveGrants(requests.team, nowMs)} < ${MAX_GRANTS_PER_TEAM}`,
  );
}

function isThere(db: Database, team: TeamId, wanted: Wanted): SQL | undefined {
  switch (wanted.kind) {
    case 'budget_increase':
      return exists(
        db
          .select({ one: sql`1` })
          .from(budgets)
          .where(IS_BUDGET_OF_REQUEST),
      );
    case 'model_access':
      return undefined;
    case 'rate_increase':
      return isLimited(db, team, wanted.party, wanted.rate);
  }
}

/**
 * A condition on `requests`: the live grants on its budget and this one, of at most `amount`, stay within the share of the
 * limit that the team's newest rules allow.
 */
export function isWithinShare(amount: number | null, nowMs: number): SQL {
  const granted = sql`(SELECT coalesce(sum(grants.amount), 0) FROM grants
    WHERE grants.team = requests.team AND grants.budget = budgets.id AND grants.unit = budgets.unit
      AND grants.user IS ${SUBJECT} AND grants.revoked_at IS NULL AND grants.ends_at > ${nowMs}
      AND grants.request IS NOT requests.id)`;
  return sql`NOT EXISTS (SELECT 1 FROM budgets
    INNER JOIN approval_policies AS rules ON rules.team = budgets.team
      AND rules.version = (SELECT max(version) FROM approval_policies WHERE team = requests.team)
    WHERE requests.kind = 'budget_increase' AND budgets.team = requests.team AND budgets.id = requests.target
      AND (${granted} + min(${APPROVED_AMOUNT}, coalesce(${amount}, requests.amount))) * 100
        > budgets.limit_amount * (rules.rules ->> '$.maxGrantedPercent'))`;
}

interface Granting {
  readonly grant: GrantId;
  /** Who grants it, as they are written down. */
  readonly by: string;
  readonly source: GrantSource;
  /** What must hold of the request. */
  readonly condition: SQL | undefined;
  /** Of the request, if it is not all that was approved. */
  readonly amount?: SQL;
  readonly endsAt?: SQL;
}

/** Makes the grant of a request; there is at most one of a source for each request. */
export function insertGrant(
  db: Database,
  { id, wanted }: RequestRecord,
  { grant, by, source, condition, amount = APPROVED_AMOUNT, endsAt = APPROVED_UNTIL }: Granting,
  nowMs: number,
) {
  const models = wanted.kind === 'model_access' ? JSON.stringify(wanted.models) : null;
  const { rate, partyKind, partyId } = rateColumns(wanted);
  return db.insert(grants).select(
    db
      .select({
        id: sql`${grant}`.as('id'),
        team: sql`${requests.team}`.as('team'),
        kind: sql`${requests.kind}`.as('kind'),
        request: sql`${requests.id}`.as('request'),
        budget: sql`${budgets.id}`.as('budget'),
        user: SUBJECT.as('user'),
        unit: sql`${requests.unit}`.as('unit'),
        amount: amount.as('amount'),
        models: sql`${models}`.as('models'),
        startsAt: sql`${nowMs}`.as('starts_at'),
        endsAt: endsAt.as('ends_at'),
        reason: sql`${requests.reason}`.as('reason'),
        createdAt: sql`${nowMs}`.as('created_at'),
        createdBy: sql`${by}`.as('created_by'),
        teamVersion: sql`${teams.version} + 1`.as('team_version'),
        revokedAt: sql`NULL`.as('revoked_at'),
        revokedBy: sql`NULL`.as('revoked_by'),
        rate: sql`${rate}`.as('rate'),
        partyKind: sql`${partyKind}`.as('party_kind'),
        partyId: sql`${partyId}`.as('party_id'),
        source: sql`${source}`.as('source'),
      })
      .from(requests)
      .innerJoin(teams, and(eq(teams.id, requests.team), isNull(teams.deletedAt)))
      .leftJoin(budgets, and(IS_BUDGET_OF_REQUEST, eq(requests.kind, 'budget_increase')))
      .where(and(eq(requests.id, id), condition)),
  );
}

function rateColumns(wanted: Wanted) {
  if (wanted.kind !== 'rate_increase') return { rate: null, partyKind: null, partyId: null };
  return { rate: wanted.rate, ...partyColumns(wanted.party) };
}

/** What a request brought; nothing of what holds while it is pending. */
export function selectGrantOf(db: Database, id: RequestId) {
  return db
    .select()
    .from(grants)
    .where(and(eq(grants.request, id), ne(grants.source, 'bridge')));
}
