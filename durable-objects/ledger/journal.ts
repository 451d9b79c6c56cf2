// Which pages of the journal are in use and for what. Every write of the ledger is one page, whatever number of calls it
// holds; pages that nothing needs any more are written over, so that nothing is ever deleted on the way of a call.
// It knows neither SQL nor what is on a page.

/** One write, in the order of `flush`. */
export interface PageHeader {
  /** The row it is in; numbers are used again. */
  readonly number: number;
  /** Rises with every write of this ledger. */
  readonly flush: number;
  readonly writtenAtMs: number;
  /** Events for D1 on this page. */
  readonly events: number;
}

/** What the checkpoint stands for: all pages up to `flush` are in its totals, all up to `delivered` are in D1. */
export interface Mark {
  readonly flush: number;
  readonly delivered: number;
}

/** Pages keep answering repeated requests after a restart for as long as memory does, unless there are too many of them. */
const KEEP_PAGES_MS = 2 * 60_000;
const MAX_PAGES_KEPT = 2_000;
/** Free pages beyond these are deleted: D1 was away for long, and their room on the disk costs more than their deletion. */
const MAX_FREE_PAGES = 1_000;
const MAX_PAGES_DELETED = 5_000;

export class Journal {
  /** In the order of `flush`. */
  readonly #inUse = new Map<number, PageHeader>();
  readonly #undelivered = new Map<number, PageHeader>();
  readonly #free: number[] = [];
  #mark: Mark;
  #flush: number;
  #highest = 0;
  #lastWriteAtMs = 0;

  /** `headers` in the order of `flush`, as they are on the disk at `nowMs`. */
  constructor(headers: readonly PageHeader[], mark: Mark, nowMs: number) {
    this.#mark = mark;
    this.#flush = Math.max(mark.flush, headers.at(-1)?.flush ?? 0);
    for (const header of headers) {
      this.#inUse.set(header.flush, header);
      this.#lastWriteAtMs = header.writtenAtMs;
      this.#highest = Math.max(this.#highest, header.number);
      if (header.flush > mark.delivered && header.events > 0) this.#undelivered.set(header.flush, header);
    }
    this.#freePages(nowMs);
  }

  /** Writes since the last checkpoint. */
  get sinceCheckpoint(): number {
    return this.#flush - this.#mark.flush;
  }

  /** Whether the checkpoint says all there is to say. */
  get isMarked(): boolean {
    return this.#mark.flush === this.#flush && this.#mark.delivered === this.mark.delivered;
  }

  get lastWriteAtMs(): number {
    return this.#lastWriteAtMs;
  }

  get mark(): Mark {
    const next = this.#undelivered.values().next().value;
    return { flush: this.#flush, delivered: next === undefined ? this.#flush : next.flush - 1 };
  }

  /** Events that D1 has not acknowledged. */
  get pendingEvents(): number {
    let events = 0;
    for (const header of this.#undelivered.values()) events += header.events;
    return events;
  }

  get hasUndelivered(): boolean {
    return this.#undelivered.size > 0;
  }

  /** A page for the next write. */
  take(nowMs: number, events: number): PageHeader {
    const number = this.#free.pop() ?? (this.#highest += 1);
    const header: PageHeader = { number, flush: (this.#flush += 1), writtenAtMs: nowMs, events };
    this.#inUse.set(header.flush, header);
    this.#lastWriteAtMs = nowMs;
    if (events > 0) this.#undelivered.set(header.flush, header);
    return header;
  }

  /** The oldest pages with events for D1, as many as hold at most `maxEvents`, and at least one where there is any. */
  nextUndelivered(maxEvents: number): PageHeader[] {
    const pages: PageHeader[] = [];
    let events = 0;
    for (const header of this.#undelivered.values()) {
      events += header.events;
      if (pages.length > 0 && events > maxEvents) break;
      pages.push(header);
    }
    return pages;
  }

  undelivered(): Iterable<PageHeader> {
    return this.#undelivered.values();
  }

  /** D1 has the events of these pages, which came from `nextUndelivered`. */
  markDelivered(pages: readonly PageHeader[]): void {
    for (const { flush } of pages) this.#undelivered.delete(flush);
  }

  /** The checkpoint carries `mark` now. Returns the numbers of pages to delete; other pages become free for use. */
  checkpointed(mark: Mark, nowMs: number): number[] {
    this.#mark = mark;
    this.#freePages(nowMs);
    const surplus = Math.min(MAX_PAGES_DELETED, Math.max(0, this.#free.length - MAX_FREE_PAGES));
    return this.#free.splice(0, surplus);
  }

  #freePages(nowMs: number): void {
    const freeUpTo = Math.min(this.#mark.flush, this.#mark.delivered);
    for (const { flush, number, writtenAtMs } of this.#inUse.values()) {
      const isWanted = writtenAtMs > nowMs - KEEP_PAGES_MS && this.#inUse.size <= MAX_PAGES_KEPT;
      if (flush > freeUpTo || isWanted) break;
      this.#inUse.delete(flush);
      this.#free.push(number);
    }
  }
}
