// The table of prices that were used as drizzle sees it. Rates are pico-dollars per token.

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Picos } from '../price.ts';

const rate = (name: string) => integer(name).$type<Picos>().notNull();

export const knownPrices = sqliteTable(
  'known_prices',
  {
    provider: text('provider').notNull(),
    upstreamModel: text('upstream_model').notNull(),
    model: text('model').notNull(),
    version: text('version').notNull(),
    input: rate('input'),
    cacheRead: rate('cache_read'),
    cacheWrite5m: rate('cache_write_5m'),
    cacheWrite1h: rate('cache_write_1h'),
    output: rate('output'),
    seenAt: integer('seen_at').notNull(),
  },
  ({ provider, upstreamModel, model, version }) => [primaryKey({ columns: [provider, upstreamModel, model, version] })],
);
