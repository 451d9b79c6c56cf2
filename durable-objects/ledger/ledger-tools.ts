// What a ledger is given of the world around it. Types only.

import type { EventSink } from './outbox.ts';
import type { Store } from './store.ts';

export interface LedgerTools {
  readonly store: Store;
  readonly sink: EventSink;
  /** Milliseconds since 1970; may jump. */
  readonly now: () => number;
  /** Calls back after a while; returns how to take that back. What is lost with memory is done by the alarm. */
  readonly timer: (delayMs: number, work: () => void) => () => void;
  /** Sets the one alarm of this ledger; it outlives memory. */
  readonly setAlarm: (atMs: number) => void;
  /** Memory is ahead of a disk that refuses: nothing of it may be used any more. */
  readonly giveUp: (error: unknown) => void;
  /** Told of work that failed and will be tried again. */
  readonly onWorkFailed: (error: unknown) => void;
}
