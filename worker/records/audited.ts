// Makes a change and its row of the audit trail one write. The row's hash needs the row before it, which is read first; if
// another change takes the place meanwhile, the database undoes the batch and it is made again on top of that one.

import type { BatchItem, BatchResponse } from 'drizzle-orm/batch';
import { type SQL, sql } from 'drizzle-orm';
import { actorName } from '../../schema/actor.ts';
import { audit, auditHead } from '../../schema/d1/audit.ts';
import type { SlackUserId, TeamId, UserId } from '../../schema/ids.ts';
import type { Act } from './act.ts';
import { type AuditRow, hashOf } from './audit-row.ts';
import { peopleIn, tokensFor } from './audit-names.ts';
import type { Database } from './database.ts';

export interface AuditEntry {
  /** What was done to what, such as "budget.put". */
  readonly action: `${string}.${string}`;
  /** Null for what is no team's. */
  readonly team: TeamId | null;
  /** The id of what is changed. */
  readonly target: string;
  /** Where the target is somebody who may be new here, by whatever id. */
  readonly person?: UserId | SlackUserId;
  /**
   * What it is from now on, and why. Rows stay for ever: nothing secret goes in here, and of people their id alone, in `user`
   * or wherever else `peopleIn` looks.
   */
  readonly detail: Readonly<Record<string, unknown>>;
  /** Finds what there was before, if anything. */
  readonly before?: BatchItem<'sqlite'>;
}

/** At most so many changes get in front of one. */
const MAX_ATTEMPTS = 50;
const MAX_PAUSE_MS = 20;
/** Whoever is in front may be gone with its request; then nobody waits for it any longer. */
const MAX_TURN_MS = 500;
/** Never written down, whatever table the row before is of. */
const UNTOLD = new Set(['digest', 'previousDigest', 'email', 'last4', 'secret']);

/**
 * Runs what `statements` makes as one batch. It places `log` right behind the statement that makes the change: the row is
 * written only if that statement changed something. May be run several times; only the last time counts.
 */
export async function audited<Item extends BatchItem<'sqlite'>, Items extends Readonly<[Item, ...Item[]]>>(
  act: Act,
  entry: AuditEntry,
  statements: (log: LogStatement) => Items,
): Promise<BatchResponse<Items>> {
  return onTopOfHead(act, entry, async (row) => act.db.batch(statements(logIf(act.db, row, sql`changes() > 0`))));
}

/**
 * Writes down what changed nothing, such as an attempt that was refused. With `quietMs` not if the same was written down so
 * shortly before: rows stay for ever, and are made one after the other.
 */
export async function appendAudit(act: Act, entry: AuditEntry, quietMs: number | null = null): Promise<void> {
  const condition = (row: AuditRow) => (quietMs === null ? sql`true` : isNews(row, quietMs));
  await onTopOfHead(act, entry, (row) => logIf(act.db, row, condition(row)));
}

function isNews({ at, actor, action, target }: AuditRow, quietMs: number): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM audit WHERE target = ${target} AND action = ${action} AND actor = ${actor}
    AND at > ${at - quietMs})`;
}

/** Settles when the last change of this isolate has been written. */
let lastInLine: Promise<void> = Promise.resolve();

/** Changes of one isolate go one after the other, so that they do not undo each other's work; what is written is safe anyway. */
async function inTurn<Done>(work: () => Promise<Done>): Promise<Done> {
  const inFront = lastInLine;
  const turn = Promise.withResolvers<void>();
  lastInLine = turn.promise;
  await Promise.race([inFront, scheduler.wait(MAX_TURN_MS)]);
  try {
    return await work();
  } finally {
    turn.resolve();
  }
}

type LogStatement = ReturnType<typeof logIf>;

async function onTopOfHead<Done>(act: Act, entry: AuditEntry, write: (row: AuditRow) => Promise<Done>): Promise<Done> {
  return inTurn(async () => writeOnTop(act, entry, write));
}

async function writeOnTop<Done>(act: Act, entry: AuditEntry, write: (row: AuditRow) => Promise<Done>): Promise<Done> {
  for (let attempt = 1; ; attempt += 1) {
    const row = await nextRow(act, entry);
    try {
      return await write(row);
    } catch (error) {
      if (!wasOvertaken(error) || attempt === MAX_ATTEMPTS) throw error;
    }
    await scheduler.wait(Math.random() * MAX_PAUSE_MS);
  }
}

async function nextRow({ db, by, atMs, requestId }: Act, entry: AuditEntry): Promise<AuditRow> {
  const { action, team, person } = entry;
  const [head, before] = await readHead(db, entry.before);
  const detail = before === undefined ? entry.detail : { ...entry.detail, before };
  const people = peopleIn(by, detail);
  if (person !== undefined) people.add(person);
  const named = await tokensFor(db, [actorName(by), entry.target, ...textsIn(detail)], people);
  const row = {
    seq: head.seq + 1,
    at: atMs,
    actor: named(actorName(by)),
    action,
    team,
    target: named(entry.target),
    detail: jsonOf(detail, named),
    requestId,
    prevHash: head.hash,
  };
  return { ...row, hash: await hashOf(row) };
}

/** Both in one batch: if the head is the same when the row is written, what there was before is so too. */
async function readHead(db: Database, before: BatchItem<'sqlite'> | undefined) {
  const headQuery = db.select().from(auditHead);
  const [[head], prior] = before === undefined ? [await headQuery, []] : await db.batch([headQuery, before] as const);
  if (head === undefined) throw new TypeError('the audit trail has no head: migrations are missing');
  const [row]: readonly unknown[] = Array.isArray(prior) ? prior : [];
  return [head, row] as const;
}

function logIf(db: Database, row: AuditRow, condition: SQL) {
  const { seq, at, actor, action, team, target, detail, requestId, prevHash, hash } = row;
  return db.insert(audit).select(
    sql`SELECT ${seq}, ${at}, ${actor}, ${action}, ${team}, ${target}, ${detail}, ${requestId}, ${prevHash}, ${hash}
      WHERE ${condition}`,
  );
}

/** As JSON, without secrets, and with its texts as `say` has them. */
function jsonOf(detail: unknown, say: (text: string) => string): string {
  return JSON.stringify(detail, (name, value: unknown) => {
    if (UNTOLD.has(name)) return undefined;
    return typeof value === 'string' ? say(value) : value;
  });
}

function textsIn(detail: unknown): string[] {
  const texts: string[] = [];
  jsonOf(detail, (text) => {
    texts.push(text);
    return text;
  });
  return texts;
}

/** The trigger says so; drizzle wraps what D1 throws. */
function wasOvertaken(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes('audit: another change came first')) return true;
  }
  return false;
}
