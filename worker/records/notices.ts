// Notices of what the clock alone has done; all others are written by triggers, with the change that they tell of.

import { and, eq, gt, inArray, isNull, lt, lte, notExists, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { notices } from '../../schema/d1/notice-tables.ts';
import { grants, requests } from '../../schema/d1/tables.ts';
import type { Database } from './database.ts';

type Topic = typeof notices.$inferInsert.topic;
export type NoticeRow = typeof notices.$inferSelect;

const EXPIRING_BEFORE_MS = 12 * 3_600_000;
/** A grant that ended longer ago is not told of any more: whoever waited so long for a sweep has other worries. */
const ENDED_TOLD_MS = 3 * 24 * 3_600_000;
const KEPT_MS = 30 * 24 * 3_600_000;
const MAX_TOLD_PER_SWEEP = 500;
const MAX_FORGOTTEN_PER_SWEEP = 1_000;

/** Tells, once each, which requests will soon expire and which grants are over by now. */
export async function noticeTime(db: Database, nowMs: number): Promise<void> {
  const expiring = db
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
    )
    .limit(MAX_TOLD_PER_SWEEP);
  const ended = db
    .select(noticeOf('grant.ended', grants, sql`${grants.endsAt}`))
    .from(grants)
    .where(
      and(
        isNull(grants.revokedAt),
        lte(grants.endsAt, nowMs),
        gt(grants.endsAt, nowMs - ENDED_TOLD_MS),
        isUntold(db, 'grant.ended', grants.id),
      ),
    )
    .limit(MAX_TOLD_PER_SWEEP);
  for (const told of [expiring, ended]) {
    await db.run(sql`INSERT INTO ${notices} (topic, team, subject, at) ${told.getSQL()}`);
  }
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
