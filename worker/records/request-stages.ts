// A request that waits too long comes before more people: from its first stage to the second, and no further.

import { and, eq, lte } from 'drizzle-orm';
import { requests } from '../../schema/d1/tables.ts';
import { ownAct } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { isPending } from './requests.ts';

const MAX_ESCALATED_PER_SWEEP = 100;

/** Moves on what has waited as long as its rules say; returns how many. Versions stay: what was asked for is the same. */
export async function escalateRequests(db: Database, nowMs: number): Promise<number> {
  const isDue = and(isPending(nowMs), eq(requests.stage, 1), lte(requests.escalatesAt, nowMs));
  const due = await db
    .select({ id: requests.id, team: requests.team })
    .from(requests)
    .where(isDue)
    .limit(MAX_ESCALATED_PER_SWEEP);
  for (const { id, team } of due) {
    const entry: AuditEntry = { action: 'request.escalate', team, target: id, detail: { stage: 2 } };
    await audited(ownAct(db, 'clock', nowMs), entry, (log) => [
      db
        .update(requests)
        .set({ stage: 2, escalatedAt: nowMs })
        .where(and(eq(requests.id, id), isDue)),
      log,
    ]);
  }
  return due.length;
}
