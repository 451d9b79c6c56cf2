// What holds until a request is decided: a small grant, once for each person, budget and window. It ends with the request:
// by the clock if nobody decides, else right after the decision; what was cut off in between, the sweep ends.

import { and, eq, gt, isNull, ne, type SQL, sql } from 'drizzle-orm';
import { actorName } from '../../schema/actor.ts';
import { grants, requests } from '../../schema/d1/tables.ts';
import type { GrantId } from '../../schema/ids.ts';
import { succeed } from '../../schema/result.ts';
import { type Act, ownAct } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { canBeGranted, insertGrant } from './granting.ts';
import { isMade } from './making-grants.ts';
import { type RequestRecord, targetOf, windowStartOf } from './request-row.ts';
import { isPending } from './requests.ts';
import { type Change, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';

const MAX_ENDED_PER_SWEEP = 100;

type EndedRequest = Pick<RequestRecord, 'id' | 'team'>;

/** Grants `amount` of what was asked for, for as long as the request waits; nothing where that was done before. */
export async function makeBridge(
  act: Act,
  request: RequestRecord,
  { grant, amount, by }: { readonly grant: GrantId; readonly amount: number; readonly by: string },
): Promise<Change<void>> {
  const { db, atMs: nowMs } = act;
  const { id, team } = request;
  const entry: AuditEntry = { action: 'grant.bridge', team, target: grant, detail: { request: id, amount } };
  const condition = and(isPending(nowMs), canBeGranted(db, request, nowMs), isFirst(request), teamIsLive(db, team));
  const span = { amount: sql`${amount}`, endsAt: sql`min(${requests.until}, ${requests.expiresAt})` };
  const [, , , made, ...rows] = await audited(act, entry, (log) => [
    insertGrant(db, request, { grant, by, source: 'bridge', condition, ...span }, nowMs).onConflictDoNothing(),
    log,
    raiseVersion(db, team, nowMs, isMade(db, grant)),
    db.select({ id: grants.id }).from(grants).where(eq(grants.id, grant)),
    ...snapshotQueries(db, team, nowMs),
  ]);
  return { snapshot: made.length > 0 ? liveSnapshotOf(rows) : null, finding: succeed(undefined) };
}

/** Ends the bridge of a request that is decided, if there is one. */
export async function endBridge(act: Act, { id, team }: EndedRequest): Promise<Change<void>> {
  const { db, atMs: nowMs } = act;
  const [bridge] = await db
    .select({ id: grants.id })
    .from(grants)
    .where(and(eq(grants.request, id), isLiveBridge(nowMs)));
  if (bridge === undefined) return { snapshot: null, finding: succeed(undefined) };
  const entry: AuditEntry = { action: 'grant.end-bridge', team, target: bridge.id, detail: { request: id } };
  const [, , , ...rows] = await audited(act, entry, (log) => [
    db
      .update(grants)
      .set({ revokedAt: nowMs, revokedBy: actorName(act.by) })
      .where(and(eq(grants.id, bridge.id), isLiveBridge(nowMs))),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  return { snapshot: liveSnapshotOf(rows), finding: succeed(undefined) };
}

/** Ends bridges whose requests were decided without it, at most 100 a time. The teams' objects are still to be told. */
export async function endBridges(db: Database, nowMs: number): Promise<void> {
  const left = await db
    .select({ id: requests.id, team: requests.team })
    .from(grants)
    .innerJoin(requests, eq(requests.id, grants.request))
    .where(and(isLiveBridge(nowMs), ne(requests.state, 'pending')))
    .limit(MAX_ENDED_PER_SWEEP);
  for (const request of left) await endBridge(ownAct(db, 'sweep', nowMs), request);
}

function isLiveBridge(nowMs: number): SQL | undefined {
  return and(eq(grants.source, 'bridge'), isNull(grants.revokedAt), gt(grants.endsAt, nowMs));
}

/** Once for each person, budget and window. */
function isFirst({ team, user, wanted }: RequestRecord): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM grants AS made INNER JOIN requests AS asked ON asked.id = made.request
    WHERE made.team = ${team} AND made.source = 'bridge' AND made.kind = ${wanted.kind} AND made.budget = ${targetOf(wanted)}
      AND asked.user = ${user} AND asked.window_start = ${windowStartOf(wanted)})`;
}
