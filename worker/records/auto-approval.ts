// Requests that the rules of a team approve by themselves. What the rules say of a request is decided elsewhere; how much of
// a budget they may give away in all is held by the very statement that makes the grant, however many ask at once.

import { and, eq, exists, type SQL, sql } from 'drizzle-orm';
import type { AutoDecision } from '../../schema/auto-decision.ts';
import { grants, members, requests } from '../../schema/d1/tables.ts';
import type { GrantId, TeamId, UserId } from '../../schema/ids.ts';
import { succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { canBeGranted, insertGrant, isWithinShare, selectGrantOf } from './granting.ts';
import { isLiveMember } from './members.ts';
import { bareRecord, type RequestRecord, requestRecord, selectBare, targetOf } from './request-row.ts';
import { ended, isPending } from './requests.ts';
import { type Change, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';

/** What counts together: the same budget and share of it, or the models of one member. */
export interface AutoScope {
  /** Whose share of the budget; null for a budget without shares, and for models. */
  readonly subject: UserId | null;
  /** Grants that have ended by then count no more: the start of the budget's window, or now. */
  readonly sinceMs: number;
}

export interface AutoHistory {
  readonly granted: number;
  readonly count: number;
  readonly memberSinceMs: number;
}

/** What was granted by rules before. `isTrial` counts as well what would have been. Null for nobody's request. */
export async function readAutoHistory(
  db: Database,
  request: RequestRecord,
  scope: AutoScope,
  isTrial: boolean,
): Promise<AutoHistory | null> {
  const [found] = await db
    .select({
      granted: sql<number>`${grantedByRules(request, scope)} + ${isTrial ? wouldBeGranted(request) : 0}`,
      count: sql<number>`${countByRules(request, scope)} + ${isTrial ? countWouldBe(request) : 0}`,
      memberSinceMs: members.createdAt,
    })
    .from(members)
    .where(isLiveMember(request.team, request.user));
  return found ?? null;
}

export interface AutoApproval extends AutoScope {
  readonly grant: GrantId;
  /** The version of the team's rules. */
  readonly version: number;
  /** The most that may be granted of the budget in all; null for models. */
  readonly cap: number | null;
  readonly maxCount: number;
}

/** As what the rules sign. No user's id has a colon. */
export function rulesName(team: TeamId, version: number): string {
  return `policy:${team}@${version}`;
}

/** Approves unless others have used up what the rules may give. The request as it is then is what comes of it. */
export async function approveByRules(
  act: Act,
  request: RequestRecord,
  approval: AutoApproval,
): Promise<Change<RequestRecord>> {
  const { db, atMs: nowMs } = act;
  const { id, team } = request;
  const { grant, version } = approval;
  const by = rulesName(team, version);
  const entry: AuditEntry = { action: 'request.approve', team, target: id, detail: { grant, rules: version } };
  const isGranted = exists(
    db
      .select({ one: sql`1` })
      .from(grants)
      .where(eq(grants.id, grant)),
  );
  const condition = and(
    isPending(nowMs),
    isWithinCaps(request, approval),
    canBeGranted(db, request, nowMs),
    isWithinShare(null, nowMs),
    teamIsLive(db, team),
  );
  const full: AutoDecision = { would: 'route', failed: ['headroom'], version };
  const [, , , , , [row], [made], ...rows] = await audited(act, entry, (log) => [
    insertGrant(db, request, { grant, by, source: 'auto', condition }, nowMs),
    log,
    db
      .update(requests)
      .set({
        ...ended(nowMs),
        state: 'approved',
        decidedBy: by,
        autoDecision: { would: 'approve', failed: [], version },
      })
      .where(and(eq(requests.id, id), eq(requests.state, 'pending'), isGranted)),
    db
      .update(requests)
      .set({ autoDecision: full })
      .where(and(eq(requests.id, id), eq(requests.state, 'pending'))),
    raiseVersion(db, team, nowMs, isGranted),
    selectBare(db, eq(requests.id, id)),
    selectGrantOf(db, id),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (row === undefined || snapshot === null || made === undefined) {
    return { snapshot: null, finding: succeed(row === undefined ? request : bareRecord(row, nowMs)) };
  }
  const now = requestRecord({ request: row, grant: made, appliedVersion: snapshot.team.version }, nowMs);
  return { snapshot, finding: succeed(now) };
}

/** Writes down what the rules would have done, or why they left it to somebody. */
export async function noteAutoDecision(
  act: Act,
  request: RequestRecord,
  decision: AutoDecision,
): Promise<RequestRecord> {
  const { db, atMs: nowMs } = act;
  const { id, team } = request;
  const entry: AuditEntry = { action: 'request.judge', team, target: id, detail: decision };
  const [, , [row]] = await audited(act, entry, (log) => [
    db.update(requests).set({ autoDecision: decision }).where(eq(requests.id, id)),
    log,
    selectBare(db, eq(requests.id, id)),
  ]);
  return row === undefined ? request : bareRecord(row, nowMs);
}

function isWithinCaps(request: RequestRecord, { cap, maxCount, ...scope }: AutoApproval): SQL | undefined {
  const fits = cap === null ? undefined : sql`${grantedByRules(request, scope)} + ${requests.amount} <= ${cap}`;
  return and(fits, sql`${countByRules(request, scope)} < ${maxCount}`);
}

/** The same budget's grants by rules that were in force at some time since. Revoked ones count: they may have been spent. */
function grantedByRules({ team, wanted }: RequestRecord, { subject, sinceMs }: AutoScope): SQL {
  return sql`(SELECT coalesce(sum(made.amount), 0) FROM grants AS made
    WHERE made.team = ${team} AND made.source = 'auto' AND made.kind = ${wanted.kind} AND made.budget = ${targetOf(wanted)}
      AND made.user IS ${subject} AND made.ends_at > ${sinceMs})`;
}

/** How many of them went to whoever asks: of the same budget, or of any models. */
function countByRules({ team, user, wanted }: RequestRecord, { sinceMs }: AutoScope): SQL {
  const isSame = wanted.kind === 'budget_increase' ? sql`AND made.budget = ${targetOf(wanted)}` : sql``;
  return sql`(SELECT count(*) FROM grants AS made INNER JOIN requests AS asked ON asked.id = made.request
    WHERE made.team = ${team} AND made.source = 'auto' AND made.kind = ${wanted.kind} ${isSame}
      AND made.ends_at > ${sinceMs} AND asked.user = ${user})`;
}

/** What the rules would have granted in the same window, had they been in force. */
function wouldBeGranted(request: RequestRecord): SQL {
  return sql`(SELECT coalesce(sum(asked.amount), 0) FROM requests AS asked WHERE ${isTrialOf(request)})`;
}

function countWouldBe(request: RequestRecord): SQL {
  return sql`(SELECT count(*) FROM requests AS asked WHERE ${isTrialOf(request)} AND asked.user = ${request.user})`;
}

function isTrialOf({ id, team, wanted }: RequestRecord): SQL {
  const windowStart = wanted.kind === 'budget_increase' ? wanted.windowStartMs : 0;
  return sql`asked.team = ${team} AND asked.kind = ${wanted.kind} AND asked.id <> ${id} AND asked.window_start = ${windowStart}
    AND (asked.kind <> 'budget_increase' OR asked.target = ${targetOf(wanted)})
    AND asked.auto_decision ->> 'would' = 'approve'`;
}
