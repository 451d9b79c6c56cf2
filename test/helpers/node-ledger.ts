// The whole ledger in Node, on a real SQLite, with a clock set by hand: what scripts, properties and histories are played on
// without a runtime. Losing its memory is a new ledger on the same disk.

import { DatabaseSync } from 'node:sqlite';
import { Ledger } from '../../durable-objects/ledger/ledger.ts';
import type { EventBatch, EventSink } from '../../durable-objects/ledger/outbox.ts';
import { Store } from '../../durable-objects/ledger/store.ts';
import type { IdentifyReply, StandingReply } from '../../schema/ledger.ts';
import { type ScriptedLedger, scriptTeam } from './ledger-script.ts';
import { sqliteDatabase } from './sqlite-database.ts';
import { VirtualTime } from './virtual-time.ts';

export interface NodeLedger extends ScriptedLedger {
  readonly time: VirtualTime;
  readonly delivered: EventBatch[];
  readonly disk: DatabaseSync;
  /** Everything the ledger was told to report, in the order in which it did. */
  readonly failures: { readonly what: 'gave up' | 'work failed'; readonly error: unknown }[];
  /** How often the alarm was set: each time is a row written. */
  alarmsSet(): number;
  /** The alarm as it is set; it rings when time passes it, and not when the clock jumps. */
  alarmAtMs(): number | null;
  identify(keyDigest: string, source?: string): Promise<IdentifyReply>;
  standing(keyDigest: string, source?: string): Promise<StandingReply>;
  wake(): Promise<void>;
  /** Rings the alarm, whenever it was set for. */
  ring(): Promise<void>;
}

export interface NodeLedgerOptions {
  /** What happens to a delivery before it counts as delivered; a failure is one of the work. */
  readonly sink?: EventSink;
  readonly onFailure?: 'throw' | 'note';
}

export function nodeLedger(startMs: number, { sink, onFailure = 'throw' }: NodeLedgerOptions = {}): NodeLedger {
  const time = new VirtualTime(startMs);
  const disk = new DatabaseSync(':memory:');
  const delivered: EventBatch[] = [];
  const failures: { what: 'gave up' | 'work failed'; error: unknown }[] = [];
  let alarmAtMs: number | null = null;
  let alarmsSet = 0;
  const fail = (what: 'gave up' | 'work failed', error: unknown): void => {
    if (onFailure === 'throw') throw error;
    failures.push({ what, error });
  };

  const awaken = (): Ledger => {
    const made = new Ledger({
      store: new Store(sqliteDatabase(disk)),
      sink: async (batch) => {
        await sink?.(batch);
        delivered.push(batch);
      },
      now: () => time.nowMs,
      timer: (delayMs, work) => time.timer(delayMs, work),
      setAlarm: (atMs) => {
        alarmsSet += 1;
        alarmAtMs = atMs;
      },
      giveUp: (error) => fail('gave up', error),
      onWorkFailed: (error) => fail('work failed', error),
    });
    made.restoreAlarm(alarmAtMs !== null && alarmAtMs > time.nowMs ? alarmAtMs : null);
    return made;
  };
  let ledger = awaken();
  const ring = (): Promise<void> => {
    alarmAtMs = null;
    return ledger.alarmRang();
  };

  return {
    time,
    delivered,
    disk,
    failures,
    team: scriptTeam,
    alarmsSet: () => alarmsSet,
    alarmAtMs: () => alarmAtMs,
    wake: () => ledger.wake(),
    forget: (input) => ledger.forget(input),
    ring,
    admit: (input) => ledger.admit(input),
    settle: (input) => ledger.settle(input),
    release: (input) => ledger.release(input),
    configure: (input) => ledger.configure(input),
    identify: (...shown) => ledger.identify(...shown),
    standing: (...shown) => ledger.standing(...shown),
    ledger: () => ledger.ledger(),
    verify: () => ledger.verify(),
    advance: async (durationMs) => {
      await time.advance(durationMs);
      await (alarmAtMs !== null && alarmAtMs <= time.nowMs ? ring() : ledger.wake());
    },
    jump: (durationMs) => time.jumpTo(time.nowMs + durationMs),
    evict: () => {
      time.forget();
      ledger = awaken();
      return Promise.resolve();
    },
    events: () => {
      const usage = delivered.flatMap((batch) => batch.usage);
      const thresholds = new Map(delivered.flatMap((batch) => batch.thresholds).map((event) => [event.id, event]));
      return Promise.resolve({ usage, thresholds: [...thresholds.values()] });
    },
  };
}
