// How far usage is archived, as drizzle sees it. What is late is written by triggers on the usage events.

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { TeamId } from '../ids.ts';

/** One row at most. */
export const usageArchive = sqliteTable('usage_archive', {
  one: integer('one').notNull().primaryKey(),
  begunAt: integer('begun_at').notNull(),
  day: integer('day').notNull(),
  isDone: integer('is_done', { mode: 'boolean' }).notNull(),
  team: text('team').notNull(),
  part: integer('part').notNull(),
  afterAt: integer('after_at').notNull(),
  afterId: text('after_id').notNull(),
  untilAt: integer('until_at'),
  untilId: text('until_id'),
  step: integer('step').notNull(),
});

export const usageArchiveLate = sqliteTable(
  'usage_archive_late',
  {
    day: integer('day').notNull(),
    team: text('team').$type<TeamId>().notNull(),
    id: text('id').notNull(),
    revision: integer('revision').notNull(),
  },
  ({ day, team, id }) => [primaryKey({ columns: [day, team, id] })],
);
