// The invariants of a ledger, checked against what is on its disk. It reads and compares; it changes nothing.

import { addAmounts, type Amounts, NO_AMOUNTS, sameAmounts, units } from '../../schema/amounts.ts';
import type { LedgerCheck, VerifyReport } from '../../schema/ledger.ts';
import type { Book } from './book.ts';
import { counterKey } from './call-row.ts';
import { dayOf, NONE, plus, type Sum } from './day-book.ts';
import type { Journal } from './journal.ts';
import { isEnded } from './outbox.ts';
import { recover } from './recovery.ts';
import type { Store } from './store.ts';

export interface Evidence {
  readonly book: Book;
  readonly journal: Journal;
  readonly store: Store;
  readonly alarmAtMs: number | null;
  readonly nowMs: number;
}

/** How late the alarm may be before a hold that is still open counts as forgotten. */
const LATE_ALARM_MS = 2 * 60_000;
/** After a long absence of D1 the outbox may be larger than is worth reading. */
const MAX_PAGES_READ = 10_000;
const MAX_SHOWN = 5;

/** Everything in memory must have been written before. */
export function verifyLedger(evidence: Evidence): VerifyReport {
  const { book, nowMs } = evidence;
  return {
    asOfMs: nowMs,
    checks: [
      checkDisk(evidence),
      checkHolds(book),
      checkSigns(book),
      checkLifetimes(book, nowMs),
      checkOutbox(evidence),
      checkAlarm(evidence),
    ],
    delivered: book.days.delivered(),
    pending: book.days.pending(),
  };
}

function checkDisk({ book, store }: Evidence): LedgerCheck {
  const { book: stored } = recover(store);
  const keys = new Set([...book.counters.keys(), ...stored.counters.keys()]);
  const wrong = [...keys].filter((key) => {
    const inMemory = book.counters.get(key);
    const onDisk = stored.counters.get(key);
    return (
      !sameAmounts(inMemory?.settled ?? NO_AMOUNTS, onDisk?.settled ?? NO_AMOUNTS) ||
      !sameAmounts(inMemory?.held ?? NO_AMOUNTS, onDisk?.held ?? NO_AMOUNTS)
    );
  });
  const lost = [...book.open.keys()].filter((id) => !stored.open.has(id));
  const gained = [...stored.open.keys()].filter((id) => !book.open.has(id));
  return check('the totals and holds in memory are those on the disk', [...wrong, ...lost, ...gained], {
    otherwise: `${keys.size} counters, ${book.open.size} holds`,
  });
}

function checkHolds(book: Book): LedgerCheck {
  const sums = new Map<string, Amounts>();
  for (const { charges, held } of book.open.values()) {
    for (const charge of charges) {
      const key = counterKey(charge);
      sums.set(key, addAmounts(sums.get(key) ?? NO_AMOUNTS, held));
    }
  }
  const wrong = [...book.counters].filter(([key, { held }]) => !sameAmounts(held, sums.get(key) ?? NO_AMOUNTS));
  return check(
    'held is the sum of the open holds',
    wrong.map(([key]) => key),
    { otherwise: `${book.open.size} holds` },
  );
}

function checkSigns(book: Book): LedgerCheck {
  const wrong = [...book.counters].filter(([, { held, settled }]) =>
    units.some((unit) => held[unit] < 0 || settled[unit] < 0),
  );
  return check(
    'nothing held or settled is below zero',
    wrong.map(([key]) => key),
    { otherwise: `${book.counters.size} counters` },
  );
}

function checkLifetimes(book: Book, nowMs: number): LedgerCheck {
  const forgotten = [...book.open.values()].filter(({ expiresAtMs }) => expiresAtMs + LATE_ALARM_MS < nowMs);
  return check(
    'no hold outlives its time',
    forgotten.map(({ id }) => id),
    { otherwise: `${book.open.size} holds` },
  );
}

function checkOutbox({ book, journal, store }: Evidence): LedgerCheck {
  const name = 'what ended is what was delivered and what is still in the outbox';
  const pages = [...journal.undelivered()];
  if (pages.length > MAX_PAGES_READ) {
    return { name, ok: true, detail: `not compared: ${journal.pendingEvents} events wait for D1` };
  }
  const waiting = new Map<number, Sum>();
  for (const { number } of pages) {
    for (const row of store.readPage(number).calls.filter(isEnded)) {
      waiting.set(dayOf(row), plus(waiting.get(dayOf(row)) ?? NONE, row));
    }
  }
  const wrong = book.days.pending().filter(({ dayStartMs, events, amounts }) => {
    const found = waiting.get(dayStartMs) ?? NONE;
    return events !== found.events || !sameAmounts(amounts, found.amounts);
  });
  return check(
    name,
    wrong.map(({ dayStartMs }) => new Date(dayStartMs).toISOString().slice(0, 10)),
    { otherwise: `${journal.pendingEvents} events wait for D1` },
  );
}

function checkAlarm({ book, journal, alarmAtMs, nowMs }: Evidence): LedgerCheck {
  const hasWork = book.open.size > 0 || journal.hasUndelivered;
  const isSet = alarmAtMs !== null && alarmAtMs + LATE_ALARM_MS >= nowMs;
  return check('an alarm is set while there is work', hasWork && !isSet ? ['no alarm'] : [], {
    otherwise: hasWork ? 'set' : 'nothing to do',
  });
}

function check(name: string, wrong: readonly string[], { otherwise }: { readonly otherwise: string }): LedgerCheck {
  if (wrong.length === 0) return { name, ok: true, detail: otherwise };
  const more = wrong.length > MAX_SHOWN ? ` and ${wrong.length - MAX_SHOWN} more` : '';
  return { name, ok: false, detail: `wrong: ${wrong.slice(0, MAX_SHOWN).join(', ')}${more}` };
}
