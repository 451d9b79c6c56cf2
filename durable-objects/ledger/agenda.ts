// When the object must wake up next: for a hold that expires or for events that wait for D1. Pure.

import type { Book } from './book.ts';

/** Ended calls wait this long for company before they are delivered to D1. */
export const DELIVERY_DELAY_MS = 1_000;

const MAX_RETRY_DELAY_MS = 60_000;
const MAX_DOUBLINGS = 6;

/** The moment of the next piece of work, or null when there is none. `failures` counts deliveries that failed in a row. */
export function nextWakeUp(book: Book, failures: number, nowMs: number): number | null {
  let next = book.outbox.size > 0 ? nowMs + deliveryDelayMs(failures) : Number.POSITIVE_INFINITY;
  for (const row of book.open.values()) next = Math.min(next, row.expiresAtMs);
  return next === Number.POSITIVE_INFINITY ? null : Math.max(nowMs, next);
}

/** Doubles with each failure, up to a minute: D1 may be away for an hour, and the events wait here meanwhile. */
export function deliveryDelayMs(failures: number): number {
  return Math.min(MAX_RETRY_DELAY_MS, DELIVERY_DELAY_MS * 2 ** Math.min(failures, MAX_DOUBLINGS));
}
