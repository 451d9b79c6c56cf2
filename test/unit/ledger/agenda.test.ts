// When the object wakes up, and which rows it may forget when it does.

import { describe, expect, test } from 'vitest';
import { deliveryDelayMs, nextWakeUp } from '../../../durable-objects/ledger/agenda.ts';
import { Book } from '../../../durable-objects/ledger/book.ts';
import { forgettable, MAX_EVENTS_A_DELIVERY, nextDelivery } from '../../../durable-objects/ledger/outbox.ts';
import { budgetIdSchema } from '../../../schema/ids.ts';
import { endedRow, openRow, rowId } from '../../helpers/rows.ts';

const MINUTE_MS = 60_000;

describe('the next wake-up', () => {
  test('is never without work', () => {
    const book = new Book([], 0);
    expect(nextWakeUp(book, 0, 0)).toBeNull();
    book.put(endedRow(1));
    book.markDelivered([...book.outbox.values()]);
    expect(nextWakeUp(book, 0, 0)).toBeNull();
  });

  test('is that of the first hold to expire, or at once when it is late', () => {
    const book = new Book([], 0);
    book.put(openRow(1, { expiresAtMs: 5_000 }));
    book.put(openRow(2, { expiresAtMs: 3_000 }));
    expect(nextWakeUp(book, 0, 1_000)).toBe(3_000);
    expect(nextWakeUp(book, 0, 9_000)).toBe(9_000);
  });

  test('is soon for an event that waits, later after each failure, and never more than a minute away', () => {
    const book = new Book([], 0);
    book.put(openRow(1, { expiresAtMs: 10 * MINUTE_MS }));
    book.put(endedRow(2));
    expect(nextWakeUp(book, 0, 0)).toBe(1_000);
    expect(nextWakeUp(book, 3, 0)).toBe(8_000);
    expect(nextWakeUp(book, 10_000, 0)).toBe(MINUTE_MS);
    expect(deliveryDelayMs(6)).toBe(MINUTE_MS);
  });
});

describe('the outbox', () => {
  test('delivers in the order of endings, a bounded number at a time', () => {
    const book = new Book([], 0);
    for (let number = 1; number <= MAX_EVENTS_A_DELIVERY + 5; number += 1) book.put(endedRow(number));
    const rows = nextDelivery(book);
    expect(rows).toHaveLength(MAX_EVENTS_A_DELIVERY);
    expect(rows[0]?.sequence).toBe(1);
    book.markDelivered(rows);
    expect(nextDelivery(book)).toHaveLength(5);
  });

  test('keeps a correction that came while what it corrects was on its way', () => {
    const book = new Book([], 0);
    book.put(endedRow(1, { state: 'expired' }));
    const rows = nextDelivery(book);
    book.put(endedRow(1, { sequence: 2, revision: 1 }));
    book.markDelivered(rows);
    expect(nextDelivery(book)).toMatchObject([{ revision: 1 }]);
  });
});

describe('what may be forgotten', () => {
  test('was delivered, and ended long enough ago for its state', () => {
    const book = new Book([], 0);
    book.put(endedRow(1));
    expect(forgettable(book, 10 * MINUTE_MS)).toEqual([]);
    book.markDelivered([...book.outbox.values()]);
    expect(forgettable(book, MINUTE_MS)).toEqual([]);
    expect(forgettable(book, 2 * MINUTE_MS)).toMatchObject([{ id: rowId(1) }]);
    book.put(endedRow(2, { state: 'expired' }));
    book.markDelivered([...book.outbox.values()]);
    expect(forgettable(book, 60 * MINUTE_MS)).toHaveLength(1);
    expect(forgettable(book, 24 * 60 * MINUTE_MS)).toHaveLength(2);
  });

  test('includes the oldest when there are too many to remember', () => {
    const book = new Book([], 0);
    for (let number = 1; number <= 10_003; number += 1) book.put(endedRow(number));
    book.markDelivered([...book.outbox.values()]);
    expect(forgettable(book, 0).map(({ id }) => id)).toEqual([rowId(1), rowId(2), rowId(3)]);
  });

  test('leaves the totals as they were', () => {
    const book = new Book([], 0);
    book.put(openRow(1));
    book.put(endedRow(2));
    book.put(endedRow(3));
    book.markDelivered([...book.outbox.values()]);
    const total = () => book.totalOf({ budget: budgetIdSchema.parse('monthly'), counted: 'team', windowStartMs: 0 });
    const before = total();
    expect(before).toMatchObject({ held: { usd: 100 }, settled: { usd: 120 } });
    const rows = forgettable(book, 2 * MINUTE_MS);
    const checkpoints = book.checkpointsWithout(rows);
    expect(checkpoints).toMatchObject([{ settled: { usd: 120 } }]);
    book.forget(rows, checkpoints);
    expect(total()).toEqual(before);
    expect(book.forgetCounters(2_000_000, () => false)).toEqual([]);
    book.put(endedRow(1, { sequence: 4 }));
    book.markDelivered([...book.outbox.values()]);
    const last = forgettable(book, 2 * MINUTE_MS);
    book.forget(last, book.checkpointsWithout(last));
    expect(book.forgetCounters(999_999, () => false)).toEqual([]);
    expect(book.forgetCounters(2_000_000, () => false)).toMatchObject([{ budget: 'monthly' }]);
    expect(total().settled.usd).toBe(0);
  });
});
