// The phase-outs of models. All isolates read all of them every few seconds.

import { asc, count, eq, gt, sql } from 'drizzle-orm';
import { phaseOuts } from '../../schema/d1/steering.ts';
import { fail, type Result, succeed } from '../../schema/result.ts';
import type { PhaseOut } from '../../schema/steering.ts';
import type { Act } from './act.ts';
import { type AuditEntry, audited } from './audited.ts';
import type { Database } from './database.ts';
import type { RecordRefusal } from './refusal.ts';

export const MAX_PHASE_OUTS = 100;

export interface StoredPhaseOut extends PhaseOut {
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

type Row = typeof phaseOuts.$inferSelect;

/** In the order in which they are looked through: by name. */
export async function loadPhaseOuts(db: Database): Promise<readonly PhaseOut[]> {
  return listPhaseOuts(db, MAX_PHASE_OUTS, null);
}

/** Phase-outs in order of name, after `after`. */
export async function listPhaseOuts(db: Database, limit: number, after: string | null): Promise<StoredPhaseOut[]> {
  const rows = await db
    .select()
    .from(phaseOuts)
    .where(after === null ? undefined : gt(phaseOuts.name, after))
    .orderBy(asc(phaseOuts.name))
    .limit(limit);
  return rows.map((row) => stored(row));
}

export async function findPhaseOut(db: Database, name: string): Promise<Result<StoredPhaseOut, RecordRefusal>> {
  const [row] = await selectPhaseOut(db, name);
  return row === undefined ? notFound(name) : succeed(stored(row));
}

/** Creates or replaces a phase-out. */
export async function putPhaseOut(
  act: Act,
  phaseOut: PhaseOut,
): Promise<Result<{ readonly phaseOut: StoredPhaseOut; readonly created: boolean }, RecordRefusal>> {
  const { db, atMs } = act;
  const { name, to: target, ...rest } = phaseOut;
  const [before, [total]] = await db.batch([selectPhaseOut(db, name), db.select({ live: count() }).from(phaseOuts)]);
  const created = before.length === 0;
  if (created && (total?.live ?? 0) >= MAX_PHASE_OUTS) {
    return fail({ reason: 'too_many', resource: 'phase-out', limit: MAX_PHASE_OUTS });
  }
  const content = { ...rest, target, updatedAt: atMs };
  const entry: AuditEntry = {
    action: 'phase_out.put',
    team: null,
    target: name,
    detail: { ...phaseOut },
    before: selectPhaseOut(db, name),
  };
  const [[row]] = await audited(act, entry, (log) => [
    db
      .insert(phaseOuts)
      .values({ name, ...content, createdAt: atMs })
      .onConflictDoUpdate({ target: phaseOuts.name, set: { ...content, version: sql`${phaseOuts.version} + 1` } })
      .returning(),
    log,
  ]);
  return row === undefined ? notFound(name) : succeed({ phaseOut: stored(row), created });
}

export async function deletePhaseOut(act: Act, name: string): Promise<Result<void, RecordRefusal>> {
  const { db } = act;
  const entry: AuditEntry = {
    action: 'phase_out.delete',
    team: null,
    target: name,
    detail: {},
    before: selectPhaseOut(db, name),
  };
  const [deleted] = await audited(act, entry, (log) => [
    db.delete(phaseOuts).where(eq(phaseOuts.name, name)).returning({ name: phaseOuts.name }),
    log,
  ]);
  return deleted.length === 0 ? notFound(name) : succeed(undefined);
}

function selectPhaseOut(db: Database, name: string) {
  return db.select().from(phaseOuts).where(eq(phaseOuts.name, name));
}

function stored({ name, models, aliases, target, stages, version, createdAt, updatedAt }: Row): StoredPhaseOut {
  return { name, models, aliases, to: target, stages, version, createdAtMs: createdAt, updatedAtMs: updatedAt };
}

function notFound(name: string): Result<never, RecordRefusal> {
  return fail({ reason: 'not_found', resource: 'phase-out', id: name });
}
