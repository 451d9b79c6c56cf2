// Whose key is this, and is it in force? Pure.
// Looking a digest up by equality leaks nothing useful through time: whoever can choose a digest's prefix has broken SHA-256.

import type { KeyRefusal } from '../../schema/ledger.ts';
import type { KeyRecord } from '../../schema/team-config.ts';
import type { Roster } from './roster.ts';

export type Identity =
  | { readonly outcome: 'known'; readonly record: KeyRecord }
  | { readonly outcome: 'refused'; readonly reason: KeyRefusal };

export function identifyKey(roster: Roster, digest: string, nowMs: number): Identity {
  const record = roster.keysByDigest.get(digest);
  if (record === undefined) return { outcome: 'refused', reason: 'unknown_key' };
  if (record.revoked) return { outcome: 'refused', reason: 'revoked_key' };
  if (record.expiresAtMs !== null && record.expiresAtMs <= nowMs) return { outcome: 'refused', reason: 'expired_key' };
  return { outcome: 'known', record };
}
