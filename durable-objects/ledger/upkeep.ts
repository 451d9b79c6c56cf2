// What a ledger does between questions: charges holds that nobody settled, brings events to D1, lets a checkpoint stand for
// the journal, and makes sure that it wakes up for the next of these. It knows when, not how.

import { type Agenda, agendaOf, deliveryAgenda } from './agenda.ts';
import type { Bookkeeping } from './bookkeeping.ts';
import type { CallRow, Charge } from './call-row.ts';
import type { EventOwner, Outbox } from './outbox.ts';

/** Bounds one piece of work: then it lets calls through and comes back. */
const MAX_DELIVERIES_AT_ONCE = 20;
/** A ledger that wrote nothing for so long is idle, and leaves its disk as short to read as it can be. */
const IDLE_AFTER_MS = 60_000;
/** An alarm that is later than this was lost; a busy platform rings within seconds. */
const ALARM_LOST_AFTER_MS = 2 * 60_000;

export interface UpkeepTools {
  readonly bookkeeping: Bookkeeping;
  readonly outbox: Outbox;
  readonly now: () => number;
  readonly timer: (delayMs: number, work: () => void) => () => void;
  readonly setAlarm: (atMs: number) => void;
  readonly onFailure: (error: unknown) => void;
  /** Null before there are any events. */
  readonly owner: () => EventOwner | null;
  readonly expireHolds: () => void;
  readonly isCurrent: (charge: Charge) => boolean;
  readonly onForgotten: (charges: readonly Charge[]) => void;
}

export class Upkeep {
  readonly #tools: UpkeepTools;
  #working: Promise<void> = Promise.resolve();
  #failures = 0;
  #alarmAtMs: number | null = null;
  #isRinging = false;
  #timer: { readonly atMs: number; readonly cancel: () => void } | null = null;

  constructor(tools: UpkeepTools) {
    this.#tools = tools;
  }

  /** The alarm as it is set, to this ledger's knowledge, in milliseconds since 1970; now while it is at work. */
  get alarmAtMs(): number | null {
    return this.#alarmAtMs ?? (this.#isRinging ? this.#tools.now() : null);
  }

  /** The alarm that an earlier life of this ledger set, if it is still to ring. */
  restoreAlarm(atMs: number | null): void {
    this.#alarmAtMs = atMs;
    this.arm();
  }

  /** The alarm rang: none is set now. */
  async alarmRang(): Promise<void> {
    this.#alarmAtMs = null;
    this.#isRinging = true;
    await this.work();
    this.#isRinging = false;
  }

  /** Everything that is due. It never throws: an alarm that fails too often is dropped by the platform. */
  work(): Promise<void> {
    this.#working = this.#working.then(() => this.#work());
    return this.#working;
  }

  /** Everything that is due, and a checkpoint that says what D1 has by now. */
  async catchUp(): Promise<void> {
    await this.work();
    this.#checkpoint();
  }

  /** Makes sure of waking up for a call that has just changed, without a look at all the others. */
  armFor(row: CallRow): void {
    if (row.state === 'held') {
      this.#wakeUpBy(row.expiresAtMs);
      return;
    }
    this.#follow(deliveryAgenda(this.#failures, this.#tools.now()));
  }

  /** Makes sure of waking up for what is to be done next. */
  arm(): void {
    this.#follow(this.#agenda());
  }

  #follow({ alarmMs, timerMs }: Agenda): void {
    if (alarmMs !== null) this.#wakeUpBy(alarmMs);
    if (timerMs !== null) this.#workBy(timerMs);
  }

  #agenda(): Agenda {
    const { bookkeeping, now } = this.#tools;
    const { journal, book } = bookkeeping;
    return agendaOf(
      {
        nextExpiryMs: book.nextExpiryMs(),
        hasUndelivered: journal.hasUndelivered,
        failures: this.#failures,
        isBehind: !journal.isMarked,
      },
      now(),
    );
  }

  async #work(): Promise<void> {
    const { bookkeeping, expireHolds, onFailure } = this.#tools;
    try {
      bookkeeping.flush();
      expireHolds();
      await this.#deliver();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      onFailure(error);
    }
    try {
      if (bookkeeping.needsCheckpoint || this.#isIdle()) this.#checkpoint();
      this.arm();
    } catch (error) {
      onFailure(error);
    }
  }

  async #deliver(): Promise<void> {
    const { bookkeeping, outbox, owner: ownerOf } = this.#tools;
    const owner = ownerOf();
    if (owner === null) return;
    for (let delivery = 0; delivery < MAX_DELIVERIES_AT_ONCE; delivery += 1) {
      // No event may reach D1 before its settlement is on the disk.
      bookkeeping.flush();
      if (!(await outbox.deliverNext(owner, bookkeeping.journal, bookkeeping.book.days))) return;
    }
  }

  #isIdle(): boolean {
    const { bookkeeping, now } = this.#tools;
    const { isMarked, lastWriteAtMs } = bookkeeping.journal;
    return !isMarked && now() - lastWriteAtMs >= IDLE_AFTER_MS;
  }

  #checkpoint(): void {
    const { bookkeeping, isCurrent, onForgotten } = this.#tools;
    onForgotten(bookkeeping.checkpoint(isCurrent));
  }

  /** Sets the one alarm unless it rings early enough already; each setting is a row written. */
  #wakeUpBy(atMs: number): void {
    const nowMs = this.#tools.now();
    const isLost = this.#alarmAtMs !== null && this.#alarmAtMs + ALARM_LOST_AFTER_MS < nowMs;
    if (this.#alarmAtMs !== null && this.#alarmAtMs <= atMs && !isLost) return;
    // What a lost alarm stood for is due already.
    this.#alarmAtMs = isLost ? nowMs : atMs;
    this.#tools.setAlarm(this.#alarmAtMs);
  }

  #workBy(atMs: number): void {
    if (this.#timer !== null && this.#timer.atMs <= atMs) return;
    this.#timer?.cancel();
    const cancel = this.#tools.timer(Math.max(0, atMs - this.#tools.now()), () => {
      this.#timer = null;
      void this.work();
    });
    this.#timer = { atMs, cancel };
  }
}
