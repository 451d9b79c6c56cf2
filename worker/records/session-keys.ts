// The keys of members who sign on: one for each team they are in, under which its ledger counts what they do. It is ended
// like any key; who signs on again is given another. Whoever should not come in is suspended or removed.

import { and, eq, isNull } from 'drizzle-orm';
import { keys } from '../../schema/d1/tables.ts';
import type { KeyId, TeamId, UserId } from '../../schema/ids.ts';
import { fail, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { insertKey, MAX_LIVE_KEYS_PER_TEAM } from './key-row.ts';
import { type Change, liveSnapshotOf, raiseVersion, snapshotQueries } from './team-snapshot.ts';

const NAME = 'single sign-on';
/** It has no text, and so no end of one. */
const NO_TEXT = '----';

export interface SessionKeyInput {
  readonly team: TeamId;
  readonly user: UserId;
  readonly id: KeyId;
  readonly digest: string;
}

/** The digest of a member's key for sign-on; null where they have none. */
export async function findSessionKey(db: Database, team: TeamId, user: UserId): Promise<string | null> {
  const [row] = await selectSessionKey(db, team, user);
  return row?.digest ?? null;
}

/** Makes one, unless another request has done so meanwhile; the digest of the one there is. */
export async function createSessionKey(act: Act, { team, user, id, digest }: SessionKeyInput): Promise<Change<string>> {
  const { db, atMs: nowMs } = act;
  const entry: AuditEntry = { action: 'key.create', team, target: id, detail: { user, name: NAME } };
  const input = { team, user, id, digest, name: NAME, last4: NO_TEXT, expiresAtMs: null, models: null, sources: null };
  const [, , [found], , ...rows] = await audited(act, entry, (log) => [
    insertKey(db, input, nowMs, 'sign_on').onConflictDoNothing(),
    log,
    selectSessionKey(db, team, user),
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (found !== undefined) return { snapshot, finding: succeed(found.digest) };
  return { snapshot, finding: fail({ reason: 'too_many', resource: 'key', limit: MAX_LIVE_KEYS_PER_TEAM }) };
}

function selectSessionKey(db: Database, team: TeamId, user: UserId) {
  return db
    .select({ digest: keys.digest })
    .from(keys)
    .where(and(eq(keys.team, team), eq(keys.user, user), eq(keys.origin, 'sign_on'), isNull(keys.revokedAt)));
}
