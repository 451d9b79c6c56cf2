// The table of people who are erased, as drizzle sees it. Times are milliseconds since 1970.

import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { ErasureId, UserId } from '../ids.ts';

export const erasureSteps = ['records', 'ledgers', 'usage', 'waiting', 'erased'] as const;

export const erasures = sqliteTable('erasures', {
  id: text('id').$type<ErasureId>().notNull().primaryKey(),
  user: text('user').$type<UserId>().unique(),
  pseudonym: text('pseudonym').$type<UserId>().notNull().unique(),
  step: text('step', { enum: erasureSteps }).notNull(),
  afterDatabase: integer('after_database').notNull().default(0),
  afterTeam: text('after_team').notNull().default(''),
  afterHour: integer('after_hour').notNull().default(0),
  events: integer('events').notNull().default(0),
  requestedAt: integer('requested_at').notNull(),
  requestedBy: text('requested_by').notNull(),
  waitsUntil: integer('waits_until'),
  erasedAt: integer('erased_at'),
});
