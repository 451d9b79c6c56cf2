// What calls used and cost, as columns of every table that says so.

import { integer } from 'drizzle-orm/sqlite-core';
import type { Micros } from '../micros.ts';

export const meterColumns = {
  input: integer('input').notNull(),
  cacheRead: integer('cache_read').notNull(),
  cacheWrite5m: integer('cache_write_5m').notNull(),
  cacheWrite1h: integer('cache_write_1h').notNull(),
  output: integer('output').notNull(),
  reasoning: integer('reasoning').notNull(),
  webSearches: integer('web_searches').notNull(),
  costMicros: integer('cost_micros').$type<Micros>().notNull(),
};
