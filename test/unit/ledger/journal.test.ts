// Pages of the journal: taken, delivered, freed by a checkpoint, used again.

import { describe, expect, test } from 'vitest';
import { Journal } from '../../../durable-objects/ledger/journal.ts';

const MINUTE_MS = 60_000;
const NONE = { flush: 0, delivered: 0 };
const LATER = 10 * MINUTE_MS;

describe('a journal', () => {
  test('takes a new page for each write, and says what the writes were worth', () => {
    const journal = new Journal([], NONE, 0);
    expect(journal.take(5, 0)).toEqual({ number: 1, flush: 1, writtenAtMs: 5, events: 0 });
    expect(journal.take(6, 2)).toEqual({ number: 2, flush: 2, writtenAtMs: 6, events: 2 });
    expect(journal).toMatchObject({ sinceCheckpoint: 2, pendingEvents: 2, hasUndelivered: true, isMarked: false });
    expect(journal.lastWriteAtMs).toBe(6);
  });

  test('delivers in the order of writing, a bounded number of events at a time, and at least one page', () => {
    const journal = new Journal([], NONE, 0);
    for (const events of [3, 0, 2, 9, 1]) journal.take(0, events);
    expect(journal.nextUndelivered(5).map(({ flush }) => flush)).toEqual([1, 3]);
    journal.markDelivered(journal.nextUndelivered(5));
    expect(journal.mark).toEqual({ flush: 5, delivered: 3 });
    expect(journal.nextUndelivered(5).map(({ flush }) => flush)).toEqual([4]);
    journal.markDelivered(journal.nextUndelivered(5));
    journal.markDelivered(journal.nextUndelivered(5));
    expect(journal.mark).toEqual({ flush: 5, delivered: 5 });
    expect(journal.nextUndelivered(5)).toEqual([]);
  });

  test('uses a page again only when a checkpoint carries it and its events are delivered', () => {
    const journal = new Journal([], NONE, 0);
    journal.take(0, 1);
    journal.take(0, 1);
    expect(journal.checkpointed(journal.mark, LATER)).toEqual([]);
    expect(journal.take(0, 0).number).toBe(3);
    journal.markDelivered(journal.nextUndelivered(1));
    expect(journal.take(0, 0).number).toBe(4);
    journal.checkpointed(journal.mark, LATER);
    expect(journal.take(0, 0).number).toBe(1);
    expect(journal.take(0, 0).number).toBe(5);
  });

  test('keeps young pages, which answer repeated requests after a restart, unless there are too many', () => {
    const journal = new Journal([], NONE, 0);
    journal.take(0, 0);
    journal.checkpointed(journal.mark, 2 * MINUTE_MS - 1);
    expect(journal.take(0, 0).number).toBe(2);
    for (let page = 0; page < 2_000; page += 1) journal.take(0, 0);
    journal.checkpointed(journal.mark, 1);
    expect([journal.take(0, 0).number, journal.take(0, 0).number, journal.take(0, 0).number]).toEqual([2, 1, 2_003]);
  });

  test('gives pages back to the disk after a long absence of D1', () => {
    const journal = new Journal([], NONE, 0);
    for (let page = 0; page < 3_000; page += 1) journal.take(0, 1);
    journal.markDelivered(journal.nextUndelivered(3_000));
    const surplus = journal.checkpointed(journal.mark, LATER);
    expect(surplus).toHaveLength(2_000);
    const again = Array.from({ length: 1_000 }, () => journal.take(0, 0).number);
    expect(again.filter((number) => surplus.includes(number))).toEqual([]);
  });

  test('goes on where its disk ends', () => {
    const headers = [
      { number: 2, flush: 7, writtenAtMs: 1, events: 1 },
      { number: 1, flush: 8, writtenAtMs: 2, events: 0 },
      { number: 5, flush: 9, writtenAtMs: 3, events: 4 },
    ];
    const journal = new Journal(headers, { flush: 8, delivered: 7 }, 3);
    expect(journal).toMatchObject({ sinceCheckpoint: 1, pendingEvents: 4, lastWriteAtMs: 3 });
    expect(journal.take(4, 0)).toMatchObject({ number: 6, flush: 10 });
    expect(journal.nextUndelivered(10).map(({ number }) => number)).toEqual([5]);
  });

  test('takes no page that is in use, wherever the highest number was written', () => {
    const headers = [
      { number: 5, flush: 1, writtenAtMs: 1, events: 0 },
      { number: 2, flush: 2, writtenAtMs: 2, events: 0 },
    ];
    expect(new Journal(headers, NONE, 2).take(3, 0)).toMatchObject({ number: 6, flush: 3 });
  });

  test('counts on from its checkpoint where no page is left, for what is older than that is not read again', () => {
    const journal = new Journal([], { flush: 8, delivered: 8 }, 0);
    expect(journal).toMatchObject({ sinceCheckpoint: 0, isMarked: true });
    expect(journal.take(0, 0)).toMatchObject({ number: 1, flush: 9 });
  });

  test('uses pages again that its checkpoint carries, as soon as it is read from the disk', () => {
    const headers = [
      { number: 1, flush: 7, writtenAtMs: 0, events: 1 },
      { number: 2, flush: 8, writtenAtMs: 0, events: 1 },
    ];
    const journal = new Journal(headers, { flush: 8, delivered: 7 }, LATER);
    expect([journal.take(LATER, 0).number, journal.take(LATER, 0).number]).toEqual([1, 3]);
  });

  test('is not marked by a checkpoint that does not know of a delivery', () => {
    const journal = new Journal([], NONE, 0);
    journal.take(0, 1);
    journal.checkpointed(journal.mark, 0);
    expect(journal.isMarked).toBe(true);
    journal.markDelivered(journal.nextUndelivered(1));
    expect(journal.isMarked).toBe(false);
    journal.checkpointed(journal.mark, 0);
    expect(journal.isMarked).toBe(true);
  });
});
