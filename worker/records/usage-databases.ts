// The databases among which usage is spread. A question goes to all of them at once; what they answer is put together in the
// order in which one database would have told it. A team's usage lies in one of them, but nothing here depends on that.

import type { Database } from './database.ts';

/** The record first; the others hold usage and nothing else. */
export type UsageDatabases = readonly [Database, ...Database[]];

/** Below zero where `left` comes first. */
export type Order<Row> = (left: Row, right: Row) => number;

/** Asks every database, and merges what each tells in `order`; `limit` as it was asked of each. */
export async function fromAll<Row>(
  databases: UsageDatabases,
  read: (db: Database) => Promise<readonly Row[]>,
  { order, limit = Infinity, add }: Merging<Row>,
): Promise<Row[]> {
  const [record, ...others] = databases;
  if (others.length === 0) return [...(await read(record))];
  const answers = await Promise.all(databases.map(read));
  const merged: Row[] = [];
  for (const row of answers.flat().toSorted(order)) {
    const last = merged.at(-1);
    if (add !== undefined && last !== undefined && order(last, row) === 0) merged[merged.length - 1] = add(last, row);
    else merged.push(row);
  }
  return merged.length > limit ? merged.slice(0, limit) : merged;
}

interface Merging<Row> {
  readonly order: Order<Row>;
  readonly limit?: number;
  /** Makes one of two rows of the same place; where it is left out, both stay. */
  readonly add?: (left: Row, right: Row) => Row;
}

/** SQLite's own order of texts: by code points, where JavaScript compares halves of them. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (one !== other) return rank(one) - rank(other);
  }
  return left.length - right.length;
}

/** Halves of code points beyond 0xFFFF come behind all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
