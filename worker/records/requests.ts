// What employees ask for. Each request is decided once: a decision is a compare-and-set on its state and version.

import { and, asc, desc, eq, exists, gt, lt, lte, ne, notExists, type SQL, sql } from 'drizzle-orm';
import { members, requests, teams } from '../../schema/d1/tables.ts';
import type { RequestId, TeamId, UserId } from '../../schema/ids.ts';
import type { RequestState } from '../../schema/request.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import { type Act, ownAct } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { isLiveMember } from './members.ts';
import type { RecordRefusal } from './refusal.ts';
import {
  bareRecord,
  type RequestRecord,
  requestRecord,
  selectBare,
  selectRequests,
  targetOf,
  windowStartOf,
} from './request-row.ts';
import { type MemberDecider, mayVote } from './rights.ts';
import { isLiveTeam } from './team-snapshot.ts';

/** One person's open requests. */
export const MAX_OPEN_REQUESTS_PER_MEMBER = 20;
const MAX_EXPIRED_PER_ACT = 100;

export type RequestInput = Pick<
  RequestRecord,
  'id' | 'team' | 'user' | 'wanted' | 'untilMs' | 'reason' | 'expiresAtMs' | 'policyVersion' | 'needed' | 'replaces'
> & { readonly escalatesAtMs: number | null };

export interface CreatedRequest {
  readonly request: RequestRecord;
  /** Whether it is new; else it is the one that was open already. */
  readonly created: boolean;
  /** What ended for it. */
  readonly replaced: RequestRecord | null;
}

/**
 * Opens a request; whoever asks again for the same in the same window is given the one that is open. One that it replaces
 * ends in the same batch, or neither does anything.
 */
export async function createRequest(act: Act, input: RequestInput): Promise<Result<CreatedRequest, RecordRefusal>> {
  const { db, atMs: nowMs } = act;
  const { id, team, user, wanted, untilMs, reason, replaces } = input;
  await expireAmong(db, nowMs, and(eq(requests.team, team), eq(requests.user, user)));
  const detail = { user, wanted, untilMs, reason, replaces };
  const entry: AuditEntry = { action: 'request.open', team, target: id, detail };
  const [, inserted, , [open], [replaced]] = await audited(act, entry, (log) => [
    supersede(db, input, nowMs),
    insertRequest(db, input, nowMs).onConflictDoNothing().returning({ id: requests.id }),
    log,
    selectBare(db, isSame(input)),
    selectBare(db, isReplaced(input)),
  ]);
  if (open !== undefined) {
    const created = inserted.length > 0;
    const over = created && replaced !== undefined ? bareRecord(replaced, nowMs) : null;
    return succeed({ request: bareRecord(open, nowMs), created, replaced: over });
  }
  if (replaces !== null && replaced === undefined) return fail(notFound(replaces));
  if (replaced !== undefined && replaced.state !== 'pending') return fail(alreadyDecided(bareRecord(replaced, nowMs)));
  return fail({ reason: 'too_many', resource: 'open request', limit: MAX_OPEN_REQUESTS_PER_MEMBER });
}

/** Null means any. */
export interface RequestFilter {
  readonly team: TeamId | null;
  readonly user: UserId | null;
  readonly state: RequestState | null;
}

/** Requests in order of their ids, which is that of time, after `after`; newest first if `newestFirst`. */
export async function listRequests(
  db: Database,
  { team, user, state }: RequestFilter,
  page: { readonly limit: number; readonly after: string | null; readonly newestFirst: boolean },
  nowMs: number,
): Promise<RequestRecord[]> {
  const { limit, after, newestFirst } = page;
  const id = sql`${requests.id}`;
  const beyond = after === null ? undefined : newestFirst ? lt(id, after) : gt(id, after);
  const rows = await selectRequests(
    db,
    and(
      team === null ? undefined : eq(requests.team, team),
      user === null ? undefined : eq(requests.user, user),
      state === null ? undefined : isIn(state, nowMs),
      beyond,
    ),
  )
    .orderBy(newestFirst ? desc(requests.id) : asc(requests.id))
    .limit(limit);
  return rows.map((row) => requestRecord(row, nowMs));
}

/** What a member may still vote on now, oldest first; nothing for most people. */
export async function listDecidable(
  db: Database,
  member: MemberDecider,
  { limit, after }: { readonly limit: number; readonly after: string | null },
  nowMs: number,
): Promise<RequestRecord[]> {
  const beyond = after === null ? undefined : gt(sql`${requests.id}`, after);
  const rows = await selectRequests(db, and(isPending(nowMs), mayVote(member, nowMs), beyond))
    .orderBy(asc(requests.id))
    .limit(limit);
  return rows.map((row) => requestRecord(row, nowMs));
}

export async function findRequest(
  db: Database,
  id: RequestId,
  nowMs: number,
): Promise<Result<RequestRecord, RecordRefusal>> {
  const [row] = await selectRequests(db, eq(requests.id, id));
  return row === undefined ? fail(notFound(id)) : succeed(requestRecord(row, nowMs));
}

/** Takes a request back; only whoever made it can. */
export async function withdrawRequest(
  act: Act,
  { id, team, user }: { readonly id: RequestId; readonly team: TeamId; readonly user: UserId },
): Promise<Result<RequestRecord, RecordRefusal>> {
  const { db, atMs: nowMs } = act;
  const own = and(eq(requests.id, id), eq(requests.team, team), eq(requests.user, user));
  const entry: AuditEntry = { action: 'request.withdraw', team, target: id, detail: {} };
  const [withdrawn, , [row]] = await audited(act, entry, (log) => [
    db
      .update(requests)
      .set({ ...ended(nowMs), state: 'withdrawn', decidedBy: user })
      .where(and(own, isPending(nowMs)))
      .returning({ id: requests.id }),
    log,
    selectBare(db, own),
  ]);
  if (row === undefined) return fail(notFound(id));
  const request = bareRecord(row, nowMs);
  return withdrawn.length > 0 ? succeed(request) : fail(alreadyDecided(request));
}

/** Writes down which requests nobody has decided in time: at most 100 a time; returns how many. */
export async function expireRequests(db: Database, nowMs: number): Promise<number> {
  return expireAmong(db, nowMs, undefined);
}

async function expireAmong(db: Database, nowMs: number, among: SQL | undefined): Promise<number> {
  const overdue = await db
    .select({ id: requests.id, team: requests.team })
    .from(requests)
    .where(and(among, isOverdue(nowMs)))
    .limit(MAX_EXPIRED_PER_ACT);
  for (const { id, team } of overdue) {
    const entry: AuditEntry = { action: 'request.expire', team, target: id, detail: {} };
    await audited(ownAct(db, 'clock', nowMs), entry, (log) => [
      db
        .update(requests)
        .set({ ...ended(nowMs), state: 'expired' })
        .where(and(eq(requests.id, id), isOverdue(nowMs))),
      log,
    ]);
  }
  return overdue.length;
}

/** Undecided, and still in time. */
export function isPending(nowMs: number): SQL | undefined {
  return and(eq(requests.state, 'pending'), gt(requests.expiresAt, nowMs));
}

/** What any end of a request sets besides its state. */
export function ended(nowMs: number) {
  return { decidedAt: nowMs, version: sql`${requests.version} + 1` };
}

export function notFound(id: RequestId): RecordRefusal {
  return { reason: 'not_found', resource: 'request', id };
}

export function alreadyDecided({ id, state, decision }: RequestRecord): RecordRefusal {
  return { reason: 'already_decided', request: id, state, by: decision?.by ?? null };
}

function isOverdue(nowMs: number): SQL | undefined {
  return and(eq(requests.state, 'pending'), lte(requests.expiresAt, nowMs));
}

function isIn(state: RequestState, nowMs: number): SQL | undefined {
  if (state === 'pending') return isPending(nowMs);
  return state === 'expired'
    ? sql`(${requests.state} = 'expired' OR (${isOverdue(nowMs)}))`
    : eq(requests.state, state);
}

/** The open request for the same, if there is one. */
function isSame({ team, user, wanted }: RequestInput): SQL | undefined {
  return and(
    eq(requests.team, team),
    eq(requests.user, user),
    eq(requests.kind, wanted.kind),
    eq(requests.target, targetOf(wanted)),
    eq(requests.windowStart, windowStartOf(wanted)),
    eq(requests.state, 'pending'),
  );
}

function isReplaced({ team, user, replaces }: RequestInput): SQL | undefined {
  return replaces === null
    ? sql`false`
    : and(eq(requests.id, replaces), eq(requests.team, team), eq(requests.user, user));
}

/** Ends what is replaced, unless another request for the same is open, which would keep the new one from being opened. */
function supersede(db: Database, input: RequestInput, nowMs: number) {
  const others = db
    .select({ id: requests.id })
    .from(requests)
    .where(and(isSame(input), ne(sql`${requests.id}`, input.replaces)));
  return db
    .update(requests)
    .set({ ...ended(nowMs), state: 'superseded' })
    .where(and(isReplaced(input), isPending(nowMs), notExists(others), exists(selectAsker(db, input))));
}

/** Whoever asks must be a member, of a team that is there. */
function selectAsker(db: Database, { team, user }: RequestInput) {
  return db
    .select({ one: sql`1` })
    .from(teams)
    .innerJoin(members, isLiveMember(team, user))
    .where(isLiveTeam(team));
}

function insertRequest(db: Database, input: RequestInput, nowMs: number) {
  const { id, team, user, wanted, untilMs, reason, expiresAtMs, policyVersion, needed, escalatesAtMs, replaces } =
    input;
  const unit = wanted.kind === 'budget_increase' ? wanted.unit : null;
  const amount = wanted.kind === 'model_access' ? null : wanted.amount;
  const open = sql`(SELECT count(*) FROM ${requests}
    WHERE ${requests.team} = ${team} AND ${requests.user} = ${user} AND ${requests.state} = 'pending')`;
  return db.insert(requests).select(
    db
      .select({
        id: sql`${id}`.as('id'),
        team: sql`${team}`.as('team'),
        user: sql`${user}`.as('user'),
        kind: sql`${wanted.kind}`.as('kind'),
        target: sql`${targetOf(wanted)}`.as('target'),
        windowStart: sql`${windowStartOf(wanted)}`.as('window_start'),
        amount: sql`${amount}`.as('amount'),
        unit: sql`${unit}`.as('unit'),
        until: sql`${untilMs}`.as('until'),
        reason: sql`${reason}`.as('reason'),
        state: sql`'pending'`.as('state'),
        version: sql`1`.as('version'),
        createdAt: sql`${nowMs}`.as('created_at'),
        expiresAt: sql`${expiresAtMs}`.as('expires_at'),
        decidedAt: sql`NULL`.as('decided_at'),
        decidedBy: sql`NULL`.as('decided_by'),
        decisionReason: sql`NULL`.as('decision_reason'),
        policyVersion: sql`${policyVersion}`.as('policy_version'),
        requiredApprovals: sql`${needed.count}`.as('required_approvals'),
        differentRoles: sql`${needed.differentRoles ? 1 : 0}`.as('different_roles'),
        escalatesAt: sql`${escalatesAtMs}`.as('escalates_at'),
        stage: sql`1`.as('stage'),
        escalatedAt: sql`NULL`.as('escalated_at'),
        replaces: sql`${replaces}`.as('replaces'),
        autoDecision: sql`NULL`.as('auto_decision'),
      })
      .from(teams)
      .innerJoin(members, isLiveMember(team, user))
      .where(
        and(
          isLiveTeam(team),
          sql`${open} < ${MAX_OPEN_REQUESTS_PER_MEMBER}`,
          // What was to be replaced is, by the statement right before.
          replaces === null ? undefined : sql`changes() > 0`,
        ),
      ),
  );
}
