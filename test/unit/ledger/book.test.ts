// What the ledger remembers in memory and for how long, and its sums by day.

import { describe, expect, test } from 'vitest';
import { Book, NOTHING } from '../../../durable-objects/ledger/book.ts';
import { DayBook, NONE } from '../../../durable-objects/ledger/day-book.ts';
import { budgetIdSchema, userIdSchema } from '../../../schema/ids.ts';
import { micros } from '../../../schema/micros.ts';
import { NO_USAGE } from '../../../schema/usage.ts';
import { endedRow, openRow, rowId } from '../../helpers/rows.ts';

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;

describe('a book', () => {
  test('knows when the first hold expires, whatever the order of the calls', () => {
    const book = new Book(NOTHING);
    expect(book.nextExpiryMs()).toBeNull();
    for (const [number, expiresAtMs] of [70_000, 50_000, 60_000].entries()) book.put(openRow(number, { expiresAtMs }));
    expect(book.nextExpiryMs()).toBe(50_000);
    book.put(endedRow(1));
    expect(book.nextExpiryMs()).toBe(60_000);
  });

  test('forgets an ended call after two minutes, an expired one after a day, an open one never', () => {
    const book = new Book(NOTHING);
    book.put(endedRow(1));
    book.put(endedRow(2, { state: 'expired' }));
    book.put(openRow(3));
    const knownAt = (nowMs: number) => {
      book.forgetEnded(nowMs);
      return [1, 2, 3].filter((number) => book.row(rowId(number)) !== undefined);
    };
    expect(knownAt(2 * MINUTE_MS - 1)).toEqual([1, 2, 3]);
    expect(knownAt(2 * MINUTE_MS)).toEqual([2, 3]);
    expect(knownAt(DAY_MS - 1)).toEqual([2, 3]);
    expect(knownAt(DAY_MS)).toEqual([3]);
    expect(knownAt(1_000 * DAY_MS)).toEqual([3]);
  });

  test('remembers 10,000 ended calls at most, the latest', () => {
    const book = new Book(NOTHING);
    for (let number = 0; number < 10_002; number += 1) book.put(endedRow(number, { endedAtMs: MINUTE_MS }));
    book.forgetEnded(MINUTE_MS);
    expect([0, 1, 2, 10_001].map((number) => book.row(rowId(number)) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test('counts the shares of two members under one budget apart', () => {
    const book = new Book(NOTHING);
    const charge = { budget: budgetIdSchema.parse('each'), windowStartMs: 0, windowEndMs: null };
    const ada = { ...charge, counted: `each_member:${userIdSchema.parse('ada')}` };
    const ben = { ...charge, counted: `each_member:${userIdSchema.parse('ben')}` };
    book.put(openRow(1, { charges: [ada] }));
    book.put(endedRow(2, { charges: [ben] }));
    expect(book.totalOf(ada)).toMatchObject({ held: { usd: 100 }, settled: { usd: 0 } });
    expect(book.totalOf(ben)).toMatchObject({ held: { usd: 0 }, settled: { usd: 60 } });
  });
});

describe('a day book', () => {
  const usage = { ...NO_USAGE, input: 5, output: 3, reasoning: 2 };
  const call = endedRow(1, {
    ending: { ...endedRow(1).ending, usage },
    settled: { usd: micros(60), tokens: 99, requests: 1 },
  });

  test('counts the tokens that events tell of, for that is what the record adds up', () => {
    const days = new DayBook([]);
    days.noteEnded(call);
    expect(days.pending()).toEqual([{ dayStartMs: 0, events: 1, amounts: { usd: 60, tokens: 8, requests: 1 } }]);
    days.noteDelivered(call);
    expect(days.pending()).toMatchObject([{ events: 0, amounts: { usd: 0, tokens: 0 } }]);
    expect(days.delivered()).toEqual([{ dayStartMs: 0, events: 1, amounts: { usd: 60, tokens: 8, requests: 1 } }]);
  });

  test('counts a call on the day that admitted it', () => {
    const days = new DayBook([]);
    days.noteEnded({ ...call, admittedAtMs: DAY_MS - 1, endedAtMs: DAY_MS });
    expect(days.pending()).toMatchObject([{ dayStartMs: 0 }]);
  });

  test('forgets a day that is over and delivered, not one that D1 still lacks events of', () => {
    const one = { events: 1, amounts: { usd: micros(1), tokens: 1, requests: 1 } };
    const days = new DayBook([
      { dayStartMs: 0, ended: one, delivered: one },
      { dayStartMs: DAY_MS, ended: one, delivered: NONE },
      { dayStartMs: 2 * DAY_MS, ended: one, delivered: one },
    ]);
    expect(days.forgetBefore(DAY_MS - 1)).toEqual([]);
    expect(days.forgetBefore(3 * DAY_MS - 1)).toEqual([0]);
    expect(days.records().map(({ dayStartMs }) => dayStartMs / DAY_MS)).toEqual([1, 2]);
  });

  test('says once which days changed', () => {
    const days = new DayBook([]);
    days.noteEnded(call);
    days.noteDelivered(call);
    expect(days.takeChanged()).toHaveLength(1);
    expect(days.takeChanged()).toEqual([]);
  });
});
