// A row of `teams`, and what it means.

import type { teams } from '../../schema/d1/tables.ts';
import type { TeamId } from '../../schema/ids.ts';
import type { ModelAccess } from '../../schema/team-config.ts';

export interface TeamRecord {
  readonly id: TeamId;
  readonly name: string;
  /** IANA name; windows of budgets follow it. */
  readonly timezone: string;
  readonly costCenter: string | null;
  /** Where the team's object is to be created; without effect afterwards. */
  readonly locationHint: DurableObjectLocationHint | null;
  /** Where its usage lies: 0 is the record itself, another number one of the databases beside it. It never changes. */
  readonly usageDatabase: number;
  readonly access: ModelAccess;
  readonly version: number;
  /** Behind `version` while a change is not yet in force. */
  readonly appliedVersion: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly deletedAtMs: number | null;
}

type Row = typeof teams.$inferSelect;

export function teamRecord(row: Row): TeamRecord {
  return {
    id: row.id,
    name: row.name,
    timezone: row.timezone,
    costCenter: row.costCenter,
    locationHint: row.locationHint,
    usageDatabase: row.usageDatabase,
    access: accessOf(row),
    version: row.version,
    appliedVersion: row.appliedVersion,
    createdAtMs: row.createdAt,
    updatedAtMs: row.updatedAt,
    deletedAtMs: row.deletedAt,
  };
}

export function accessOf(row: Row): ModelAccess {
  return { allow: row.allowModels, deny: row.denyModels, approval: row.approvalModels };
}
