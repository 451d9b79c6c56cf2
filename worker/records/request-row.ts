// A row of `requests` together with what came of it.

import { and, eq, getTableColumns, ne, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { ApprovalsNeeded } from '../../schema/approval-policy.ts';
import { type AutoDecision, autoDecisionSchema } from '../../schema/auto-decision.ts';
import { grants, requests, teams } from '../../schema/d1/tables.ts';
import type { GrantId, RequestId, TeamId, UserId } from '../../schema/ids.ts';
import { budgetIdSchema } from '../../schema/ids.ts';
import type { GrantState, RequestState, Wanted } from '../../schema/request.ts';
import { rates } from '../../schema/team-config.ts';
import type { Database } from './database.ts';
import { type GrantRow, grantState } from './grant-row.ts';
import { partyColumns, partyOf } from './party-row.ts';
import { type VoteRecord, VOTES, votesOf } from './vote-row.ts';

type Row = typeof requests.$inferSelect;
/** With its votes as JSON. */
type BareRow = Row & { readonly votes: string };

export interface RequestRecord {
  readonly id: RequestId;
  readonly team: TeamId;
  readonly user: UserId;
  readonly wanted: Wanted;
  /** Until when, in milliseconds since 1970. */
  readonly untilMs: number;
  readonly reason: string;
  readonly state: RequestState;
  readonly version: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** The request that it was opened instead of. */
  readonly replaces: RequestId | null;
  /** The version of the team's rules under which it was opened, and what they said of it then. */
  readonly policyVersion: number;
  readonly needed: ApprovalsNeeded;
  /** 2 since `escalatedAtMs`, which is soon after `escalatesAtMs`: then more people may decide. */
  readonly stage: number;
  readonly escalatesAtMs: number | null;
  readonly escalatedAtMs: number | null;
  readonly decision: { readonly atMs: number; readonly by: string | null; readonly reason: string | null } | null;
  readonly votes: readonly VoteRecord[];
  /** What the team's rules made of it by themselves; null where they were not asked. */
  readonly autoDecision: AutoDecision | null;
  readonly grant: GrantedRecord | null;
}

/** What a request brought: it may be less than was asked for. */
export interface GrantedRecord {
  readonly id: GrantId;
  /** In the budget's unit, or that of the rate; null for models. */
  readonly amount: number | null;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly state: GrantState;
}

const PATTERN_SEPARATOR = ',';
const RATE_SEPARATOR = ':';
const rateSchema = z.enum(rates);
const partyKindSchema = z.enum(['team', 'member', 'key']);

/** What is asked for, as the one text that tells two requests of a kind apart. Patterns have no comma, ids no colon. */
export function targetOf(wanted: Wanted): string {
  switch (wanted.kind) {
    case 'budget_increase':
      return wanted.budget;
    case 'model_access':
      return wanted.models.join(PATTERN_SEPARATOR);
    case 'rate_increase': {
      const { partyKind, partyId } = partyColumns(wanted.party);
      return [wanted.rate, partyKind, partyId].join(RATE_SEPARATOR);
    }
  }
}

export function windowStartOf(wanted: Wanted): number {
  return wanted.kind === 'budget_increase' ? wanted.windowStartMs : 0;
}

const COLUMNS = { ...getTableColumns(requests), votes: VOTES.as('votes') };

/** Requests with their grants; to be narrowed, ordered and limited. Not for a batch, where D1 mixes up columns of one name. */
export function selectRequests(db: Database, condition: SQL | undefined) {
  return db
    .select({ request: COLUMNS, grant: grants, appliedVersion: teams.appliedVersion })
    .from(requests)
    .innerJoin(teams, eq(teams.id, requests.team))
    .leftJoin(grants, and(eq(grants.request, requests.id), eq(grants.team, requests.team), ne(grants.source, 'bridge')))
    .where(condition);
}

/** The same without what came of it, for a batch. */
export function selectBare(db: Database, condition: SQL | undefined) {
  return db.select(COLUMNS).from(requests).where(condition);
}

/** A request of which no grant can have come, or whose grant does not matter. */
export function bareRecord(request: BareRow, nowMs: number): RequestRecord {
  return requestRecord({ request, grant: null, appliedVersion: 0 }, nowMs);
}

export interface SelectedRequest {
  readonly request: BareRow;
  readonly grant: GrantRow | null;
  readonly appliedVersion: number;
}

export function requestRecord({ request, grant, appliedVersion }: SelectedRequest, nowMs: number): RequestRecord {
  const { id, team, user, reason, version, until, createdAt, expiresAt, decidedAt, decidedBy } = request;
  return {
    id,
    team,
    user,
    wanted: wantedOf(request),
    untilMs: until,
    reason,
    // The sweep writes down what the clock has decided already.
    state: request.state === 'pending' && expiresAt <= nowMs ? 'expired' : request.state,
    version,
    createdAtMs: createdAt,
    expiresAtMs: expiresAt,
    replaces: request.replaces,
    policyVersion: request.policyVersion,
    needed: { count: request.requiredApprovals, differentRoles: request.differentRoles },
    stage: request.stage,
    escalatesAtMs: request.escalatesAt,
    escalatedAtMs: request.escalatedAt,
    decision: decidedAt === null ? null : { atMs: decidedAt, by: decidedBy, reason: request.decisionReason },
    autoDecision: request.autoDecision === null ? null : autoDecisionSchema.parse(request.autoDecision),
    votes: votesOf(request.votes),
    grant:
      grant === null
        ? null
        : {
            id: grant.id,
            amount: grant.amount,
            startsAtMs: grant.startsAt,
            endsAtMs: grant.endsAt,
            state: grantState(grant, appliedVersion, nowMs),
          },
  };
}

function wantedOf({ id, kind, target, amount, unit, windowStart }: Row): Wanted {
  if (kind === 'model_access') return { kind, models: target.split(PATTERN_SEPARATOR) };
  if (amount === null) throw new TypeError(`request ${id} has no amount`);
  if (kind === 'rate_increase') {
    const [rate, partyKind, partyId = ''] = target.split(RATE_SEPARATOR);
    const party = partyOf({ partyKind: partyKindSchema.parse(partyKind), partyId });
    return { kind, rate: rateSchema.parse(rate), party, amount };
  }
  if (unit === null) throw new TypeError(`request ${id} counts in no unit`);
  return { kind, budget: budgetIdSchema.parse(target), unit, amount, windowStartMs: windowStart };
}
