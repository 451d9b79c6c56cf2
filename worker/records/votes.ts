// One approver's vote on a request, and what all of its votes come to. Whether somebody may vote is asked by the statement
// that writes the vote down.

import { and, eq, type SQL, sql } from 'drizzle-orm';
import { votes } from '../../schema/d1/approvals.ts';
import { requests } from '../../schema/d1/tables.ts';
import type { RequestId } from '../../schema/ids.ts';
import type { Database } from './database.ts';
import { isPending } from './requests.ts';
import {
  type Decider,
  holdersFor,
  IS_OTHERS,
  IS_UNUSED,
  isEntitled,
  isUnusedBy,
  nameOf,
  ROLE,
  roleOf,
} from './rights.ts';

export interface Decision {
  readonly by: Decider;
  /** The version that was looked at; null takes whatever there is. */
  readonly version: number | null;
  readonly reason: string | null;
}

export interface Ballot extends Decision {
  readonly decision: 'approved' | 'denied';
  /** At most what was asked for; null for all of it. */
  readonly amount: number | null;
  readonly untilMs: number | null;
}

/** Casts a vote on a request that is pending, if `condition` holds of it as well. One vote each: a second is none. */
export function castVote(db: Database, id: RequestId, ballot: Ballot, condition: SQL | undefined, nowMs: number) {
  const { by, version, decision, amount, untilMs, reason } = ballot;
  const content = sql`${decision}, ${amount}, ${untilMs}, ${reason}, ${nowMs}`;
  const decidable = and(
    eq(requests.id, id),
    isPending(nowMs),
    version === null ? undefined : eq(requests.version, version),
    condition,
  );
  const cast = castBy(by, content, decidable, nowMs);
  return db.insert(votes).select(cast).onConflictDoNothing().returning({ request: votes.request });
}

function castBy(by: Decider, content: SQL, decidable: SQL | undefined, nowMs: number): SQL {
  const name = nameOf(by);
  switch (by.kind) {
    case 'admin':
      return sql`SELECT requests.id, ${name}, 'admin', NULL, ${content} FROM requests WHERE ${decidable}`;
    case 'person':
      return sql`SELECT requests.id, ${name}, ${roleOf(by)}, NULL, ${content} FROM requests
        WHERE ${decidable} AND ${isEntitled(by, nowMs)} AND ${isUnusedBy(by)}`;
    case 'member':
      return sql`SELECT requests.id, ${name}, ${ROLE}, holder.on_behalf_of, ${content}
        FROM requests INNER JOIN ${holdersFor(by, nowMs)}
        WHERE ${decidable} AND requests.user <> ${by.user} AND ${IS_OTHERS} AND ${ROLE} IS NOT NULL
        ORDER BY holder.on_behalf_of IS NOT NULL, NOT ${IS_UNUSED} LIMIT 1`;
  }
}

/** Conditions on `requests` and values of it, by its votes so far. */
const APPROVALS = sql`FROM votes WHERE votes.request = requests.id AND votes.decision = 'approved'`;
export const HAS_ENOUGH_APPROVALS = sql`(
  SELECT count(*) >= requests.required_approvals AND count(DISTINCT role) > requests.different_roles ${APPROVALS})`;
/** The smallest amount and the earliest end that anybody approved. */
export const APPROVED_AMOUNT = sql`(
  SELECT min(requests.amount, coalesce(min(votes.amount), requests.amount)) ${APPROVALS})`;
export const APPROVED_UNTIL = sql`(
  SELECT min(requests.until, coalesce(min(votes.until), requests.until)) ${APPROVALS})`;
