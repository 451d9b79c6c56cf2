// Notices of what the rows say by themselves, such as that a time is over; all others are written by triggers, with the change
// that they tell of.

import { and, eq, gt, inArray, isNotNull, isNull, lt, lte, notExists, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { notices } from '../../schema/d1/notice-tables.ts';
import { grants, requests } from '../../schema/d1/tables.ts';
import type { Database } from './database.ts';

type Topic = typeof notices.$inferInsert.topic;
export type NoticeRow = typeof notices.$inferSelect;

const EXPIRING_BEFORE_MS = 12 * 3_600_000;
/** Of a grant that began or ended longer ago nobody is told any more: a notice of it may be forgotten already. */
const GRANTS_TOLD_MS = 3 * 24 * 3_600_000;
const KEPT_MS = 30 * 24 * 3_600_000;
const MAX_TOLD_PER_SWEEP = 500;
const MAX_FORGOTTEN_PER_SWEEP = 1_000;

/** Tells, once each, what the rows say that no trigger has told. */
export async function noticeUntold(db: Database, nowMs: number): Promise<void> {
  for (const untold of [expiring(db, nowMs), escalated(db), unasked(db, nowMs), ended(db, nowMs)]) {
    const some = untold.limit(MAX_TOLD_PER_SWEEP).getSQL();
    await db.run(sql`INSERT INTO ${notices} (topic, team, subject, at) ${some}`);
  }
}

function expiring(db: Database, nowMs: number) {
  return db
    .select(noticeOf('request.expiring', requests, nowMs))
    .from(requests)
    .where(
      and(
        eq(requests.state, 'pending'),
        gt(requests.expiresAt, nowMs),
        lte(requests.expiresAt, nowMs + EXPIRING_BEFORE_MS),
        // Of one that was short from the start, opening it has told.
        lt(requests.createdAt, sql`${requests.expiresAt} - ${EXPIRING_BEFORE_MS}`),
        isUntold(db, 'request.expiring', requests.id),
      ),
    );
}

function escalated(db: Database) {
  return db
    .select(noticeOf('request.escalated', requests, sql`${requests.escalatedAt}`))
    .from(requests)
    .where(
      and(
        eq(requests.state, 'pending'),
        isNotNull(requests.escalatedAt),
        isUntold(db, 'request.escalated', requests.id),
      ),
    );
}

/** Grants that came without a request, of which its decision would have told. */
function unasked(db: Database, nowMs: number) {
  return db
    .select(noticeOf('grant.created', grants, sql`${grants.createdAt}`))
    .from(grants)
    .where(
      and(
        isNull(grants.request),
        isNull(grants.revokedAt),
        gt(grants.endsAt, nowMs),
        gt(grants.createdAt, nowMs - GRANTS_TOLD_MS),
        isUntold(db, 'grant.created', grants.id),
      ),
    );
}

function ended(db: Database, nowMs: number) {
  return db
    .select(noticeOf('grant.ended', grants, sql`${grants.endsAt}`))
    .from(grants)
    .where(
      and(
        isNull(grants.revokedAt),
        lte(grants.endsAt, nowMs),
        gt(grants.endsAt, nowMs - GRANTS_TOLD_MS),
        isUntold(db, 'grant.ended', grants.id),
      ),
    );
}

/** What was sent of them, and what never could be, is forgotten with them. */
export async function forgetNotices(db: Database, nowMs: number): Promise<void> {
  const old = db
    .select({ id: notices.id })
    .from(notices)
    .where(lt(notices.at, nowMs - KEPT_MS))
    .limit(MAX_FORGOTTEN_PER_SWEEP);
  await db.delete(notices).where(inArray(notices.id, old));
}

function noticeOf(
  topic: Topic,
  { team, id }: { readonly team: SQLiteColumn; readonly id: SQLiteColumn },
  at: SQL | number,
) {
  return { topic: sql`${topic}`.as('topic'), team, subject: id, at: sql`${at}`.as('at') };
}

function isUntold(db: Database, topic: Topic, id: SQLiteColumn): SQL {
  return notExists(
    db
      .select({ one: sql`1` })
      .from(notices)
      .where(and(eq(notices.topic, topic), eq(sql`${notices.subject}`, id))),
  );
}
