// The table of the names that stand for people in the audit trail, as drizzle sees it.

import { index, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const auditNames = sqliteTable(
  'audit_names',
  {
    token: text('token').notNull().primaryKey(),
    name: text('name').notNull(),
  },
  (table) => [index('audit_names_name').on(table.name)],
);
