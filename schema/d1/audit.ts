// The tables of the audit trail as drizzle sees them. The migrations are the truth; a test compares the two.

import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { TeamId } from '../ids.ts';

export const audit = sqliteTable(
  'audit',
  {
    seq: integer('seq').notNull().primaryKey(),
    at: integer('at').notNull(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    team: text('team').$type<TeamId>(),
    target: text('target').notNull(),
    detail: text('detail').notNull(),
    requestId: text('request_id'),
    prevHash: text('prev_hash').notNull(),
    hash: text('hash').notNull().unique(),
  },
  (table) => [index('audit_team').on(table.team, table.seq), index('audit_target').on(table.target, table.seq)],
);

export const auditHead = sqliteTable('audit_head', {
  id: integer('id').notNull().primaryKey(),
  seq: integer('seq').notNull(),
  hash: text('hash').notNull(),
});
