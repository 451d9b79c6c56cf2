// How a request is decided: one compare-and-set for the request, and for an approval its grant in the same batch. Of any
// number of decisions that race, one finds the request pending.

import { and, eq, exists, gt, isNull, ne, type SQL, sql } from 'drizzle-orm';
import { ADMIN_NAME } from '../../schema/actor.ts';
import { budgets, grants, members, requests, teams } from '../../schema/d1/tables.ts';
import type { GrantId, RequestId, TeamId, UserId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { appendAudit, type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { countLiveGrants, MAX_GRANTS_PER_TEAM } from './grant-row.ts';
import type { RecordRefusal } from './refusal.ts';
import { bareRecord, type RequestRecord, requestRecord, selectBare } from './request-row.ts';
import { alreadyDecided, ended, isPending, notFound } from './requests.ts';
import { type Change, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';

/** Who decides. A lead must be one at the moment of the decision, in the team of the request. */
export type Decider = { readonly kind: 'admin' } | { readonly kind: 'lead'; readonly user: UserId };

export interface Decision {
  readonly by: Decider;
  /** The version that was looked at; null takes whatever there is. */
  readonly version: number | null;
  readonly reason: string | null;
}

export interface Approval extends Decision {
  readonly grant: GrantId;
  /** At most what was asked for; null grants it all. */
  readonly amount: number | null;
  readonly untilMs: number | null;
}

/** Approves: the request and its grant are one write, and the snapshot puts the grant in force. */
export async function approveRequest(
  act: Act,
  request: RequestRecord,
  approval: Approval,
): Promise<Change<RequestRecord>> {
  const { db, atMs: nowMs } = act;
  const { id, team } = request;
  const { grant: grantId, amount, untilMs, reason } = approval;
  const detail = { grant: grantId, amount, untilMs, reason };
  const entry: AuditEntry = { action: 'request.approve', team, target: id, detail };
  const [approved, , , , [row], [grant], led, ...rows] = await audited(act, entry, (log) => [
    db
      .update(requests)
      .set({ ...decided(approval, nowMs), state: 'approved' })
      .where(and(isDecidable(db, id, approval, nowMs), canBeGranted(db, nowMs), teamIsLive(db, team)))
      .returning({ id: requests.id }),
    log,
    insertGrant(db, request, approval, nowMs).onConflictDoNothing(),
    raiseVersion(db, team, nowMs),
    selectBare(db, eq(requests.id, id)),
    db.select().from(grants).where(eq(grants.request, id)),
    leadsOf(db, approval.by),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (row === undefined || snapshot === null) return { snapshot, finding: fail(notFound(id)) };
  // Nobody hears of it before the object has confirmed this very version.
  const now = requestRecord({ request: row, grant: grant ?? null, appliedVersion: snapshot.team.version }, nowMs);
  if (approved.length > 0) return { snapshot, finding: succeed(now) };
  return { snapshot, finding: fail(await refused(act, now, 'request.approve-refused', whyNot(now, approval, led))) };
}

/** Denies. Nothing has to be put in force. */
export async function denyRequest(
  act: Act,
  { id, team }: RequestRecord,
  denial: Decision,
): Promise<Result<RequestRecord, RecordRefusal>> {
  const { db, atMs: nowMs } = act;
  const entry: AuditEntry = { action: 'request.deny', team, target: id, detail: { reason: denial.reason } };
  const [denied, , [row], led] = await audited(act, entry, (log) => [
    db
      .update(requests)
      .set({ ...decided(denial, nowMs), state: 'denied' })
      .where(isDecidable(db, id, denial, nowMs))
      .returning({ id: requests.id }),
    log,
    selectBare(db, eq(requests.id, id)),
    leadsOf(db, denial.by),
  ]);
  if (row === undefined) return fail(notFound(id));
  const now = bareRecord(row, nowMs);
  if (denied.length > 0) return succeed(now);
  return fail(await refused(act, now, 'request.deny-refused', whyNot(now, denial, led)));
}

/** Writes down that somebody tried. */
async function refused(
  act: Act,
  { id, team }: RequestRecord,
  action: AuditEntry['action'],
  refusal: RecordRefusal,
): Promise<RecordRefusal> {
  await appendAudit(act, { action, team, target: id, detail: refusal });
  return refusal;
}

function decided({ by, reason }: Decision, nowMs: number) {
  return { ...ended(nowMs), decidedBy: nameOf(by), decisionReason: reason };
}

function nameOf(by: Decider): string {
  return by.kind === 'admin' ? ADMIN_NAME : by.user;
}

/** What the request must be, and whoever decides, at the very moment. */
function isDecidable(db: Database, id: RequestId, { by, version }: Decision, nowMs: number): SQL | undefined {
  return and(
    eq(requests.id, id),
    isPending(nowMs),
    version === null ? undefined : eq(requests.version, version),
    ne(sql`${requests.user}`, nameOf(by)),
    by.kind === 'admin'
      ? undefined
      : exists(
          db
            .select({ one: sql`1` })
            .from(members)
            .where(and(isLead(by.user), eq(members.team, requests.team))),
        ),
  );
}

/** The budget must still be there and count in the same unit, and the team must have room for one more grant. */
function canBeGranted(db: Database, nowMs: number): SQL | undefined {
  const sameBudget = exists(
    db
      .select({ one: sql`1` })
      .from(budgets)
      .where(isBudgetOfRequest),
  );
  return and(
    gt(requests.until, nowMs),
    sql`(${requests.kind} = 'model_access' OR ${sameBudget})`,
    sql`${countLiveGrants(requests.team, nowMs)} < ${MAX_GRANTS_PER_TEAM}`,
  );
}

const isBudgetOfRequest = and(
  eq(budgets.team, requests.team),
  eq(sql`${budgets.id}`, requests.target),
  eq(budgets.unit, requests.unit),
);

/** Makes the grant of a request that has just been approved; there is at most one for each request. */
function insertGrant(db: Database, { id, wanted }: RequestRecord, approval: Approval, nowMs: number) {
  const { grant, amount, untilMs, by } = approval;
  const models = wanted.kind === 'model_access' ? JSON.stringify(wanted.models) : null;
  const isOwnShare = sql`${requests.kind} = 'model_access' OR ${budgets.scopeKind} = 'each_member'`;
  return db.insert(grants).select(
    db
      .select({
        id: sql`${grant}`.as('id'),
        team: sql`${requests.team}`.as('team'),
        kind: sql`${requests.kind}`.as('kind'),
        request: sql`${requests.id}`.as('request'),
        budget: sql`${budgets.id}`.as('budget'),
        user: sql`CASE WHEN ${isOwnShare} THEN ${requests.user} END`.as('user'),
        unit: sql`${requests.unit}`.as('unit'),
        amount: sql`min(${requests.amount}, coalesce(${amount}, ${requests.amount}))`.as('amount'),
        models: sql`${models}`.as('models'),
        startsAt: sql`${nowMs}`.as('starts_at'),
        endsAt: sql`min(${requests.until}, coalesce(${untilMs}, ${requests.until}))`.as('ends_at'),
        reason: sql`${requests.reason}`.as('reason'),
        createdAt: sql`${nowMs}`.as('created_at'),
        createdBy: sql`${nameOf(by)}`.as('created_by'),
        teamVersion: sql`${teams.version} + 1`.as('team_version'),
        revokedAt: sql`NULL`.as('revoked_at'),
        revokedBy: sql`NULL`.as('revoked_by'),
      })
      .from(requests)
      .innerJoin(teams, and(eq(teams.id, requests.team), isNull(teams.deletedAt)))
      .leftJoin(budgets, and(isBudgetOfRequest, eq(requests.kind, 'budget_increase')))
      .where(and(eq(requests.id, id), eq(requests.state, 'approved'))),
  );
}

/** Teams that the decider leads now; empty for an admin, who needs to lead none. */
function leadsOf(db: Database, by: Decider) {
  return db
    .select({ team: members.team })
    .from(members)
    .where(by.kind === 'admin' ? sql`0` : isLead(by.user));
}

function isLead(user: UserId): SQL | undefined {
  return and(eq(members.user, user), eq(members.role, 'lead'), isNull(members.removedAt));
}

/** Why nothing was decided, in the order in which it matters to whoever tried. */
function whyNot(
  request: RequestRecord,
  { by, version }: Decision,
  led: readonly { readonly team: TeamId }[],
): RecordRefusal {
  const { id } = request;
  const mayDecide = by.kind === 'admin' || led.some(({ team }) => team === request.team);
  if (!mayDecide) return { reason: 'not_eligible', request: id };
  if (request.user === nameOf(by)) return { reason: 'own_request', request: id };
  if (request.state !== 'pending') return alreadyDecided(request);
  if (version !== null && request.version !== version)
    return { reason: 'stale_version', request: id, version: request.version };
  return { reason: 'cannot_be_granted', request: id };
}
