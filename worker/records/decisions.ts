// How a request is decided: a vote, and with the last one that was needed the end of the request, and for an approval its
// grant, in one batch. Of any number of decisions that race, one finds the request pending and the approvals enough.

import { and, eq, exists, type SQL, sql } from 'drizzle-orm';
import { grants, requests } from '../../schema/d1/tables.ts';
import type { GrantId, RequestId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { appendAudit, type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { canBeGranted, insertGrant, isWithinShare, selectGrantOf } from './granting.ts';
import type { RecordRefusal } from './refusal.ts';
import { bareRecord, type RequestRecord, requestRecord, selectBare } from './request-row.ts';
import { alreadyDecided, ended, findRequest, isPending, notFound } from './requests.ts';
import { type Decider, isEntitled, mayVote, nameOf } from './rights.ts';
import { type Change, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';
import { castVote, type Decision, HAS_ENOUGH_APPROVALS } from './votes.ts';

export interface Approval extends Decision {
  /** The grant that comes of it, if it is the last approval that was needed. */
  readonly grant: GrantId;
  /** At most what was asked for; null grants it all. */
  readonly amount: number | null;
  readonly untilMs: number | null;
  /** Whether it is granted although there is no headroom for it. */
  readonly override: boolean;
}

/** The request for whoever may decide on it. Refuses early what the vote would refuse, and more quietly to other teams. */
export async function findForDecision(
  act: Act,
  id: RequestId,
  { by, attempt }: { readonly by: Decider; readonly attempt: 'approve' | 'deny' },
): Promise<Result<RequestRecord, RecordRefusal>> {
  const { db, atMs: nowMs } = act;
  const found = await findRequest(db, id, nowMs);
  if (!found.ok || by.kind !== 'member') return found;
  const entitled = await select1(db, requests, and(eq(requests.id, id), isEntitled(by, nowMs)));
  if (entitled.length > 0) return found;
  const { user, team } = found.value;
  const reason = user === by.user ? 'own_request' : 'not_eligible';
  const refusal = await refused(act, found.value, `request.${attempt}-refused`, { reason, request: id });
  return fail(user === by.user || team === by.team ? refusal : notFound(id));
}

/** Approves. The last approval, the end of the request and its grant are one write, and the snapshot puts it in force. */
export async function approveRequest(
  act: Act,
  request: RequestRecord,
  approval: Approval,
): Promise<Change<RequestRecord>> {
  const { db, atMs: nowMs } = act;
  const { id, team } = request;
  const { by, grant: grantId, amount, untilMs, reason, override } = approval;
  const entry: AuditEntry = {
    action: 'request.approve',
    team,
    target: id,
    detail: { amount, untilMs, reason, override },
  };
  const fits = override ? undefined : isWithinShare(amount, nowMs);
  const granting = {
    grant: grantId,
    by: nameOf(by),
    source: 'request',
    condition: eq(requests.state, 'approved'),
  } as const;
  const isGranted = exists(select1(db, grants, eq(grants.id, grantId)));
  const [voted, , , , , [row], [grant], entitled, free, fitting, ...rows] = await audited(act, entry, (log) => [
    castVote(
      db,
      id,
      { ...approval, decision: 'approved' },
      and(canBeGranted(db, request, nowMs), fits, teamIsLive(db, team)),
      nowMs,
    ),
    log,
    db
      .update(requests)
      .set({ ...decided(approval, nowMs), state: 'approved' })
      .where(and(eq(requests.id, id), isPending(nowMs), HAS_ENOUGH_APPROVALS)),
    insertGrant(db, request, granting, nowMs).onConflictDoNothing(),
    raiseVersion(db, team, nowMs, isGranted),
    selectBare(db, eq(requests.id, id)),
    selectGrantOf(db, id),
    select1(db, requests, and(eq(requests.id, id), isEntitled(by, nowMs))),
    select1(db, requests, and(eq(requests.id, id), mayVote(by, nowMs))),
    select1(db, requests, and(eq(requests.id, id), fits)),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (row === undefined || snapshot === null) return { snapshot, finding: fail(notFound(id)) };
  // Nobody hears of a grant before the object has confirmed this very version.
  const now = requestRecord({ request: row, grant: grant ?? null, appliedVersion: snapshot.team.version }, nowMs);
  if (voted.length > 0) return { snapshot: now.state === 'pending' ? null : snapshot, finding: succeed(now) };
  const may = { decide: entitled.length > 0, vote: free.length > 0, fit: fitting.length > 0 };
  const refusal = whyNot(now, approval, may);
  return { snapshot, finding: fail(await refused(act, now, 'request.approve-refused', refusal)) };
}

/** Denies: one denial ends it. Nothing has to be put in force. */
export async function denyRequest(
  act: Act,
  { id, team }: RequestRecord,
  denial: Decision,
): Promise<Result<RequestRecord, RecordRefusal>> {
  const { db, atMs: nowMs } = act;
  const entry: AuditEntry = { action: 'request.deny', team, target: id, detail: { reason: denial.reason } };
  const ballot = { ...denial, decision: 'denied', amount: null, untilMs: null } as const;
  const isDenied = sql`EXISTS (SELECT 1 FROM votes WHERE votes.request = requests.id AND votes.decision = 'denied')`;
  const [voted, , , [row], entitled, free] = await audited(act, entry, (log) => [
    castVote(db, id, ballot, undefined, nowMs),
    log,
    db
      .update(requests)
      .set({ ...decided(denial, nowMs), state: 'denied' })
      .where(and(eq(requests.id, id), isPending(nowMs), isDenied)),
    selectBare(db, eq(requests.id, id)),
    select1(db, requests, and(eq(requests.id, id), isEntitled(denial.by, nowMs))),
    select1(db, requests, and(eq(requests.id, id), mayVote(denial.by, nowMs))),
  ]);
  if (row === undefined) return fail(notFound(id));
  const now = bareRecord(row, nowMs);
  if (voted.length > 0) return succeed(now);
  const refusal = whyNot(now, denial, { decide: entitled.length > 0, vote: free.length > 0, fit: true });
  return fail(await refused(act, now, 'request.deny-refused', refusal));
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

function select1(db: Database, table: typeof requests | typeof grants, condition: SQL | undefined) {
  return db
    .select({ one: sql`1` })
    .from(table)
    .where(condition);
}

/** Why nothing was decided, in the order in which it matters to whoever tried. */
function whyNot(
  request: RequestRecord,
  { by, version }: Decision,
  may: { readonly decide: boolean; readonly vote: boolean; readonly fit: boolean },
): RecordRefusal {
  const { id, wanted } = request;
  if (request.user === nameOf(by)) return { reason: 'own_request', request: id };
  if (!may.decide) return { reason: 'not_eligible', request: id };
  if (request.state !== 'pending') return alreadyDecided(request);
  if (!may.vote) return { reason: 'already_voted', request: id };
  if (version !== null && request.version !== version)
    return { reason: 'stale_version', request: id, version: request.version };
  if (!may.fit && wanted.kind === 'budget_increase')
    return { reason: 'no_headroom', request: id, budget: wanted.budget, because: 'granted' };
  return { reason: 'cannot_be_granted', request: id };
}
