// The ledger as its disk tells it: the checkpoint, and on top of it every page written since. What is in memory is never
// anything else than this.

import { Book, REMEMBER_ENDED_MS } from './book.ts';
import { Journal } from './journal.ts';
import type { Store } from './store.ts';

export interface Recovered {
  readonly book: Book;
  readonly journal: Journal;
  /** The latest time the disk knows of: the ledger's clock never goes behind it. */
  readonly atMs: number;
}

export function recover(store: Store): Recovered {
  const { mark, atMs, ...start } = store.loadCheckpoint();
  const headers = store.loadHeaders();
  const lastMs = Math.max(atMs, headers.at(-1)?.writtenAtMs ?? 0);
  const book = new Book(start);
  const kept = new Set(start.kept.map(({ id }) => id));
  for (const { number, flush, writtenAtMs } of headers) {
    if (flush > mark.flush) {
      for (const row of store.readPage(number).calls) book.put(row);
    } else if (writtenAtMs > lastMs - REMEMBER_ENDED_MS) {
      // In the totals already; only what it was answered is wanted again. The last word on a call is the one that counts.
      for (const row of store.readPage(number).calls) {
        if (row.state !== 'held' && !kept.has(row.id)) book.remember(row);
      }
    }
  }
  return { book, journal: new Journal(headers, mark, lastMs), atMs: lastMs };
}
