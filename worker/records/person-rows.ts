// Every row of the record that names a person, and how each of them gives way to a pseudonym. What they wrote, and what was
// written about them, is deleted; what counts stays. Usage is not here: there may be too much of it for one write.

import { eq, type SQL, sql } from 'drizzle-orm';
import { members } from '../../schema/d1/tables.ts';
import type { TeamId, UserId } from '../../schema/ids.ts';
import type { Database } from './database.ts';

export interface Person {
  readonly user: UserId;
  readonly pseudonym: UserId;
}

/** Instead of what was written. */
const GONE = 'erased';

/** Columns that say who did something, in any of the forms in which that is said. */
const ACTORS = [
  ['requests', 'decided_by'],
  ['grants', 'created_by'],
  ['grants', 'revoked_by'],
  ['votes', 'approver'],
  ['votes', 'on_behalf_of'],
  ['delegations', 'from_user'],
  ['delegations', 'to_user'],
  ['delegations', 'created_by'],
  ['reviews', 'opened_by'],
  ['reviews', 'closed_by'],
  ['approval_policies', 'created_by'],
  ['erasures', 'requested_by'],
] as const;

/** In an order that keeps the database's own rules. All of them may be run again. */
export function renamePerson(person: Person, nowMs: number): readonly SQL[] {
  return [
    raiseVersions(person, nowMs),
    ...memberships(person, nowMs),
    ...settings(person),
    ...asked(person, nowMs),
    ...ACTORS.map(([table, column]) => renameActor(person, table, column)),
    ...renameTold(person),
  ];
}

/** The teams whose object is to know it: those whose configuration names the person. */
function raiseVersions({ user }: Person, nowMs: number): SQL {
  return sql`UPDATE teams SET version = version + 1, updated_at = ${nowMs} WHERE
    id IN (SELECT team FROM members WHERE user = ${user})
    OR id IN (SELECT team FROM member_policies WHERE user = ${user})
    OR id IN (SELECT team FROM budgets WHERE scope_kind = 'member' AND scope_id = ${user})
    OR id IN (SELECT team FROM rate_limits WHERE party_kind = 'member' AND party_id = ${user})
    OR id IN (SELECT team FROM suspensions WHERE party_kind = 'member' AND party_id = ${user})
    OR id IN (SELECT team FROM grants WHERE user = ${user} OR (party_kind = 'member' AND party_id = ${user}))
    OR id IN (SELECT team FROM team_steering WHERE instr(pin, json_quote(${user})) > 0)`;
}

function memberships({ user, pseudonym }: Person, nowMs: number): SQL[] {
  return [
    sql`INSERT INTO members (team, user, email, role, created_at, removed_at)
      SELECT team, ${pseudonym}, NULL, role, created_at, coalesce(removed_at, ${nowMs}) FROM members WHERE user = ${user}
      ON CONFLICT DO NOTHING`,
    sql`UPDATE keys SET user = ${pseudonym}, name = ${GONE}, last4 = '----', sources = NULL, previous_digest = NULL,
      previous_until = NULL, revoked_at = coalesce(revoked_at, ${nowMs}) WHERE user = ${user}`,
    sql`DELETE FROM slack_users WHERE user = ${user}`,
    sql`DELETE FROM directory_users WHERE user = ${user}`,
    sql`DELETE FROM members WHERE user = ${user}`,
  ];
}

/** A budget of theirs stays, with what is counted in it. */
function settings({ user, pseudonym }: Person): SQL[] {
  const isTheirs = sql`(party_kind = 'member' AND party_id = ${user})`;
  return [
    sql`UPDATE budgets SET scope_id = ${pseudonym} WHERE scope_kind = 'member' AND scope_id = ${user}`,
    sql`DELETE FROM rate_limits WHERE ${isTheirs}`,
    sql`DELETE FROM suspensions WHERE ${isTheirs}
      OR (party_kind = 'key' AND party_id IN (SELECT id FROM keys WHERE user = ${pseudonym}))`,
    sql`DELETE FROM member_policies WHERE user = ${user}`,
    // What the next look at the team works out anew.
    sql`UPDATE spend_looks SET baseline = NULL WHERE instr(baseline, ${` member ${user}"`}) > 0`,
    sql`UPDATE team_steering SET pin = replace(pin, json_quote(${user}), json_quote(${pseudonym}))
      WHERE instr(pin, json_quote(${user})) > 0`,
    sql`UPDATE approval_policies SET rules = replace(rules, ${userIn(user)}, ${userIn(pseudonym)})
      WHERE instr(rules, ${userIn(user)}) > 0`,
  ];
}

/** What nobody has decided on yet is withdrawn. */
function asked({ user, pseudonym }: Person, nowMs: number): SQL[] {
  const suffix = `:member:${user}`;
  const isOfTheirs = sql`request IN (SELECT id FROM requests WHERE user = ${pseudonym})`;
  return [
    sql`UPDATE requests SET state = 'withdrawn', decided_at = ${nowMs}, decided_by = team || '/' || user,
      version = version + 1 WHERE user = ${user} AND state = 'pending'`,
    sql`UPDATE requests SET target = substr(target, 1, length(target) - ${user.length}) || ${pseudonym}
      WHERE kind = 'rate_increase' AND substr(target, ${-suffix.length}) = ${suffix}`,
    sql`UPDATE requests SET user = ${pseudonym}, reason = ${GONE},
      decision_reason = CASE WHEN decision_reason IS NOT NULL THEN ${GONE} END WHERE user = ${user}`,
    sql`UPDATE grants SET user = ${pseudonym}, reason = ${GONE} WHERE user = ${user}`,
    sql`UPDATE grants SET party_id = ${pseudonym}, reason = ${GONE} WHERE party_kind = 'member' AND party_id = ${user}`,
    sql`UPDATE grants SET reason = ${GONE}
      WHERE ${isOfTheirs} OR (source = 'break_glass' AND ${isDoneBy(user, 'created_by')})`,
    sql`UPDATE votes SET reason = ${GONE} WHERE reason IS NOT NULL AND (approver = ${user} OR ${isOfTheirs})`,
    sql`UPDATE reviews SET note = ${GONE} WHERE note IS NOT NULL
      AND "grant" IN (SELECT id FROM grants WHERE user = ${pseudonym} OR ${isDoneBy(user, 'created_by')})`,
  ];
}

/** "ada", "person:ada" and "payments/ada"; never "token:admin" or "system:sweep", whatever somebody is called. */
function renameActor({ user, pseudonym }: Person, table: string, column: string): SQL {
  const [into, from] = [sql.raw(table), sql.raw(column)];
  return sql`UPDATE ${into} SET ${from} = substr(${from}, 1, length(${from}) - ${user.length}) || ${pseudonym}
    WHERE ${isDoneBy(user, column)}`;
}

/** A condition on a column that says who did something. */
export function isDoneBy(user: UserId, column: string): SQL {
  const name = sql.raw(column);
  return sql`(${name} IN (${user}, ${`person:${user}`})
    OR (instr(${name}, '/') > 0 AND substr(${name}, instr(${name}, '/') + 1) = ${user}))`;
}

/**
 * What was told of them, what they or others were answered, and whom the audit trail means. The ledgers tell what they have
 * left before they forget somebody, so that this is done after them as well.
 */
export function renameTold({ user, pseudonym }: Person): SQL[] {
  const counter = `member:${user}|`;
  const other = `member:${pseudonym}|`;
  const paths = [`/${user}/`, `/${encodeURIComponent(user)}/`];
  const values = [`"${user}"`, `/${user}"`, `:${user}"`];
  return [
    sql`UPDATE OR REPLACE threshold_events SET id = replace(id, ${counter}, ${other}) WHERE instr(id, ${counter}) > 0`,
    sql`UPDATE threshold_events SET subject = ${pseudonym} WHERE subject = ${user}`,
    sql`UPDATE OR REPLACE notices SET subject = replace(subject, ${counter}, ${other}) WHERE instr(subject, ${counter}) > 0`,
    sql`DELETE FROM idempotent_answers WHERE ${isDoneBy(user, 'actor')}
      OR EXISTS (SELECT 1 FROM json_each(${JSON.stringify(paths)}) WHERE instr(route || '/', value) > 0)
      OR EXISTS (SELECT 1 FROM json_each(${JSON.stringify(values)}) WHERE instr(answer, value) > 0)`,
    // Another name than the person's own, by which the trail is looked through.
    sql`UPDATE audit_names SET name = ${`${pseudonym}-slack`} WHERE token IN (${slackTokens(user)})
      AND name NOT IN (SELECT slack_user FROM slack_users WHERE user <> ${user})`,
    sql`UPDATE audit_names SET name = ${pseudonym} WHERE name = ${user}`,
  ];
}

/** How the trail names the members of Slack that were ever said to be this person. */
function slackTokens(user: UserId): SQL {
  return sql`SELECT target FROM audit WHERE action IN ('slack-user.put', 'slack-user.delete') AND EXISTS (
    SELECT 1 FROM audit_names AS person WHERE person.name = ${user} AND instr(audit.detail, person.token) > 0)`;
}

/** As `JSON.stringify` writes it. */
function userIn(user: UserId): string {
  return `"user":${JSON.stringify(user)}`;
}

/** Whether anybody has heard of them: as a member, now or once, or as somebody who did something or was named. */
export async function isKnown(db: Database, user: UserId): Promise<boolean> {
  const rows = await db.all(
    sql`SELECT 1 WHERE EXISTS (SELECT 1 FROM members WHERE user = ${user})
      OR EXISTS (SELECT 1 FROM audit_names WHERE name = ${user})`,
  );
  return rows.length > 0;
}

/** Also those they have left, and those that were deleted. */
export async function listTeamsOfPerson(db: Database, user: UserId): Promise<TeamId[]> {
  const rows = await db
    .select({ team: members.team })
    .from(members)
    .where(eq(members.user, user))
    .orderBy(members.team);
  return rows.map(({ team }) => team);
}
