// Keys of a team, by digest. A revoked key keeps its row: events name it.

import { and, asc, eq, gt, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import { keys, members, teams } from '../../schema/d1/tables.ts';
import type { KeyId, TeamId, UserId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import { describeKey, insertKey, type KeyDescription, type KeyInput, MAX_LIVE_KEYS_PER_TEAM } from './key-row.ts';
import { keysUsedSince, lastDaysOf } from './key-days.ts';
import { insertMember, whyNotAdded } from './members.ts';
import type { RecordRefusal } from './refusal.ts';
import { type Change, isLiveTeam, liveSnapshotOf, raiseVersion, snapshotQueries, teamIsLive } from './team-snapshot.ts';
import type { UsageDatabases } from './usage-databases.ts';

/** What is not given stays as it is. */
export type KeyPatch = { readonly [Field in 'name' | 'models' | 'sources']?: KeyInput[Field] | undefined };

/** The new text of a key, and how long the one before goes on to count. */
export interface Rotation extends Pick<KeyInput, 'team' | 'id' | 'digest' | 'last4'> {
  readonly previousUntilMs: number;
}

/** Null revokes whatever they are of, or however old. */
export interface Revocation {
  readonly team: TeamId;
  readonly user: UserId | null;
  readonly createdBeforeMs: number | null;
  /** The beginning of a day in UTC. */
  readonly unusedSinceMs: number | null;
}

/** Adds a key. Its user becomes a member if the team has never had them; a removed member must be added again first. */
export async function createKey(act: Act, input: KeyInput): Promise<Change<KeyDescription>> {
  const { db, atMs: nowMs } = act;
  const { team, id, user, name, expiresAtMs, models, sources } = input;
  const detail = { user, name, expiresAtMs, models, sources };
  const entry: AuditEntry = { action: 'key.create', team, target: id, detail };
  const [, [written], , [member], , ...rows] = await audited(act, entry, (log) => [
    insertMember(db, { team, user, email: null, role: 'member' }, nowMs).onConflictDoNothing(),
    insertKey(db, input, nowMs).returning(),
    log,
    db
      .select()
      .from(members)
      .where(and(eq(members.team, team), eq(members.user, user))),
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: notFound('team', team) };
  if (written !== undefined) return { snapshot, finding: succeed(describeKey(written)) };
  return { snapshot, finding: fail(await whyNoKey(db, user, member)) };
}

export interface KeyFilter {
  readonly team: TeamId;
  /** Only keys that are in force and were not used from this day on; null for all, revoked and expired ones too. */
  readonly unusedSinceMs: number | null;
}

export interface ListedKey {
  readonly key: KeyDescription;
  /** The beginning of the day, in UTC, of the last call with it that has come in; null where there was none. */
  readonly lastUsedDayMs: number | null;
}

interface KeyTools {
  readonly db: Database;
  readonly usage: UsageDatabases;
  readonly now: () => number;
}

/** Keys in order of id, after `after`. */
export async function listKeys(
  { db, usage, now }: KeyTools,
  { team, unusedSinceMs }: KeyFilter,
  { limit, after }: { readonly limit: number; readonly after: string | null },
): Promise<Result<ListedKey[], RecordRefusal>> {
  const unused = await unusedSince(db, usage, { team, dayMs: unusedSinceMs });
  if (!unused.ok) return unused;
  const isUnused = unused.value;
  const [live, rows] = await db.batch([
    db.select({ id: teams.id }).from(teams).where(isLiveTeam(team)),
    db
      .select()
      .from(keys)
      .where(
        and(
          eq(keys.team, team),
          after === null ? undefined : gt(sql`${keys.id}`, after),
          isUnused === undefined ? undefined : and(isUnused, isInForce(now())),
        ),
      )
      .orderBy(asc(keys.id))
      .limit(limit),
  ]);
  if (live.length === 0) return notFound('team', team);
  const used = await lastDaysOf(
    usage,
    team,
    rows.map(({ id }) => id),
  );
  return succeed(rows.map((row) => ({ key: describeKey(row), lastUsedDayMs: used.get(row.id) ?? null })));
}

/** Also a revoked one. */
export async function findKey(db: Database, team: TeamId, id: KeyId): Promise<KeyDescription | null> {
  const [row] = await db
    .select()
    .from(keys)
    .where(and(eq(keys.team, team), eq(keys.id, id)));
  return row === undefined ? null : describeKey(row);
}

/** Changes what a key that is not revoked is called and is for. */
export async function patchKey(act: Act, team: TeamId, id: KeyId, patch: KeyPatch): Promise<Change<KeyDescription>> {
  const { db, atMs: nowMs } = act;
  const isThis = and(eq(keys.team, team), eq(keys.id, id), isNull(keys.revokedAt));
  const before = db.select().from(keys).where(isThis);
  const entry: AuditEntry = { action: 'key.change', team, target: id, detail: { ...patch }, before };
  const [[changed], , , ...rows] = await audited(act, entry, (log) => [
    db
      .update(keys)
      // Without anything to change, the name stays what it is.
      .set({ name: sql`${keys.name}`, ...patch })
      .where(and(isThis, teamIsLive(db, team)))
      .returning(),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: notFound('team', team) };
  return { snapshot, finding: changed === undefined ? notFound('live key', id) : succeed(describeKey(changed)) };
}

/** Revokes a key. A key that is revoked already stays so: the answer is the same. */
export async function revokeKey(act: Act, team: TeamId, id: KeyId): Promise<Change<void>> {
  const { db, atMs: nowMs } = act;
  const before = db
    .select()
    .from(keys)
    .where(and(eq(keys.team, team), eq(keys.id, id)));
  const entry: AuditEntry = { action: 'key.revoke', team, target: id, detail: {}, before };
  const [known, , , , ...rows] = await audited(act, entry, (log) => [
    db
      .select({ id: keys.id })
      .from(keys)
      .where(and(eq(keys.team, team), eq(keys.id, id))),
    db
      .update(keys)
      .set({ revokedAt: nowMs })
      .where(and(eq(keys.team, team), eq(keys.id, id), isNull(keys.revokedAt), teamIsLive(db, team))),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: notFound('team', team) };
  return { snapshot, finding: known.length === 0 ? notFound('key', id) : succeed(undefined) };
}

/**
 * Gives a live key another text. Of a key that is being exchanged already, the text that was there first goes on to count and
 * the one after it ends at once: perhaps nobody ever saw it.
 */
export async function rotateKey(act: Act, rotation: Rotation): Promise<Change<KeyDescription>> {
  const { db, atMs: nowMs } = act;
  const { team, id, digest, last4, previousUntilMs } = rotation;
  const entry: AuditEntry = { action: 'key.rotate', team, target: id, detail: { previousUntilMs } };
  const isExchanging = sql`${keys.previousUntil} > ${nowMs}`;
  const [[rotated], , , ...rows] = await audited(act, entry, (log) => [
    db
      .update(keys)
      .set({
        digest,
        last4,
        previousDigest: sql`CASE WHEN ${isExchanging} THEN ${keys.previousDigest} ELSE ${keys.digest} END`,
        previousUntil: previousUntilMs,
      })
      .where(
        and(eq(keys.team, team), eq(keys.id, id), eq(keys.origin, 'issued'), isInForce(nowMs), teamIsLive(db, team)),
      )
      .returning(),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  if (snapshot === null) return { snapshot, finding: notFound('team', team) };
  return { snapshot, finding: rotated === undefined ? notFound('live key', id) : succeed(describeKey(rotated)) };
}

/** Revokes all keys of a team, of one of its members, made before a time or not used for a while; tells how many. */
export async function revokeKeys(
  act: Act,
  usage: UsageDatabases,
  { team, user, createdBeforeMs, unusedSinceMs }: Revocation,
): Promise<Change<number>> {
  const { db, atMs: nowMs } = act;
  const unused = await unusedSince(db, usage, { team, dayMs: unusedSinceMs });
  if (!unused.ok) return { snapshot: null, finding: unused };
  const isUnused = unused.value;
  const detail = { user, createdBeforeMs, unusedSinceMs };
  const entry: AuditEntry = { action: 'key.revoke-many', team, target: user ?? team, detail };
  const [revoked, , , ...rows] = await audited(act, entry, (log) => [
    db
      .update(keys)
      .set({ revokedAt: nowMs })
      .where(
        and(
          eq(keys.team, team),
          user === null ? undefined : eq(keys.user, user),
          createdBeforeMs === null ? undefined : lt(keys.createdAt, createdBeforeMs),
          isUnused,
          isNull(keys.revokedAt),
          teamIsLive(db, team),
        ),
      )
      .returning({ id: keys.id }),
    log,
    raiseVersion(db, team, nowMs),
    ...snapshotQueries(db, team, nowMs),
  ]);
  const snapshot = liveSnapshotOf(rows);
  return { snapshot, finding: snapshot === null ? notFound('team', team) : succeed(revoked.length) };
}

/** A condition on the table `keys`: made before that day, and not used from it on; none without a day. */
async function unusedSince(
  db: Database,
  usage: UsageDatabases,
  { team, dayMs }: { readonly team: TeamId; readonly dayMs: number | null },
): Promise<Result<SQL | undefined, RecordRefusal>> {
  if (dayMs === null) return succeed(undefined);
  const [row] = await db.select({ place: teams.usageDatabase }).from(teams).where(eq(teams.id, team));
  // Where nothing is known of any key, all would be unused.
  if (row !== undefined && row.place >= usage.length) return fail({ reason: 'usage_away', database: row.place });
  const used = JSON.stringify(await keysUsedSince(usage, team, dayMs));
  return succeed(and(lt(keys.createdAt, dayMs), sql`${keys.id} NOT IN (SELECT value FROM json_each(${used}))`));
}

function isInForce(nowMs: number): SQL | undefined {
  return and(isNull(keys.revokedAt), or(isNull(keys.expiresAt), gt(keys.expiresAt, nowMs)));
}

/** A condition on any other table: the team has this key, and it is not revoked. */
export function keyIsLive(team: TeamId, id: KeyId): SQL {
  return sql`EXISTS (SELECT 1 FROM ${keys} WHERE ${and(eq(keys.team, team), eq(keys.id, id), isNull(keys.revokedAt))})`;
}

async function whyNoKey(
  db: Database,
  user: UserId,
  member: typeof members.$inferSelect | undefined,
): Promise<RecordRefusal> {
  if (member === undefined) return whyNotAdded(db, user);
  if (member.removedAt !== null) return { reason: 'member_removed', user };
  return { reason: 'too_many', resource: 'key', limit: MAX_LIVE_KEYS_PER_TEAM };
}

function notFound(resource: 'team' | 'key' | 'live key', id: string): Result<never, RecordRefusal> {
  return fail({ reason: 'not_found', resource, id });
}
