// What an ended call records of its ending, to the field.

import { describe, expect, test } from 'vitest';
import { Book, NOTHING } from '../../../durable-objects/ledger/book.ts';
import type { CallRow } from '../../../durable-objects/ledger/call-row.ts';
import { decideExpiry, decideRelease, decideSettlement } from '../../../durable-objects/ledger/ending.ts';
import { NO_AMOUNTS } from '../../../schema/amounts.ts';
import { micros } from '../../../schema/micros.ts';
import { endedRow, openRow, rowId } from '../../helpers/rows.ts';

function bookOf(row: CallRow): Book {
  const book = new Book(NOTHING);
  book.put(row);
  return book;
}

const { ending } = endedRow(1);
const settling = (usd: number, tokens: number, requests = 1) => ({
  callId: rowId(1),
  amounts: { usd: micros(usd), tokens, requests },
  ending,
});
const expired = endedRow(1, { state: 'expired', settled: openRow(1).held });

function overageOf(usd: number, tokens: number, requests: number) {
  return decideSettlement(bookOf(openRow(1)), settling(usd, tokens, requests), 5).reply;
}

describe('a settlement', () => {
  test('says how much of each unit is above the hold, and never less than nothing', () => {
    expect(overageOf(101, 9, 3)).toEqual({ outcome: 'settled', overage: { usd: 1, tokens: 0, requests: 2 } });
    expect(overageOf(99, 13, 0)).toEqual({ outcome: 'settled', overage: { usd: 0, tokens: 3, requests: 0 } });
  });

  test('is the first word on an open call and replaces nothing', () => {
    const { put } = decideSettlement(bookOf(openRow(1)), settling(60, 8), 5);
    expect(put).toMatchObject({
      state: 'settled',
      revision: 0,
      replaced: NO_AMOUNTS,
      endedAtMs: 5,
      expiresAtMs: 60_000,
    });
  });

  test('of an expired call is the second, and says what it replaces', () => {
    const { put } = decideSettlement(bookOf(expired), settling(60, 8), 5);
    expect(put).toMatchObject({ state: 'settled', revision: 1, replaced: openRow(1).held, settled: { usd: 60 } });
  });
});

test('a late release replaces what the expiry charged', () => {
  const { put } = decideRelease(bookOf(expired), { callId: rowId(1), ending }, 5);
  expect(put).toMatchObject({ state: 'released', revision: 1, replaced: openRow(1).held, settled: NO_AMOUNTS });
});

test('an expiry charges the whole hold at its time, says that it is an estimate, and how long the call has been open', () => {
  const row = openRow(1, { admittedAtMs: 1_000 });
  expect(decideExpiry(row, 59_999)).toBeNull();
  expect(decideExpiry(row, 60_000)).toMatchObject({
    state: 'expired',
    settled: row.held,
    revision: 0,
    replaced: NO_AMOUNTS,
    ending: { outcome: 'expired', status: 0, estimated: true, latencyMs: 59_000, ttfbMs: null },
  });
});
