// The whole ledger in Node, on a real SQLite, with a clock set by hand: what scripts, properties and histories are played on
// without a runtime. Losing its memory is a new ledger on the same disk.

import { DatabaseSync } from 'node:sqlite';
import { Ledger } from '../../durable-objects/ledger/ledger.ts';
import type { EventBatch } from '../../durable-objects/ledger/outbox.ts';
import { Store } from '../../durable-objects/ledger/store.ts';
import type { ScriptedLedger } from './ledger-script.ts';
import { sqliteDatabase } from './sqlite-database.ts';
import { VirtualTime } from './virtual-time.ts';

export interface NodeLedger extends ScriptedLedger {
  readonly time: VirtualTime;
  readonly delivered: EventBatch[];
  /** The alarm as it is set; it never rings by itself. */
  alarmAtMs(): number | null;
}

export function nodeLedger(startMs: number): NodeLedger {
  const time = new VirtualTime(startMs);
  const sqlite = new DatabaseSync(':memory:');
  const delivered: EventBatch[] = [];
  let alarmAtMs: number | null = null;

  const awaken = (): Ledger => {
    const made = new Ledger({
      store: new Store(sqliteDatabase(sqlite)),
      sink: (batch) => {
        delivered.push(batch);
        return Promise.resolve();
      },
      now: () => time.nowMs,
      timer: (delayMs, work) => time.timer(delayMs, work),
      setAlarm: (atMs) => {
        alarmAtMs = atMs;
      },
      giveUp: (error) => {
        throw error;
      },
      onWorkFailed: (error) => {
        throw error;
      },
    });
    made.restoreAlarm(alarmAtMs);
    return made;
  };
  let ledger = awaken();

  return {
    time,
    delivered,
    alarmAtMs: () => alarmAtMs,
    admit: (input) => ledger.admit(input),
    settle: (input) => ledger.settle(input),
    release: (input) => ledger.release(input),
    configure: (input) => ledger.configure(input),
    ledger: () => ledger.ledger(),
    verify: () => ledger.verify(),
    advance: async (durationMs) => {
      await time.advance(durationMs);
      await ledger.wake();
    },
    evict: () => {
      time.forget();
      ledger = awaken();
      return Promise.resolve();
    },
  };
}
