// A disk that refuses in the midst of something: all of it is there afterwards, or nothing.

import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import type { Database, SqlValue } from '../../../durable-objects/ledger/database.ts';
import { Ledger } from '../../../durable-objects/ledger/ledger.ts';
import { Store } from '../../../durable-objects/ledger/store.ts';
import { admission, configuration, monthly, settlement } from '../../helpers/ledger-questions.ts';
import { sqliteDatabase } from '../../helpers/sqlite-database.ts';

/** Refuses pages as long as `isFull` says so. */
function fillable(database: Database, isFull: () => boolean): Database {
  return {
    ...database,
    all: <Row extends Record<string, SqlValue>>(statement: string, ...bindings: SqlValue[]): Row[] => {
      if (isFull() && statement.includes('INTO page')) throw new Error('the disk is full');
      return database.all<Row>(statement, ...bindings);
    },
  };
}

test('a configuration whose thresholds could not be written is not in force after a restart', async () => {
  let isFull = false;
  const giveUp = vi.fn();
  const sqlite = new DatabaseSync(':memory:');
  const awaken = () =>
    new Ledger({
      store: new Store(fillable(sqliteDatabase(sqlite), () => isFull)),
      sink: () => Promise.resolve(),
      now: () => Date.UTC(2026, 10, 11, 12),
      timer: () => () => undefined,
      setAlarm: () => undefined,
      giveUp,
      onWorkFailed: () => undefined,
    });
  const ledger = awaken();
  await ledger.configure(configuration(1, [monthly()]));
  await ledger.admit(admission(1, 400));
  await ledger.settle(settlement(1, 400));
  isFull = true;
  // Half of the new limit is spent already, and that must be told.
  await expect(ledger.configure(configuration(2, [monthly({ limit: 500, limitVersion: 2 })]))).rejects.toThrow('full');
  expect(giveUp).toHaveBeenCalledTimes(1);
  isFull = false;
  const restarted = awaken();
  expect((await restarted.ledger()).version).toBe(1);
  await restarted.configure(configuration(2, [monthly({ limit: 500, limitVersion: 2 })]));
  expect((await restarted.ledger()).outbox).toBe(3);
});
