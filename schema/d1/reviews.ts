// What was done in an emergency and is to be looked at by somebody else. Times are milliseconds since 1970.

import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { GrantId, ReviewId, TeamId } from '../ids.ts';

export const reviews = sqliteTable(
  'reviews',
  {
    id: text('id').$type<ReviewId>().notNull().primaryKey(),
    team: text('team').$type<TeamId>().notNull(),
    grant: text('grant').$type<GrantId>().notNull().unique(),
    openedAt: integer('opened_at').notNull(),
    openedBy: text('opened_by').notNull(),
    closedAt: integer('closed_at'),
    closedBy: text('closed_by'),
    note: text('note'),
  },
  (table) => [index('reviews_team').on(table.team, table.id)],
);
