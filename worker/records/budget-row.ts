// A row of `budgets`, and what it means. The database's CHECK says which kinds of scope have an id.

import type { budgets } from '../../schema/d1/tables.ts';
import { keyIdSchema, userIdSchema } from '../../schema/ids.ts';
import type { Budget, Scope } from '../../schema/team-config.ts';

type Row = typeof budgets.$inferSelect;

export function budgetOf(row: Row): Budget {
  return {
    id: row.id,
    scope: scopeOf(row),
    unit: row.unit,
    limit: row.limitAmount,
    period: row.period,
    enforcement: row.enforcement,
    limitVersion: row.limitVersion,
    thresholds: row.thresholds,
    rolloverPercent: row.rolloverPercent,
    prorated: row.prorated,
    countsSinceMs: row.countsSince,
  };
}

export function scopeIdOf(scope: Scope): string | null {
  return 'id' in scope ? scope.id : null;
}

function scopeOf({ scopeKind: kind, scopeId: id }: Row): Scope {
  switch (kind) {
    case 'team':
    case 'each_member':
      return { kind };
    case 'member':
      return { kind, id: userIdSchema.parse(id) };
    case 'key':
      return { kind, id: keyIdSchema.parse(id) };
    case 'model':
      return { kind, id: id ?? '' };
  }
}
