// The table of what was answered to requests with an Idempotency-Key, as drizzle sees it.

import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const idempotentAnswers = sqliteTable(
  'idempotent_answers',
  {
    actor: text('actor').notNull(),
    route: text('route').notNull(),
    key: text('key').notNull(),
    bodyDigest: text('body_digest').notNull(),
    begunAt: integer('begun_at').notNull(),
    status: integer('status'),
    answer: text('answer'),
    onceOnly: integer('once_only', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.actor, table.route, table.key] }),
    index('idempotent_answers_begun_at').on(table.begunAt),
  ],
);
