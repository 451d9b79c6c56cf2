// The book and the journal kept together: what changes in memory is on the next page, and nothing is answered before that
// page is written. It decides nothing.

import type { ThresholdEvent } from '../../schema/threshold-event.ts';
import { Book, NOTHING } from './book.ts';
import type { CallRow, Charge } from './call-row.ts';
import { GroupCommit } from './group-commit.ts';
import { Journal } from './journal.ts';
import { recover } from './recovery.ts';
import type { PageContent } from './page-codec.ts';
import type { Store } from './store.ts';

/** Bounds a page: some 1.5 KB a call, and the platform takes 2 MB a row. */
const MAX_CALLS_A_PAGE = 500;
/** Counters of windows that ended this long ago are history; the events in D1 tell it. */
const KEEP_COUNTERS_MS = 7 * 24 * 3_600_000;
const KEEP_DAYS_MS = 8 * 24 * 3_600_000;
/** Writes between two checkpoints: few enough to be read again quickly, many enough that a checkpoint costs a call little. */
const WRITES_A_CHECKPOINT = 256;

export interface BookkeepingTools {
  readonly store: Store;
  readonly afterThisTurn: (work: () => void) => void;
  /** The last chance to put something on the page that is about to be written. What it returns is done once it is. */
  readonly beforeWrite: () => () => void;
  readonly onFailure: (error: unknown) => void;
  readonly now: () => number;
}

export class Bookkeeping {
  readonly #tools: BookkeepingTools;
  readonly #commits: GroupCommit;
  #book = new Book(NOTHING);
  #journal = new Journal([], { flush: 0, delivered: 0 }, 0);
  #calls: CallRow[] = [];
  #thresholds: ThresholdEvent[] = [];

  constructor(tools: BookkeepingTools) {
    this.#tools = tools;
    this.#commits = new GroupCommit({
      write: () => this.#write(),
      onFailure: tools.onFailure,
      afterThisTurn: tools.afterThisTurn,
    });
  }

  get book(): Book {
    return this.#book;
  }

  get journal(): Journal {
    return this.#journal;
  }

  get needsCheckpoint(): boolean {
    return this.#journal.sinceCheckpoint >= WRITES_A_CHECKPOINT;
  }

  /** Reads everything from the disk; returns the latest time it knows of. */
  recover(): number {
    const { book, journal, atMs } = recover(this.#tools.store);
    this.#book = book;
    this.#journal = journal;
    return atMs;
  }

  /** Counts at once; written with the next page. */
  put(row: CallRow): void {
    this.#book.put(row);
    this.#calls.push(row);
  }

  tell(thresholds: readonly ThresholdEvent[]): void {
    this.#thresholds.push(...thresholds);
  }

  /** Resolves once everything so far is written. Alone, it is written at once; in company, together with the others'. */
  async written(): Promise<void> {
    await this.#commits.commit(this.#book.open.size <= 1);
  }

  /** Resolves once what others have put is written; at once where nothing waits. */
  async settled(): Promise<void> {
    await this.#commits.settled();
  }

  flush(): void {
    this.#commits.flush();
  }

  /** Lets the totals stand for all pages so far. `isCurrent` says which counters must stay whatever their age. */
  checkpoint(isCurrent: (charge: Charge) => boolean): Charge[] {
    this.flush();
    const nowMs = this.#tools.now();
    const { mark } = this.#journal;
    this.#book.forgetEnded(nowMs);
    const forgottenCounters = this.#book.forgetCounters(nowMs - KEEP_COUNTERS_MS, isCurrent);
    const forgottenDays = this.#book.days.forgetBefore(nowMs - KEEP_DAYS_MS);
    try {
      this.#tools.store.saveCheckpoint(
        {
          mark,
          atMs: nowMs,
          counters: this.#book.takeChanged(),
          days: this.#book.days.takeChanged(),
          kept: this.#book.kept(),
          forgottenCounters,
          forgottenDays,
        },
        this.#journal.checkpointed(mark, nowMs),
      );
    } catch (error) {
      this.#tools.onFailure(error);
      throw error;
    }
    return forgottenCounters;
  }

  #write(): void {
    const afterwards = this.#tools.beforeWrite();
    while (this.#calls.length > 0 || this.#thresholds.length > 0) {
      const content: PageContent = {
        calls: this.#calls.slice(0, MAX_CALLS_A_PAGE),
        thresholds: this.#thresholds.slice(0, MAX_CALLS_A_PAGE),
      };
      const ended = content.calls.reduce((count, { state }) => count + (state === 'held' ? 0 : 1), 0);
      this.#tools.store.writePage(this.#journal.take(this.#tools.now(), ended + content.thresholds.length), content);
      this.#calls = this.#calls.slice(MAX_CALLS_A_PAGE);
      this.#thresholds = this.#thresholds.slice(MAX_CALLS_A_PAGE);
    }
    afterwards();
  }
}
