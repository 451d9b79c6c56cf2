// The table of usage by hour as drizzle sees it. It is kept by triggers on the usage events; nobody else writes it.

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { KeyId, TeamId, UserId } from '../ids.ts';
import type { CallOutcome } from '../usage-event.ts';
import { meterColumns } from './meter-columns.ts';

export const usageHours = sqliteTable(
  'usage_hours',
  {
    team: text('team').$type<TeamId>().notNull(),
    hour: integer('hour').notNull(),
    user: text('user').$type<UserId>().notNull(),
    key: text('key').$type<KeyId>().notNull(),
    model: text('model').notNull(),
    provider: text('provider').notNull(),
    upstreamModel: text('upstream_model').notNull(),
    dialect: text('dialect').notNull(),
    outcome: text('outcome').$type<CallOutcome>().notNull(),
    estimated: integer('estimated', { mode: 'boolean' }).notNull(),
    priceVersion: text('price_version').notNull(),
    calls: integer('calls').notNull(),
    ...meterColumns,
    latencyMs: integer('latency_ms').notNull(),
    ttfbMs: integer('ttfb_ms').notNull(),
    answered: integer('answered').notNull(),
  },
  ({ team, hour, user, key, model, provider, upstreamModel, dialect, outcome, estimated, priceVersion }) => [
    primaryKey({
      columns: [team, hour, user, key, model, provider, upstreamModel, dialect, outcome, estimated, priceVersion],
    }),
  ],
);
