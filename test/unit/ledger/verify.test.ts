// The ledger's proof of itself: each check fails when what it is about is wrong, on the disk or in memory, and no other does.

import { describe, expect, test } from 'vitest';
import { Book, NOTHING } from '../../../durable-objects/ledger/book.ts';
import type { CallRow } from '../../../durable-objects/ledger/call-row.ts';
import { Journal } from '../../../durable-objects/ledger/journal.ts';
import { Store } from '../../../durable-objects/ledger/store.ts';
import { type Evidence, verifyLedger } from '../../../durable-objects/ledger/verify.ts';
import { NO_AMOUNTS } from '../../../schema/amounts.ts';
import { micros } from '../../../schema/micros.ts';
import { endedRow, openRow, rowId } from '../../helpers/rows.ts';
import { memoryDatabase } from '../../helpers/sqlite-database.ts';

const DISK = 'the totals and holds in memory are those on the disk';
const HOLDS = 'held is the sum of the open holds';
const SIGNS = 'nothing held or settled is below zero';
const LIFETIMES = 'no hold outlives its time';
const OUTBOX = 'what ended is what was delivered and what is still in the outbox';
const ALARM = 'an alarm is set while there is work';
const NOW_MS = 1_000;
const MINUTE_MS = 60_000;

/** A ledger of these calls, one on each page, in memory and on the disk alike. */
function ledgerOf(rows: readonly CallRow[]): Evidence {
  const store = new Store(memoryDatabase());
  store.create();
  const book = new Book(NOTHING);
  const journal = new Journal([], { flush: 0, delivered: 0 }, 0);
  for (const row of rows) {
    book.put(row);
    store.writePage(journal.take(NOW_MS, row.state === 'held' ? 0 : 1), { calls: [row], thresholds: [] });
  }
  return { book, journal, store, alarmAtMs: NOW_MS + MINUTE_MS, nowMs: NOW_MS };
}

const twoCalls = [openRow(1), openRow(2), endedRow(2)];

function failing(evidence: Evidence): string[] {
  return verifyLedger(evidence).checks.flatMap(({ name, ok }) => (ok ? [] : [name]));
}

function detailOf(evidence: Evidence, name: string): string {
  return verifyLedger(evidence).checks.find((check) => check.name === name)?.detail ?? 'no such check';
}

describe('a ledger in order', () => {
  test('has six checks that say what they looked at', () => {
    const report = verifyLedger(ledgerOf(twoCalls));
    expect(report.checks).toEqual([
      { name: DISK, ok: true, detail: '1 counters, 1 holds' },
      { name: HOLDS, ok: true, detail: '1 holds' },
      { name: SIGNS, ok: true, detail: '1 counters' },
      { name: LIFETIMES, ok: true, detail: '1 holds' },
      { name: OUTBOX, ok: true, detail: '1 events wait for D1' },
      { name: ALARM, ok: true, detail: 'set' },
    ]);
    expect(report).toMatchObject({ asOfMs: NOW_MS, delivered: [{ events: 0 }], pending: [{ events: 1 }] });
  });

  test('needs no alarm without work', () => {
    expect(detailOf({ ...ledgerOf([]), alarmAtMs: null }, ALARM)).toBe('nothing to do');
    expect(failing({ ...ledgerOf([]), alarmAtMs: null })).toEqual([]);
  });
});

describe('the disk', () => {
  test.each([
    ['lacks a hold', [openRow(1)], []],
    ['has a hold too many', [], [openRow(1)]],
    ['lacks a settlement', [openRow(1), endedRow(1)], [openRow(1)]],
    ['has another settlement', [endedRow(1)], [endedRow(1, { settled: { ...NO_AMOUNTS, usd: micros(61) } })]],
    ['has a hold of other amounts', [openRow(1)], [openRow(1, { held: { ...NO_AMOUNTS, tokens: 11 } })]],
    ['has another call of the same amounts', [openRow(1)], [openRow(2)]],
    ['lacks a hold that weighs on no budget', [openRow(1, { charges: [] })], []],
    ['has such a hold too many', [], [openRow(1, { charges: [] })]],
  ])('%s', (_, inMemory, onDisk) => {
    const { store } = ledgerOf(onDisk);
    expect(failing({ ...ledgerOf(inMemory), store })).toContain(DISK);
  });

  test('is told with the first five of what differs', () => {
    const rows = Array.from({ length: 8 }, (_, number) => openRow(number, { charges: [] }));
    const wrong = rows.slice(0, 5).map(({ id }) => id);
    const { store } = ledgerOf([]);
    expect(detailOf({ ...ledgerOf(rows), store }, DISK)).toBe(`wrong: ${wrong.join(', ')} and 3 more`);
    expect(detailOf({ ...ledgerOf(rows.slice(0, 5)), store }, DISK)).toBe(`wrong: ${wrong.join(', ')}`);
  });
});

test('held that is no sum of open holds', () => {
  const evidence = ledgerOf(twoCalls);
  const row = openRow(3);
  evidence.book.put(row);
  evidence.store.writePage(evidence.journal.take(NOW_MS, 0), { calls: [row], thresholds: [] });
  // Somebody who changes the amounts of a call after it was put.
  Object.assign(row.held, { usd: micros(99) });
  expect(failing(evidence)).toContain(HOLDS);
});

test.each([
  ['settled', endedRow(1, { settled: { ...NO_AMOUNTS, usd: micros(-1) } })],
  ['settled tokens', endedRow(1, { settled: { ...NO_AMOUNTS, tokens: -1 } })],
  ['held', openRow(1, { held: { ...NO_AMOUNTS, requests: -1 } })],
])('%s below zero', (_, row) => {
  expect(failing(ledgerOf([row]))).toEqual([SIGNS]);
});

test('a hold that its alarm forgot, two minutes after its time', () => {
  const evidence = { ...ledgerOf([openRow(1, { expiresAtMs: MINUTE_MS })]), alarmAtMs: 9 * MINUTE_MS };
  expect(failing({ ...evidence, nowMs: 3 * MINUTE_MS })).toEqual([]);
  expect(failing({ ...evidence, nowMs: 3 * MINUTE_MS + 1 })).toEqual([LIFETIMES]);
  expect(detailOf({ ...evidence, nowMs: 3 * MINUTE_MS + 1 }, LIFETIMES)).toBe(`wrong: ${rowId(1)}`);
});

describe('the outbox', () => {
  test('lacks an event that ended, and was never delivered', () => {
    const evidence = ledgerOf(twoCalls);
    evidence.journal.markDelivered(evidence.journal.nextUndelivered(9));
    expect(failing(evidence)).toEqual([OUTBOX]);
    expect(detailOf(evidence, OUTBOX)).toBe('wrong: 1970-01-01');
  });

  test('lacks an event that cost nothing', () => {
    const evidence = ledgerOf([endedRow(1, { state: 'released', settled: NO_AMOUNTS })]);
    evidence.journal.markDelivered(evidence.journal.nextUndelivered(9));
    expect(failing(evidence)).toEqual([OUTBOX]);
  });

  test('has an event that was delivered', () => {
    const evidence = ledgerOf(twoCalls);
    evidence.book.days.noteDelivered(endedRow(2));
    expect(failing(evidence)).toEqual([OUTBOX]);
  });

  test('has an event of another price', () => {
    const evidence = ledgerOf([endedRow(1)]);
    const { store } = ledgerOf([endedRow(1, { settled: { ...NO_AMOUNTS, usd: micros(61) } })]);
    expect(failing({ ...evidence, store })).toEqual([DISK, OUTBOX]);
  });

  test('is added up by the day of the admission', () => {
    const nextDay = { admittedAtMs: 24 * 60 * MINUTE_MS };
    const evidence = ledgerOf([endedRow(1), endedRow(2, nextDay), endedRow(3, nextDay)]);
    expect(failing(evidence)).toEqual([]);
    evidence.book.days.noteDelivered(endedRow(3));
    expect(detailOf(evidence, OUTBOX)).toBe('wrong: 1970-01-01');
  });

  test('counts a correction once, in its amounts and not as another event', () => {
    const expired = endedRow(1, { state: 'expired', settled: openRow(1).held });
    const corrected = endedRow(1, { revision: 1, replaced: expired.settled });
    expect(verifyLedger(ledgerOf([openRow(1), expired, corrected])).pending).toEqual([
      { dayStartMs: 0, events: 1, amounts: { usd: 60, tokens: 0, requests: 1 } },
    ]);
    expect(failing(ledgerOf([openRow(1), expired, corrected]))).toEqual([]);
  });

  test('is not read when it is longer than is worth reading, and says so', () => {
    const evidence = ledgerOf([]);
    for (let page = 0; page < 10_000; page += 1) evidence.journal.take(NOW_MS, 1);
    evidence.book.days.noteEnded(endedRow(1));
    expect(failing(evidence)).toEqual([OUTBOX]);
    evidence.journal.take(NOW_MS, 1);
    expect(failing(evidence)).toEqual([]);
    expect(detailOf(evidence, OUTBOX)).toBe('not compared: 10001 events wait for D1');
  });
});

describe('no alarm', () => {
  test.each([
    ['for an open hold', [openRow(1)]],
    ['for an event', [endedRow(1)]],
  ])('%s', (_, rows) => {
    expect(failing({ ...ledgerOf(rows), alarmAtMs: null })).toEqual([ALARM]);
  });

  test('that is more than two minutes late counts as one', () => {
    const evidence = { ...ledgerOf([endedRow(1)]), alarmAtMs: MINUTE_MS };
    expect(failing({ ...evidence, nowMs: 3 * MINUTE_MS })).toEqual([]);
    expect(failing({ ...evidence, nowMs: 3 * MINUTE_MS + 1 })).toEqual([ALARM]);
  });
});
