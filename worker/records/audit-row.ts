// A row of the audit trail, and the hash that ties it to the one before.

import type { audit } from '../../schema/d1/audit.ts';
import { sha256Hex } from '../../schema/sha256.ts';

export type AuditRow = typeof audit.$inferSelect;

/** What comes before the first row. */
export const NO_HASH = '0'.repeat(64);

/** SHA-256 in hex over every column but the hash itself, as a JSON array in the order of the table. */
export function hashOf(row: Omit<AuditRow, 'hash'>): Promise<string> {
  const { seq, at, actor, action, team, target, detail, requestId, prevHash } = row;
  const text = JSON.stringify([seq, at, actor, action, team, target, detail, requestId, prevHash]);
  return sha256Hex(text);
}
