// How requests are decided: the rules of teams, votes, and who stands in for whom. Times are milliseconds since 1970.

import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { DelegationId, RequestId, TeamId, UserId } from '../ids.ts';
import { approverRoles, voteDecisions } from '../request.ts';

/** Append-only: each row is a version of a team's rules. */
export const approvalPolicies = sqliteTable(
  'approval_policies',
  {
    team: text('team').$type<TeamId>().notNull(),
    version: integer('version').notNull(),
    rules: text('rules', { mode: 'json' }).$type<unknown>().notNull(),
    createdAt: integer('created_at').notNull(),
    createdBy: text('created_by').notNull(),
  },
  (table) => [primaryKey({ columns: [table.team, table.version] })],
);

export const votes = sqliteTable(
  'votes',
  {
    request: text('request').$type<RequestId>().notNull(),
    approver: text('approver').notNull(),
    role: text('role', { enum: approverRoles }).notNull(),
    onBehalfOf: text('on_behalf_of').$type<UserId>(),
    decision: text('decision', { enum: voteDecisions }).notNull(),
    amount: integer('amount'),
    until: integer('until'),
    reason: text('reason'),
    at: integer('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.request, table.approver] })],
);

export const delegations = sqliteTable(
  'delegations',
  {
    id: text('id').$type<DelegationId>().notNull().primaryKey(),
    fromTeam: text('from_team').$type<TeamId>().notNull(),
    fromUser: text('from_user').$type<UserId>().notNull(),
    toUser: text('to_user').$type<UserId>().notNull(),
    startsAt: integer('starts_at').notNull(),
    endsAt: integer('ends_at').notNull(),
    createdAt: integer('created_at').notNull(),
    createdBy: text('created_by').notNull(),
    revokedAt: integer('revoked_at'),
  },
  (table) => [index('delegations_from').on(table.fromTeam, table.fromUser, table.id)],
);
