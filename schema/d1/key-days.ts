// The table of the days on which keys were used last, as drizzle sees it. It is kept by a trigger on the usage by hour; nobody
// else writes it.

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { KeyId, TeamId } from '../ids.ts';

export const keyDays = sqliteTable(
  'key_days',
  {
    team: text('team').$type<TeamId>().notNull(),
    key: text('key').$type<KeyId>().notNull(),
    day: integer('day').notNull(),
  },
  ({ team, key }) => [primaryKey({ columns: [team, key] })],
);
