// The table of the people whom the company's directory provisions, as drizzle sees it.

import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { TeamId, UserId } from '../ids.ts';
import type { JsonObject } from '../json.ts';

export const directoryUsers = sqliteTable('directory_users', {
  id: text('id').notNull().primaryKey(),
  user: text('user').$type<UserId>().notNull().unique(),
  active: integer('active', { mode: 'boolean' }).notNull(),
  team: text('team').$type<TeamId>(),
  resource: text('resource', { mode: 'json' }).$type<JsonObject>().notNull(),
  version: integer('version').notNull(),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});
