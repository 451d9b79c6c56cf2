// The tables of what stood out in spend, as drizzle sees them. Times are milliseconds since 1970.

import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { units } from '../amounts.ts';
import type { AlertId, TeamId } from '../ids.ts';
import { alertKinds, alertLevels, alertSubjects, type Baseline } from '../spend-alert.ts';

export const spendAlerts = sqliteTable(
  'spend_alerts',
  {
    id: text('id').$type<AlertId>().notNull().primaryKey(),
    at: integer('at').notNull(),
    team: text('team').$type<TeamId>().notNull(),
    kind: text('kind', { enum: alertKinds }).notNull(),
    level: text('level', { enum: alertLevels }).notNull(),
    subjectKind: text('subject_kind', { enum: alertSubjects }).notNull(),
    /** Empty for the team itself. */
    subject: text('subject').notNull(),
    unit: text('unit', { enum: units }).notNull(),
    seen: integer('seen').notNull(),
    usual: integer('usual').notNull(),
    spanStart: integer('span_start').notNull(),
    spanEnd: integer('span_end').notNull(),
    limitAmount: integer('limit_amount'),
    windowStart: integer('window_start'),
    windowEnd: integer('window_end'),
    occasion: integer('occasion').notNull(),
  },
  ({ team, kind, subjectKind, subject, level, occasion, at }) => [
    uniqueIndex('spend_alerts_once').on(team, kind, subjectKind, subject, level, occasion),
    index('spend_alerts_team_at').on(team, at),
    index('spend_alerts_at').on(at),
  ],
);

export const spendLooks = sqliteTable('spend_looks', {
  team: text('team').$type<TeamId>().notNull().primaryKey(),
  lookedAt: integer('looked_at').notNull(),
  baseline: text('baseline', { mode: 'json' }).$type<Baseline>(),
});
