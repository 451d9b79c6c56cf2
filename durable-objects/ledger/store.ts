// The only SQL of the ledger: configuration, journal and checkpoint of one team in the object's own database.

import type { Amounts } from '../../schema/amounts.ts';
import { budgetIdSchema } from '../../schema/ids.ts';
import type { ForgetInput } from '../../schema/ledger.ts';
import { micros } from '../../schema/micros.ts';
import type { TeamConfigInput } from '../../schema/team-config.ts';
import type { CallRow, Charge } from './call-row.ts';
import type { Database, SqlValue } from './database.ts';
import type { DayRecord } from './day-book.ts';
import { countersOf, renamed, traces } from './forgetting.ts';
import type { Mark, PageHeader } from './journal.ts';
import { hasTables, isUpToDate, migrate } from './migrations.ts';
import { NamedTexts } from './named-texts.ts';
import { decodePage, encodePage, type PageContent } from './page-codec.ts';
import type { ZoneChange } from './window.ts';

export interface StoredConfig {
  readonly version: number;
  readonly config: TeamConfigInput;
  readonly zoneChange: ZoneChange | null;
}

export interface SettledCounter {
  readonly charge: Charge;
  readonly settled: Amounts;
}

export interface StoredCheckpoint {
  readonly mark: Mark;
  readonly atMs: number;
  readonly counters: readonly SettledCounter[];
  readonly days: readonly DayRecord[];
  readonly kept: readonly CallRow[];
}

/** What changed since the checkpoint before; the calls that are kept are all of them. */
export interface CheckpointChange extends StoredCheckpoint {
  readonly forgottenCounters: readonly Charge[];
  readonly forgottenDays: readonly number[];
}

interface HeaderColumns extends Record<string, SqlValue> {
  number: number;
  flush: number;
  written_at: number;
  events: number;
}

interface CounterColumns extends Record<string, SqlValue> {
  budget: string;
  counted: string;
  window_start: number;
  window_end: number | null;
  settled_usd: number;
  settled_tokens: number;
  settled_requests: number;
}

const CONFIG = 'config';
const CHECKPOINT = 'checkpoint';
const NO_MARK = { flush: 0, delivered: 0, atMs: 0 };
/** Some 150 KB of JSON a row; the platform takes 2 MB. */
const CALLS_A_CHUNK = 200;
/** What is delivered a second after it was written need not be read again; some megabytes under full load. */
const MAX_PAGES_AT_HAND = 256;
/** Some 10 KB each; there are more only while D1 is away for long. */
const MAX_PAGES_LOOKED_THROUGH = 5_000;
const KEEP = 'INSERT INTO kept (chunk, calls) VALUES (?1, ?2) ON CONFLICT (chunk) DO UPDATE SET calls = ?2';

export class Store {
  readonly #database: Database;
  readonly #texts: NamedTexts;
  /** Content of pages that were written lately and have events to deliver, by their number. */
  readonly #recent = new Map<number, { readonly flush: number; readonly content: PageContent }>();

  constructor(database: Database) {
    this.#database = database;
    this.#texts = new NamedTexts(database);
  }

  /** Whether the team was ever configured; brings its tables up to date if so. */
  open(): boolean {
    if (!hasTables(this.#database)) return false;
    if (!isUpToDate(this.#database)) migrate(this.#database);
    return true;
  }

  create(): void {
    migrate(this.#database);
  }

  loadConfig(): StoredConfig | null {
    const text = this.#texts.getLong(CONFIG);
    return text === null ? null : JSON.parse(text);
  }

  saveConfig(stored: StoredConfig): void {
    this.#texts.setLong(CONFIG, JSON.stringify(stored));
  }

  /** All that is written by `work`, or nothing of it. */
  atomically(work: () => void): void {
    this.#database.transaction(work);
  }

  writePage(header: PageHeader, content: PageContent): void {
    const { number, flush, writtenAtMs, events } = header;
    this.#keepAtHand(header, content);
    this.#database.all(
      `INSERT INTO page (number, flush, written_at, events, content) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (number) DO UPDATE SET flush = ?2, written_at = ?3, events = ?4, content = ?5`,
      number,
      flush,
      writtenAtMs,
      events,
      encodePage(content),
    );
  }

  /** In the order of their writing. */
  loadHeaders(): PageHeader[] {
    return this.#database
      .all<HeaderColumns>('SELECT number, flush, written_at, events FROM page ORDER BY flush')
      .map(({ number, flush, written_at: writtenAtMs, events }) => ({ number, flush, writtenAtMs, events }));
  }

  /** A page written a moment ago is at hand; others are read from the disk. */
  loadPage({ number, flush }: PageHeader): PageContent {
    const recent = this.#recent.get(number);
    if (recent?.flush === flush) return recent.content;
    return this.readPage(number);
  }

  /** A page as it is on the disk. */
  readPage(number: number): PageContent {
    const [row] = this.#database.all<{ content: string }>('SELECT content FROM page WHERE number = ?', number);
    return row === undefined ? { calls: [], thresholds: [] } : decodePage(row.content);
  }

  loadCheckpoint(): StoredCheckpoint {
    const text = this.#texts.get(CHECKPOINT);
    const { atMs, ...mark }: typeof NO_MARK = text === null ? NO_MARK : JSON.parse(text);
    return {
      mark,
      atMs,
      counters: this.#database.all<CounterColumns>('SELECT * FROM counter').map(toCounter),
      days: this.#database
        .all<{ day_start: number; ended: string; delivered: string }>('SELECT * FROM day ORDER BY day_start')
        .map((row) => ({
          dayStartMs: row.day_start,
          ended: JSON.parse(row.ended),
          delivered: JSON.parse(row.delivered),
        })),
      kept: this.#database
        .all<{ calls: string }>('SELECT calls FROM kept ORDER BY chunk')
        .flatMap((row): CallRow[] => JSON.parse(row.calls)),
    };
  }

  /** Saves a checkpoint and deletes the given pages, in one transaction. */
  saveCheckpoint(change: CheckpointChange, surplusPages: readonly number[]): void {
    this.#database.transaction(() => {
      for (const counter of change.counters) this.#saveCounter(counter);
      for (const charge of change.forgottenCounters) this.#deleteCounter(charge);
      for (const day of change.days) this.#saveDay(day);
      for (const dayStartMs of change.forgottenDays) {
        this.#database.all('DELETE FROM day WHERE day_start = ?', dayStartMs);
      }
      this.#saveKept(change.kept);
      this.#texts.set(CHECKPOINT, JSON.stringify({ ...change.mark, atMs: change.atMs }));
      if (surplusPages.length > 0) {
        const numbers = JSON.stringify(surplusPages);
        this.#database.all('DELETE FROM page WHERE number IN (SELECT value FROM json_each(?))', numbers);
      }
    });
  }

  /** Writes a person down by a pseudonym, on pages that are free as well; false where there are too many pages for that. */
  forget(person: ForgetInput): boolean {
    const [pages] = this.#database.all<{ pages: number }>('SELECT count(*) AS pages FROM page');
    if (pages === undefined || pages.pages > MAX_PAGES_LOOKED_THROUGH) return false;
    const { calls, page } = renamed(person);
    this.#database.transaction(() => {
      for (const { from, to } of countersOf(person)) this.#renameCounters(from, to);
      const kept = this.#database.all<{ chunk: number; calls: string }>('SELECT chunk, calls FROM kept');
      for (const row of kept) this.#database.all(KEEP, row.chunk, JSON.stringify(calls(JSON.parse(row.calls))));
      for (const { number } of this.#pagesWith(traces(person.user))) {
        const content = encodePage(page(this.readPage(number)));
        this.#database.all('UPDATE page SET content = ?2 WHERE number = ?1', number, content);
      }
    });
    this.#recent.clear();
    return true;
  }

  #pagesWith(texts: readonly string[]): { readonly number: number }[] {
    return this.#database.all(
      'SELECT number FROM page WHERE EXISTS (SELECT 1 FROM json_each(?) WHERE instr(content, value) > 0)',
      JSON.stringify(texts),
    );
  }

  /** Calls that ended between two attempts may have left counters under both names. */
  #renameCounters(from: string, to: string): void {
    this.#database.all(
      `INSERT INTO counter SELECT budget, ?2, window_start, window_end, settled_usd, settled_tokens, settled_requests
       FROM counter WHERE counted = ?1
       ON CONFLICT (budget, counted, window_start) DO UPDATE SET settled_usd = settled_usd + excluded.settled_usd,
         settled_tokens = settled_tokens + excluded.settled_tokens,
         settled_requests = settled_requests + excluded.settled_requests`,
      from,
      to,
    );
    this.#database.all('DELETE FROM counter WHERE counted = ?', from);
  }

  #keepAtHand({ number, flush, events }: PageHeader, content: PageContent): void {
    if (events === 0) {
      this.#recent.delete(number);
      return;
    }
    if (this.#recent.size >= MAX_PAGES_AT_HAND) this.#recent.clear();
    this.#recent.set(number, { flush, content });
  }

  #saveCounter({ charge, settled }: SettledCounter): void {
    this.#database.all(
      `INSERT INTO counter
         (budget, counted, window_start, window_end, settled_usd, settled_tokens, settled_requests)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
       ON CONFLICT (budget, counted, window_start)
       DO UPDATE SET window_end = ?4, settled_usd = ?5, settled_tokens = ?6, settled_requests = ?7`,
      charge.budget,
      charge.counted,
      charge.windowStartMs,
      charge.windowEndMs,
      settled.usd,
      settled.tokens,
      settled.requests,
    );
  }

  #deleteCounter({ budget, counted, windowStartMs }: Charge): void {
    this.#database.all(
      'DELETE FROM counter WHERE budget = ? AND counted = ? AND window_start = ?',
      budget,
      counted,
      windowStartMs,
    );
  }

  #saveDay({ dayStartMs, ended, delivered }: DayRecord): void {
    this.#database.all(
      `INSERT INTO day (day_start, ended, delivered) VALUES (?1, ?2, ?3)
       ON CONFLICT (day_start) DO UPDATE SET ended = ?2, delivered = ?3`,
      dayStartMs,
      JSON.stringify(ended),
      JSON.stringify(delivered),
    );
  }

  #saveKept(calls: readonly CallRow[]): void {
    let chunk = 0;
    for (let start = 0; start < calls.length; start += CALLS_A_CHUNK) {
      const text = JSON.stringify(calls.slice(start, start + CALLS_A_CHUNK));
      this.#database.all(KEEP, chunk, text);
      chunk += 1;
    }
    this.#database.all('DELETE FROM kept WHERE chunk >= ?', chunk);
  }
}

function toCounter(columns: CounterColumns): SettledCounter {
  return {
    charge: {
      budget: budgetIdSchema.parse(columns.budget),
      counted: columns.counted,
      windowStartMs: columns.window_start,
      windowEndMs: columns.window_end,
    },
    settled: {
      usd: micros(columns.settled_usd),
      tokens: columns.settled_tokens,
      requests: columns.settled_requests,
    },
  };
}
