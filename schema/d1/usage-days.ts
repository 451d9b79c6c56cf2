// The table of usage by UTC day as drizzle sees it: of teams and models, never of persons or keys. It is kept by triggers on
// the usage events; nobody else writes it.

import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { TeamId } from '../ids.ts';
import type { CallOutcome } from '../usage-event.ts';
import { meterColumns } from './meter-columns.ts';

export const usageDays = sqliteTable(
  'usage_days',
  {
    team: text('team').$type<TeamId>().notNull(),
    day: integer('day').notNull(),
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
  ({ team, day, model, provider, upstreamModel, dialect, outcome, estimated, priceVersion }) => [
    primaryKey({ columns: [team, day, model, provider, upstreamModel, dialect, outcome, estimated, priceVersion] }),
  ],
);
