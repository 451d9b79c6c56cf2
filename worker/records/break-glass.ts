// A grant in an emergency: somebody whom the team's rules name makes it alone and at once, and with it opens a review that
// somebody else has to close.

import { and, eq, type SQL, sql } from 'drizzle-orm';
import { actorName } from '../../schema/actor.ts';
import { reviews } from '../../schema/d1/reviews.ts';
import { grants, teams } from '../../schema/d1/tables.ts';
import type { ReviewId } from '../../schema/ids.ts';
import { fail, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import { grantState } from './grant-row.ts';
import type { GrantRecord } from './grants.ts';
import { type GrantInput, insertGiven, isMade, selectBeneficiary, whyNotMade } from './making-grants.ts';
import type { RecordRefusal } from './refusal.ts';
import {
  type Change,
  isLiveTeam,
  liveSnapshotOf,
  raiseVersion,
  snapshotQueries,
  type TeamSnapshot,
} from './team-snapshot.ts';

export interface EmergencyInput extends GrantInput {
  readonly review: ReviewId;
  /** The version of the team's rules that allows it: they must not have changed. */
  readonly version: number;
  /** What all such grants on a budget may come to; null for models. */
  readonly cap: number | null;
}

/** Makes the grant and opens its review in one write. */
export async function breakGlass(act: Act, input: EmergencyInput): Promise<Change<GrantRecord>> {
  const { db, atMs: nowMs } = act;
  const { id, team, given, review, startsAtMs, endsAtMs, reason } = input;
  const detail = { ...given, review, startsAtMs, endsAtMs, reason };
  const entry: AuditEntry = { action: 'grant.break-glass', team, target: id, detail };
  const openReview = sql`SELECT ${review}, ${team}, ${id}, ${nowMs}, ${actorName(act.by)}, NULL, NULL, NULL
    FROM ${teams} WHERE ${and(isLiveTeam(team), isMade(db, id))}`;
  const [, , , , [made], live, ...rows] = await audited(act, entry, (log) => [
    insertGiven(act, input, { source: 'break_glass', condition: isAllowed(input) }),
    log,
    db.insert(reviews).select(openReview),
    raiseVersion(db, team, nowMs, isMade(db, id)),
    db.select().from(grants).where(eq(grants.id, id)),
    selectBeneficiary(db, team, given),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: fail({ reason: 'not_responder', team }) };
  if (made === undefined) return { snapshot, finding: fail(whyNot(snapshot, input, live.length > 0)) };
  return { snapshot, finding: succeed({ ...made, state: grantState(made, snapshot.team.version, nowMs) }) };
}

function isAllowed({ team, given, version, cap, startsAtMs }: EmergencyInput): SQL | undefined {
  const newest = sql`(SELECT coalesce(max(version), 0) FROM approval_policies WHERE team = ${team})`;
  if (given.kind !== 'budget_increase') return sql`${newest} = ${version}`;
  const granted = sql`(SELECT coalesce(sum(made.amount), 0) FROM grants AS made
    WHERE made.team = ${team} AND made.source = 'break_glass' AND made.kind = ${given.kind} AND made.budget = ${given.budget}
      AND made.ends_at > ${startsAtMs} AND made.revoked_at IS NULL)`;
  return and(sql`${newest} = ${version}`, sql`${granted} + ${given.amount} <= ${cap}`);
}

function whyNot(snapshot: TeamSnapshot, { team, given }: EmergencyInput, isMember: boolean): RecordRefusal {
  const { budgets } = snapshot.config;
  const isThere = given.kind !== 'budget_increase' || budgets.some(({ id }) => id === given.budget);
  const isForMember = given.kind === 'rate_increase' || given.user === null || isMember;
  return isThere && isForMember ? { reason: 'beyond_emergency', team } : whyNotMade(snapshot, given, isMember);
}
