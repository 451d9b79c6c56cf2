// The audit trail, read: newest first for people, from the beginning for whoever checks it.

import { and, asc, desc, eq, gt, gte, lt, lte } from 'drizzle-orm';
import { audit, auditHead } from '../../schema/d1/audit.ts';
import type { TeamId } from '../../schema/ids.ts';
import type { AuditRow } from './audit-row.ts';
import type { Database } from './database.ts';

/** Null means any. Half-open times: from ≤ at < to. */
export interface AuditFilter {
  readonly team: TeamId | null;
  readonly actor: string | null;
  readonly action: string | null;
  readonly target: string | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Rows, newest first, before the row number `before`. */
export async function listAudit(
  db: Database,
  { team, actor, action, target, fromMs, toMs }: AuditFilter,
  limit: number,
  before: number | null,
): Promise<AuditRow[]> {
  return db
    .select()
    .from(audit)
    .where(
      and(
        team === null ? undefined : eq(audit.team, team),
        actor === null ? undefined : eq(audit.actor, actor),
        action === null ? undefined : eq(audit.action, action),
        target === null ? undefined : eq(audit.target, target),
        fromMs === null ? undefined : gte(audit.at, fromMs),
        toMs === null ? undefined : lt(audit.at, toMs),
        before === null ? undefined : lt(audit.seq, before),
      ),
    )
    .orderBy(desc(audit.seq))
    .limit(limit);
}

/** The place of a row in the trail, and its hash. */
export interface AuditMark {
  readonly seq: number;
  readonly hash: string;
}

/** The last row as the trail itself remembers it. */
export async function readAuditHead(db: Database): Promise<AuditMark> {
  const [head] = await db.select({ seq: auditHead.seq, hash: auditHead.hash }).from(auditHead);
  if (head === undefined) throw new TypeError('the audit trail has no head: migrations are missing');
  return head;
}

/** Rows in their order, after one row up to another; at most `limit`. */
export async function readAuditBetween(
  db: Database,
  { after, upTo, limit }: { readonly after: number; readonly upTo: number; readonly limit: number },
): Promise<AuditRow[]> {
  return db
    .select()
    .from(audit)
    .where(and(gt(audit.seq, after), lte(audit.seq, upTo)))
    .orderBy(asc(audit.seq))
    .limit(limit);
}
