// Which ended calls are due for D1, in which form, and which rows may go. Pure.

import type { TeamId } from '../../schema/ids.ts';
import type { UsageEvent } from '../../schema/usage-event.ts';
import type { Book } from './book.ts';
import type { EndedCall } from './call-row.ts';

/** Events in one delivery: some 300 KB of JSON, far below D1's limit of 2 MB a parameter. */
export const MAX_EVENTS_A_DELIVERY = 500;

/** How long an ended call answers repeated requests: far longer than any client of the ledger retries. */
const REMEMBER_ENDED_MS = 2 * 60_000;
/** An expired call waits longer, because a late settlement must still find what it corrects. */
const REMEMBER_EXPIRED_MS = 24 * 3_600_000;
/** Under load, ended calls are remembered for less time rather than in more memory. */
const MAX_REMEMBERED_CALLS = 10_000;

export function nextDelivery(book: Book): EndedCall[] {
  return [...book.outbox.values()].slice(0, MAX_EVENTS_A_DELIVERY);
}

export function toEvent(team: TeamId, row: EndedCall): UsageEvent {
  return {
    ...row.facts,
    ...row.ending,
    id: row.id,
    revision: row.revision,
    atMs: row.admittedAtMs,
    team,
    user: row.member,
    key: row.key,
    cost: row.settled.usd,
    overBudgets: row.overBudgets,
  };
}

/** Delivered rows that nobody will ask for any more, oldest first. */
export function forgettable(book: Book, nowMs: number): EndedCall[] {
  const delivered: EndedCall[] = [];
  for (const row of book.rows.values()) {
    if (row.state !== 'held' && !book.outbox.has(row.id)) delivered.push(row);
  }
  const excess = delivered.length - MAX_REMEMBERED_CALLS;
  return delivered.filter((row, index) => index < excess || row.endedAtMs + rememberMs(row) <= nowMs);
}

function rememberMs(row: EndedCall): number {
  return row.state === 'expired' ? REMEMBER_EXPIRED_MS : REMEMBER_ENDED_MS;
}
