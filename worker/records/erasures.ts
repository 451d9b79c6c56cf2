// Erasures of people: begun once, taken on step by step, and finished. Whoever is cut off anywhere leaves a row that says what
// is to be done next, and every step may be done again.

import { and, desc, eq, inArray, isNull, lt, max, ne, or, type SQL, sql } from 'drizzle-orm';
import { actorName } from '../../schema/actor.ts';
import { erasures } from '../../schema/d1/erasures.ts';
import { members, teams } from '../../schema/d1/tables.ts';
import type { ErasureId, TeamId, UserId } from '../../schema/ids.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import { type Act, ownAct } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import { type Database, inOneBatch } from './database.ts';
import { FIRST_PLACE, renameUsage } from './erased-usage.ts';
import { isKnown, type Person, renamePerson, renameTold } from './person-rows.ts';
import type { RecordRefusal } from './refusal.ts';
import type { UsageDatabases } from './usage-databases.ts';

export type ErasureRow = typeof erasures.$inferSelect;
/** One that still knows whom it is about. */
export type OpenErasure = ErasureRow & Person;

export interface ErasureInput extends Person {
  readonly id: ErasureId;
  /** For the audit trail. */
  readonly reason: string;
}

/** Begins it; of somebody who is being erased already, the erasure there is. */
export async function beginErasure(
  act: Act,
  { id, user, pseudonym, reason }: ErasureInput,
): Promise<Result<OpenErasure, RecordRefusal>> {
  const { db, by, atMs } = act;
  if (by.kind === 'person' && by.user === user) return fail({ reason: 'own_erasure' });
  const known = await findErasure(db, user);
  if (known !== null) return succeed(known);
  if (!(await isKnown(db, user))) return fail({ reason: 'not_found', resource: 'person', id: user });
  const entry: AuditEntry = { action: 'person.erase', team: null, target: user, person: user, detail: { id, reason } };
  await audited(act, entry, (log) => [
    db
      .insert(erasures)
      .values({ id, user, pseudonym, step: 'records', requestedAt: atMs, requestedBy: actorName(by) })
      .onConflictDoNothing(),
    log,
  ]);
  const begun = await findErasure(db, user);
  return begun === null ? fail({ reason: 'not_found', resource: 'person', id: user }) : succeed(begun);
}

/** Of somebody who is being erased; nobody can be found once that is done. */
export async function findErasure(db: Database, user: UserId): Promise<OpenErasure | null> {
  const [row] = await db.select().from(erasures).where(eq(erasures.user, user));
  return row === undefined ? null : openOf(row);
}

/** Newest first, before the id `after`. */
export async function listErasures(db: Database, limit: number, after: string | null): Promise<ErasureRow[]> {
  return db
    .select()
    .from(erasures)
    .where(after === null ? undefined : lt(sql`${erasures.id}`, after))
    .orderBy(desc(erasures.id))
    .limit(limit);
}

/** In random order, so that one that cannot be taken on never keeps the others. */
export async function listUnfinished(db: Database, limit: number): Promise<OpenErasure[]> {
  const rows = await db
    .select()
    .from(erasures)
    .where(ne(erasures.step, 'erased'))
    .orderBy(sql`random()`)
    .limit(limit);
  return rows.flatMap((row) => openOf(row) ?? []);
}

/** Of these people the first who is being erased, or is a pseudonym: nobody can be added under such a name. */
export async function findErased(db: Database, users: readonly string[]): Promise<string | null> {
  const [row] = await selectErased(db, users);
  return row?.name ?? null;
}

function selectErased(db: Database, users: readonly string[]) {
  const named = sql`(SELECT value FROM json_each(${JSON.stringify(users)}))`;
  return db
    .select({
      name: sql<string>`CASE WHEN ${erasures.user} IN ${named} THEN ${erasures.user} ELSE ${erasures.pseudonym} END`,
    })
    .from(erasures)
    .where(or(sql`${erasures.user} IN ${named}`, sql`${erasures.pseudonym} IN ${named}`))
    .limit(1);
}

/** A condition on any table: none of them, as a list in JSON, is such a name. */
export function noneErased(users: SQL): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM ${erasures} WHERE ${erasures.user} IN (SELECT value FROM json_each(${users}))
    OR ${erasures.pseudonym} IN (SELECT value FROM json_each(${users})))`;
}

/** The person's rows in the record, all at once. Their teams' objects are to be told afterwards. */
export async function eraseRecords(db: Database, erasure: OpenErasure, nowMs: number): Promise<void> {
  await inOneBatch(db, [
    ...renamePerson(erasure, nowMs),
    sql`UPDATE erasures SET step = 'ledgers' WHERE id = ${erasure.id} AND step = 'records'`,
  ]);
}

/** The teams the person was in, and whether the object of each has what the record says. */
export async function listTeamsOfErased(
  db: Database,
  { pseudonym }: Person,
): Promise<{ readonly team: TeamId; readonly isApplied: boolean }[]> {
  const rows = await db
    .select({ team: teams.id, version: teams.version, applied: teams.appliedVersion })
    .from(teams)
    .where(inArray(teams.id, teamsOf(db, pseudonym)));
  return rows.map(({ team, version, applied }) => ({ team, isApplied: version === applied }));
}

/** No ledger names the person any more, so usage is next. */
export async function noteLedgers(db: Database, erasure: OpenErasure): Promise<void> {
  await inOneBatch(db, [
    ...renameTold(erasure),
    sql`UPDATE erasures SET step = 'usage', after_database = 0, after_team = ${FIRST_PLACE.team},
      after_hour = ${FIRST_PLACE.hour} WHERE id = ${erasure.id} AND step = 'ledgers'`,
  ]);
}

/** One step through the person's usage: whether there is more of it, or some is in a database that is not bound. */
export async function eraseUsage(
  db: Database,
  usage: UsageDatabases,
  erasure: OpenErasure,
): Promise<'more' | 'done' | 'not_bound'> {
  const { afterDatabase, afterTeam, afterHour } = erasure;
  const database = usage[afterDatabase];
  if (database === undefined)
    return (await lastDatabaseOf(db, erasure.pseudonym)) < afterDatabase ? 'done' : 'not_bound';
  const { events, next } = await renameUsage(database, erasure, { team: afterTeam, hour: afterHour });
  const place = next ?? FIRST_PLACE;
  await db
    .update(erasures)
    .set({
      events: sql`${erasures.events} + ${events}`,
      afterDatabase: next === null ? afterDatabase + 1 : afterDatabase,
      afterTeam: place.team,
      afterHour: place.hour,
    })
    .where(isAt(erasure, 'usage'));
  return 'more';
}

/** The number of the last database in which a team of theirs has its usage. */
export async function lastDatabaseOf(db: Database, user: UserId): Promise<number> {
  const [last] = await db
    .select({ number: max(teams.usageDatabase) })
    .from(teams)
    .where(inArray(teams.id, teamsOf(db, user)));
  return last?.number ?? 0;
}

function teamsOf(db: Database, user: UserId) {
  return db.select({ team: members.team }).from(members).where(eq(members.user, user));
}

/** All is done for the first time: what is under way may still arrive under the old id until then. */
export async function noteWaiting(db: Database, erasure: OpenErasure, untilMs: number): Promise<void> {
  await db
    .update(erasures)
    .set({ step: 'waiting', waitsUntil: untilMs })
    .where(and(isAt(erasure, 'usage'), isNull(erasures.waitsUntil)));
}

/** Everything once more. */
export async function lookAgain(db: Database, erasure: OpenErasure): Promise<void> {
  await db.update(erasures).set({ step: 'records' }).where(isAt(erasure, 'waiting'));
}

/** Deletes the id: from here on nothing leads from it to the pseudonym. */
export async function finishErasure(db: Database, erasure: OpenErasure, nowMs: number): Promise<void> {
  const { id, pseudonym } = erasure;
  const entry: AuditEntry = { action: 'person.erased', team: null, target: pseudonym, detail: { id } };
  await audited(ownAct(db, 'erasure', nowMs), entry, (log) => [
    db.update(erasures).set({ step: 'erased', user: null, erasedAt: nowMs }).where(isAt(erasure, 'usage')),
    log,
  ]);
}

function isAt({ id }: ErasureRow, step: ErasureRow['step']): SQL | undefined {
  return and(eq(erasures.id, id), eq(erasures.step, step));
}

function openOf({ user, ...row }: ErasureRow): OpenErasure | null {
  return user === null ? null : { ...row, user };
}
