// The tables of D1 that say who is told of what, as drizzle sees them. Notices are written by triggers of the database.
// Times are milliseconds since 1970.

import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { NoticeId, SlackUserId, TeamId, UserId, WebhookName } from '../ids.ts';
import { deliveryStates, type EventPattern, noticeTopics, webhookFormats } from '../notice.ts';

export const webhooks = sqliteTable('webhooks', {
  name: text('name').$type<WebhookName>().notNull().primaryKey(),
  url: text('url').notNull(),
  events: text('events', { mode: 'json' }).$type<readonly EventPattern[]>().notNull(),
  team: text('team').$type<TeamId>(),
  format: text('format', { enum: webhookFormats }).notNull(),
  enabled: integer('enabled', { mode: 'boolean' }).notNull(),
  sealedSecret: text('sealed_secret').notNull(),
  sealedPrevious: text('sealed_previous'),
  previousUntil: integer('previous_until'),
  failingSince: integer('failing_since'),
  disabledWhy: text('disabled_why'),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

export const notices = sqliteTable(
  'notices',
  {
    id: text('id').$type<NoticeId>().notNull().primaryKey(),
    topic: text('topic', { enum: noticeTopics }).notNull(),
    team: text('team').$type<TeamId>().notNull(),
    subject: text('subject').notNull(),
    at: integer('at').notNull(),
  },
  (table) => [uniqueIndex('notices_once').on(table.topic, table.subject), index('notices_at').on(table.at)],
);

export const deliveries = sqliteTable(
  'deliveries',
  {
    webhook: text('webhook').$type<WebhookName>().notNull(),
    notice: text('notice').$type<NoticeId>().notNull(),
    state: text('state', { enum: deliveryStates }).notNull().default('pending'),
    attempts: integer('attempts').notNull().default(0),
    nextAt: integer('next_at').notNull(),
    lastAt: integer('last_at'),
    lastStatus: integer('last_status'),
    lastError: text('last_error'),
  },
  (table) => [primaryKey({ columns: [table.webhook, table.notice] }), index('deliveries_notice').on(table.notice)],
);

export const slackUsers = sqliteTable('slack_users', {
  slackUser: text('slack_user').$type<SlackUserId>().notNull().primaryKey(),
  team: text('team').$type<TeamId>().notNull(),
  user: text('user').$type<UserId>().notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});
