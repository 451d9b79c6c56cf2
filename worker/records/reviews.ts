// Reviews of what was done in an emergency: each is closed once, by somebody else.

import { and, asc, eq, gt, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import { type Actor, actorName } from '../../schema/actor.ts';
import { reviews } from '../../schema/d1/reviews.ts';
import type { ReviewId, TeamId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import type { RecordRefusal } from './refusal.ts';

export type ReviewRow = typeof reviews.$inferSelect;

/** Null means any. */
export interface ReviewFilter {
  readonly team: TeamId | null;
  readonly state: 'open' | 'closed' | null;
}

/** Oldest first, after the id `after`. */
export async function listReviews(
  db: Database,
  { team, state }: ReviewFilter,
  { limit, after }: { readonly limit: number; readonly after: string | null },
): Promise<ReviewRow[]> {
  const { id, team: ofTeam, closedAt } = reviews;
  return db
    .select()
    .from(reviews)
    .where(
      and(
        team === null ? undefined : eq(ofTeam, team),
        state === null ? undefined : state === 'open' ? isNull(closedAt) : isNotNull(closedAt),
        after === null ? undefined : gt(sql`${id}`, after),
      ),
    )
    .orderBy(asc(id))
    .limit(limit);
}

/** Closes it with what was found. */
export async function closeReview(act: Act, id: ReviewId, note: string): Promise<Result<ReviewRow, RecordRefusal>> {
  const { db, by, atMs } = act;
  const isIt = eq(reviews.id, id);
  const [known] = await db.select().from(reviews).where(isIt);
  if (known === undefined) return fail({ reason: 'not_found', resource: 'review', id });
  const entry: AuditEntry = { action: 'review.close', team: known.team, target: id, detail: { note } };
  const [[closed], , [now]] = await audited(act, entry, (log) => [
    db
      .update(reviews)
      .set({ closedAt: atMs, closedBy: actorName(by), note })
      .where(and(isIt, isNull(reviews.closedAt), isOthers(by)))
      .returning(),
    log,
    db.select().from(reviews).where(isIt),
  ]);
  if (closed !== undefined) return succeed(closed);
  const first = now?.closedBy ?? null;
  return fail(
    first === null ? { reason: 'own_review', review: id } : { reason: 'review_closed', review: id, by: first },
  );
}

/** Whoever broke the glass is "team/user"; signed on they are the same user. */
function isOthers(by: Actor): SQL | undefined {
  if (by.kind === 'admin' || by.kind === 'finance' || by.kind === 'system') return undefined;
  return sql`substr(${reviews.openedBy}, instr(${reviews.openedBy}, '/') + 1) <> ${by.user}`;
}
