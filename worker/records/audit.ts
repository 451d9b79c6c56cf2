// The audit trail, read: newest first for people, from the beginning for whoever checks it.

import { and, asc, desc, eq, gt, gte, inArray, lt, lte } from 'drizzle-orm';
import { audit, auditHead } from '../../schema/d1/audit.ts';
import type { TeamId } from '../../schema/ids.ts';
import { namesFor, tokensFor } from './audit-names.ts';
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

/** Rows, newest first, before the row number `before`, with people named as they are now. */
export async function listAudit(
  db: Database,
  { team, actor, action, target, fromMs, toMs }: AuditFilter,
  limit: number,
  before: number | null,
): Promise<AuditRow[]> {
  const told = [actor, target].filter((each) => each !== null);
  const named = told.length === 0 ? null : await tokensFor(db, told);
  const rows = await db
    .select()
    .from(audit)
    .where(
      and(
        team === null ? undefined : eq(audit.team, team),
        actor === null ? undefined : inArray(audit.actor, bothOf(actor, named)),
        action === null ? undefined : eq(audit.action, action),
        target === null ? undefined : inArray(audit.target, bothOf(target, named)),
        fromMs === null ? undefined : gte(audit.at, fromMs),
        toMs === null ? undefined : lt(audit.at, toMs),
        before === null ? undefined : lt(audit.seq, before),
      ),
    )
    .orderBy(desc(audit.seq))
    .limit(limit);
  return withNames(db, rows);
}

async function withNames(db: Database, rows: readonly AuditRow[]): Promise<AuditRow[]> {
  const named = await namesFor(
    db,
    rows.flatMap(({ actor, target, detail }) => [actor, target, detail]),
  );
  return rows.map((row) => ({
    ...row,
    actor: named(row.actor),
    target: named(row.target),
    detail: named(row.detail),
  }));
}

/** Rows from before there were tokens have people's ids. */
function bothOf(text: string, named: ((text: string) => string) | null): string[] {
  return named === null ? [text] : [text, named(text)];
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

/** Rows as they are written, in their order, after one row up to another; at most `limit`. */
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
