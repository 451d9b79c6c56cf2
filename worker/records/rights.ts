// Who may decide on a request, at the very moment: the leads of its team, whoever the team's rules name, and whoever stands
// in for one of them. What a request needs was settled when it was opened; who may give it, the newest rules say.

import { type SQL, sql } from 'drizzle-orm';
import { ADMIN_NAME, type Actor } from '../../schema/actor.ts';

/** The holder of the admin token, somebody with a role in the company, or a member of a team. */
export type Decider = Exclude<Actor, { readonly kind: 'system' | 'finance' }>;
export type PersonDecider = Extract<Decider, { readonly kind: 'person' }>;
export type MemberDecider = Extract<Decider, { readonly kind: 'member' }>;

/** The role in which `members` may decide on `requests`; null for none. */
export const ROLE = sql`CASE
  WHEN members.team = requests.team AND members.role = 'lead' AND coalesce(rules.rules ->> '$.leadsApprove', 1) THEN 'lead'
  WHEN ${isNamedIn('$.approvers')} THEN 'approver'
  WHEN requests.stage = 2 AND ${isNamedIn('$.escalateTo')} THEN 'approver'
END`;

const WITH_RULES = sql`LEFT JOIN approval_policies AS rules ON rules.team = requests.team
  AND rules.version = (SELECT max(version) FROM approval_policies WHERE team = requests.team)`;

/** Somebody's right is used once, whether they used it or a delegate did. */
export const IS_UNUSED = sql`NOT EXISTS (SELECT 1 FROM votes
  WHERE votes.request = requests.id AND coalesce(votes.on_behalf_of, votes.approver) = holder.user)`;

/**
 * To be joined to `requests`: in whose right the member may act, as `holder`, with what `ROLE` looks at. Their own comes
 * first, then that of everybody who handed it on to them; what was handed on to those is not theirs to hand on.
 */
export function holdersFor({ team, user }: MemberDecider, nowMs: number): SQL {
  return sql`(
    SELECT ${team} AS team, ${user} AS user, NULL AS on_behalf_of
    UNION ALL
    SELECT from_team, from_user, from_user FROM delegations
    WHERE to_user = ${user} AND revoked_at IS NULL AND starts_at <= ${nowMs} AND ends_at > ${nowMs}
      AND EXISTS (SELECT 1 FROM members WHERE team = ${team} AND user = ${user} AND removed_at IS NULL)
  ) AS holder
  INNER JOIN members ON members.team = holder.team AND members.user = holder.user AND members.removed_at IS NULL
  ${WITH_RULES}`;
}

/** Whether there is a team on whose requests the member may decide in their own right, at one stage or another. */
export function mayDecideSomewhere({ team, user }: Pick<MemberDecider, 'team' | 'user'>): SQL {
  return sql`EXISTS (SELECT 1 FROM (SELECT id AS team, 2 AS stage FROM teams WHERE deleted_at IS NULL) AS requests
    INNER JOIN members ON members.team = ${team} AND members.user = ${user} AND members.removed_at IS NULL
    ${WITH_RULES} WHERE ${ROLE} IS NOT NULL)`;
}

/** Nobody decides for themselves, nor does their right in another's hands. */
export const IS_OTHERS = sql`holder.user <> requests.user`;

/** A condition on `requests`. */
export function isEntitled(decider: Decider, nowMs: number): SQL {
  return hasRight(decider, nowMs, sql`true`);
}

/** The same, of those who have not voted yet. */
export function mayVote(decider: Decider, nowMs: number): SQL {
  const voted = sql`EXISTS (SELECT 1 FROM votes WHERE request = requests.id AND approver = ${nameOf(decider)})`;
  const unused = decider.kind === 'person' ? isUnusedBy(decider) : sql`true`;
  return sql`(NOT ${voted} AND ${unused} AND ${hasRight(decider, nowMs, IS_UNUSED)})`;
}

/** The role in which somebody decides on requests of any team; null for none. */
export function roleOf({ roles }: PersonDecider): 'admin' | 'approver' | null {
  return (['admin', 'approver'] as const).find((role) => roles.includes(role)) ?? null;
}

/** Whether somebody's right was used for them already. */
export function isUnusedBy({ user }: PersonDecider): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM votes WHERE request = requests.id AND on_behalf_of = ${user})`;
}

/** As what a decision is signed. No user's id is an admin's name. */
export function nameOf(decider: Decider): string {
  return decider.kind === 'admin' ? ADMIN_NAME : decider.user;
}

function hasRight(decider: Decider, nowMs: number, condition: SQL): SQL {
  if (decider.kind === 'admin') return sql`true`;
  if (decider.kind === 'person') return sql`(${roleOf(decider) !== null} AND requests.user <> ${decider.user})`;
  return sql`(requests.user <> ${decider.user} AND EXISTS (SELECT 1 FROM ${holdersFor(decider, nowMs)}
    WHERE ${ROLE} IS NOT NULL AND ${IS_OTHERS} AND ${condition}))`;
}

function isNamedIn(list: string): SQL {
  return sql`EXISTS (SELECT 1 FROM json_each(rules.rules, ${list}) AS named
    WHERE named.value ->> 'team' = members.team AND named.value ->> 'user' = members.user)`;
}
