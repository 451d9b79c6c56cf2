// A key as its row: what may be shown of it, and how it comes in.

import { and, desc, eq, gt, isNull, ne, or, type SQL, sql } from 'drizzle-orm';
import { type KeyOrigin, keys, members } from '../../schema/d1/tables.ts';
import type { KeyId, TeamId, UserId } from '../../schema/ids.ts';
import type { Database } from './database.ts';
import { isLiveMember } from './members.ts';
import { teamIsLive } from './team-snapshot.ts';

/** Keys that are neither revoked nor expired. The team's object holds all of them. */
export const MAX_LIVE_KEYS_PER_TEAM = 5_000;

/** What a key is for: patterns of models, and addresses and ranges that calls may come from. Null is for any. */
export interface KeyScope {
  readonly models: readonly string[] | null;
  readonly sources: readonly string[] | null;
}

export interface KeyInput extends KeyScope {
  readonly team: TeamId;
  readonly id: KeyId;
  readonly user: UserId;
  readonly name: string;
  /** SHA-256 of the key in hex. */
  readonly digest: string;
  /** The key's last four characters, by which its owner recognises it. */
  readonly last4: string;
  readonly expiresAtMs: number | null;
}

/** What may be shown of a key. */
export interface KeyDescription extends Omit<KeyInput, 'digest'> {
  readonly origin: KeyOrigin;
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
  /** How long the text before this one goes on to count; null where there was none. */
  readonly previousUntilMs: number | null;
}

type Row = typeof keys.$inferSelect;

/** Inserts only for a live member of a team that has room. */
export function insertKey(db: Database, input: KeyInput, nowMs: number, origin: KeyOrigin = 'issued') {
  const { team, id, user, name, digest, last4, expiresAtMs } = input;
  const scoped = (column: keyof KeyScope) =>
    origin === 'sign_on' ? lastScope(db, input, column) : sql`${jsonOrNull(input[column])}`;
  const liveKeys = db
    .select({ live: sql`count(*)` })
    .from(keys)
    .where(
      and(
        eq(keys.team, team),
        ne(keys.id, id),
        isNull(keys.revokedAt),
        or(isNull(keys.expiresAt), gt(keys.expiresAt, nowMs)),
      ),
    );
  return db.insert(keys).select(
    db
      .select({
        team: sql`${team}`.as('team'),
        id: sql`${id}`.as('id'),
        user: sql`${user}`.as('user'),
        name: sql`${name}`.as('name'),
        digest: sql`${digest}`.as('digest'),
        last4: sql`${last4}`.as('last4'),
        createdAt: sql`${nowMs}`.as('created_at'),
        expiresAt: sql`${expiresAtMs}`.as('expires_at'),
        revokedAt: sql`NULL`.as('revoked_at'),
        origin: sql`${origin}`.as('origin'),
        previousDigest: sql`NULL`.as('previous_digest'),
        previousUntil: sql`NULL`.as('previous_until'),
        models: scoped('models').as('models'),
        sources: scoped('sources').as('sources'),
      })
      .from(members)
      .where(and(isLiveMember(team, user), teamIsLive(db, team), sql`(${liveKeys}) < ${MAX_LIVE_KEYS_PER_TEAM}`)),
  );
}

/** Who signs on again is bound as their key before this one was: an ended key does not free them. */
function lastScope(db: Database, { team, user }: KeyInput, column: keyof KeyScope): SQL {
  const last = db
    .select({ scope: keys[column] })
    .from(keys)
    .where(and(eq(keys.team, team), eq(keys.user, user), eq(keys.origin, 'sign_on')))
    .orderBy(desc(keys.createdAt), desc(keys.id))
    .limit(1);
  return sql`(${last})`;
}

function jsonOrNull(list: readonly string[] | null): string | null {
  return list === null ? null : JSON.stringify(list);
}

export function describeKey(row: Row): KeyDescription {
  const { team, id, user, name, last4, origin, createdAt, expiresAt, revokedAt, previousUntil, models, sources } = row;
  return {
    team,
    id,
    user,
    name,
    last4,
    origin,
    createdAtMs: createdAt,
    expiresAtMs: expiresAt,
    revokedAtMs: revokedAt,
    previousUntilMs: previousUntil,
    models,
    sources,
  };
}
