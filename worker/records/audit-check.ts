// Whether the audit trail is whole: every row in its place, as it was written, and tied to the one before.

import { type AuditMark, readAuditBetween, readAuditHead } from './audit.ts';
import { type AuditRow, hashOf } from './audit-row.ts';
import type { Database } from './database.ts';

export interface AuditBreak {
  readonly seq: number;
  /**
   * `missing`: there is no such row. `changed`: it is not what was hashed when it was written. `detached`: it does not
   * follow from the row before, nor does the trail's own mark from the last, or it is not the row that was noted.
   */
  readonly problem: 'missing' | 'changed' | 'detached';
}

export interface AuditCheck {
  readonly firstBad: AuditBreak | null;
  readonly checked: number;
  /** The last row that was found good: what to go on after, or to note elsewhere and begin with the next time. */
  readonly last: AuditMark;
  readonly head: AuditMark;
}

const ROWS_PER_READING = 1_000;
/** Hashing so many takes a second or two of CPU. */
export const MAX_ROWS_PER_CHECK = 20_000;

/** Checks at most so many rows behind `start`, which must still be there as it was noted. */
export async function checkAudit(db: Database, start: AuditMark, most = MAX_ROWS_PER_CHECK): Promise<AuditCheck> {
  const head = await readAuditHead(db);
  let last = start;
  const told = (firstBad: AuditBreak | null): AuditCheck => ({ firstBad, checked: last.seq - start.seq, last, head });
  const lost = await problemOfMark(db, start);
  if (lost !== null) return told(lost);
  while (last.seq < head.seq && last.seq - start.seq < most) {
    const upTo = Math.min(head.seq, start.seq + most);
    const rows = await readAuditBetween(db, { after: last.seq, upTo, limit: ROWS_PER_READING });
    if (rows.length === 0) return told({ seq: last.seq + 1, problem: 'missing' });
    for (const row of rows) {
      const problem = await problemOf(row, last);
      if (problem !== null) return told(problem);
      last = { seq: row.seq, hash: row.hash };
    }
  }
  const isAtEnd = last.seq === head.seq;
  return told(isAtEnd && last.hash !== head.hash ? { seq: last.seq, problem: 'detached' } : null);
}

/** A trail that was cut off or made anew before the mark says nothing behind it. */
async function problemOfMark(db: Database, { seq, hash }: AuditMark): Promise<AuditBreak | null> {
  if (seq === 0) return null;
  const [row] = await readAuditBetween(db, { after: seq - 1, upTo: seq, limit: 1 });
  if (row === undefined) return { seq, problem: 'missing' };
  if ((await hashOf(row)) !== row.hash) return { seq, problem: 'changed' };
  return row.hash === hash ? null : { seq, problem: 'detached' };
}

async function problemOf(row: AuditRow, before: AuditMark): Promise<AuditBreak | null> {
  if (row.seq !== before.seq + 1) return { seq: before.seq + 1, problem: 'missing' };
  if ((await hashOf(row)) !== row.hash) return { seq: row.seq, problem: 'changed' };
  return row.prevHash === before.hash ? null : { seq: row.seq, problem: 'detached' };
}
