// Which member somebody in Slack is. It says who they are and nothing of what they may do.

import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { slackUsers } from '../../schema/d1/notice-tables.ts';
import { members } from '../../schema/d1/tables.ts';
import type { SlackUserId, TeamId, UserId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { isLiveMember } from './members.ts';
import type { RecordRefusal } from './refusal.ts';
import { teamIsLive } from './team-snapshot.ts';

const MAX_SLACK_USERS = 10_000;

export interface SlackUserInput {
  readonly slackUser: SlackUserId;
  readonly team: TeamId;
  readonly user: UserId;
}

export type SlackUserRow = typeof slackUsers.$inferSelect;

/** Says who somebody in Slack is, or that they are somebody else now. */
export async function putSlackUser(
  act: Act,
  input: SlackUserInput,
): Promise<Result<{ readonly slackUser: SlackUserRow; readonly created: boolean }, RecordRefusal>> {
  const { db, atMs: nowMs } = act;
  const { slackUser, team, user } = input;
  const current = selectSlackUser(db, slackUser);
  const detail = { team, user };
  const names = { target: slackUser, person: slackUser } as const;
  const entry: AuditEntry = { action: 'slack-user.put', team, ...names, detail, before: current };
  const [before, member, [written]] = await audited(act, entry, (log) => [
    current,
    db
      .select({ user: members.user })
      .from(members)
      .where(and(isLiveMember(team, user), teamIsLive(db, team))),
    insertSlackUser(db, input, nowMs)
      .onConflictDoUpdate({ target: slackUsers.slackUser, set: { team, user, updatedAt: nowMs } })
      .returning(),
    log,
  ]);
  if (written !== undefined) return succeed({ slackUser: written, created: before.length === 0 });
  if (member.length === 0) return fail({ reason: 'not_found', resource: 'member', id: user });
  return fail({ reason: 'too_many', resource: 'slack user', limit: MAX_SLACK_USERS });
}

export async function listSlackUsers(db: Database, limit: number, after: string | null): Promise<SlackUserRow[]> {
  return db
    .select()
    .from(slackUsers)
    .where(after === null ? undefined : gt(sql`${slackUsers.slackUser}`, after))
    .orderBy(asc(slackUsers.slackUser))
    .limit(limit);
}

export async function findSlackUser(db: Database, id: SlackUserId): Promise<Result<SlackUserRow, RecordRefusal>> {
  const [row] = await selectSlackUser(db, id);
  return row === undefined ? fail(notFound(id)) : succeed(row);
}

export async function deleteSlackUser(act: Act, id: SlackUserId): Promise<Result<void, RecordRefusal>> {
  const { db } = act;
  const before = selectSlackUser(db, id);
  const entry: AuditEntry = { action: 'slack-user.delete', team: null, target: id, person: id, detail: {}, before };
  const [deleted] = await audited(act, entry, (log) => [
    db.delete(slackUsers).where(eq(slackUsers.slackUser, id)).returning({ id: slackUsers.slackUser }),
    log,
  ]);
  return deleted.length === 0 ? fail(notFound(id)) : succeed(undefined);
}

function insertSlackUser(db: Database, { slackUser, team, user }: SlackUserInput, nowMs: number) {
  const others = sql`(SELECT count(*) FROM ${slackUsers} WHERE ${slackUsers.slackUser} <> ${slackUser})`;
  return db.insert(slackUsers).select(
    db
      .select({
        slackUser: sql`${slackUser}`.as('slack_user'),
        team: sql`${team}`.as('team'),
        user: sql`${user}`.as('user'),
        createdAt: sql`${nowMs}`.as('created_at'),
        updatedAt: sql`${nowMs}`.as('updated_at'),
      })
      .from(members)
      .where(and(isLiveMember(team, user), teamIsLive(db, team), sql`${others} < ${MAX_SLACK_USERS}`)),
  );
}

function selectSlackUser(db: Database, id: SlackUserId) {
  return db.select().from(slackUsers).where(eq(slackUsers.slackUser, id));
}

function notFound(id: SlackUserId): RecordRefusal {
  return { reason: 'not_found', resource: 'slack user', id };
}
