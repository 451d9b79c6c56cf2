// Whose key is this, is it in force, and is it for calls from there? Pure.
// Looking a digest up by equality leaks nothing useful through time: whoever can choose a digest's prefix has broken SHA-256.

import type { KeyRefusal } from '../../schema/ledger.ts';
import { isInRange } from '../../schema/source-range.ts';
import type { KeyRecord } from '../../schema/team-config.ts';
import type { Roster } from './roster.ts';

export type Identity =
  | { readonly outcome: 'known'; readonly record: KeyRecord }
  | { readonly outcome: 'refused'; readonly reason: KeyRefusal };

/** A key, and the address it came from where that is known. */
export interface Shown {
  readonly keyDigest: string;
  readonly source?: string | undefined;
}

export function identifyKey(roster: Roster, { keyDigest, source }: Shown, nowMs: number): Identity {
  const record = roster.keysByDigest.get(keyDigest);
  if (record === undefined) return { outcome: 'refused', reason: 'unknown_key' };
  if (record.revoked) return { outcome: 'refused', reason: 'revoked_key' };
  if (record.expiresAtMs !== null && record.expiresAtMs <= nowMs) return { outcome: 'refused', reason: 'expired_key' };
  if (!mayComeFrom(record, source)) return { outcome: 'refused', reason: 'source_not_allowed' };
  return { outcome: 'known', record };
}

/** Of a call that does not say where it came from, nobody can say that it came from the right place. */
function mayComeFrom({ sources }: KeyRecord, source: string | undefined): boolean {
  return sources === undefined || (source !== undefined && sources.some((range) => isInRange(range, source)));
}
