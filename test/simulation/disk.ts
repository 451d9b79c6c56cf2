// The storage of one object: a real SQLite that can lose what was not confirmed yet, and refuse a write. What is written
// stays in one transaction until the platform confirms it; a crash before that loses it all.

import { DatabaseSync } from 'node:sqlite';
import type { Database, SqlValue } from '../../durable-objects/ledger/database.ts';
import { sqliteDatabase } from '../helpers/sqlite-database.ts';

export class Disk {
  readonly #sqlite = new DatabaseSync(':memory:');
  readonly #database = sqliteDatabase(this.#sqlite);
  #isDirty = false;
  #isAlarmDirty = false;
  #alarmAtMs: number | null = null;
  #confirmedAlarmAtMs: number | null = null;

  get isDirty(): boolean {
    return this.#isDirty;
  }

  get alarmAtMs(): number | null {
    return this.#alarmAtMs;
  }

  setAlarm(atMs: number | null): void {
    this.#begin();
    this.#isAlarmDirty = true;
    this.#alarmAtMs = atMs;
  }

  confirm(): void {
    if (!this.#isDirty) return;
    this.#sqlite.exec('COMMIT');
    this.#isDirty = false;
    this.#isAlarmDirty = false;
    this.#confirmedAlarmAtMs = this.#alarmAtMs;
  }

  lose(): void {
    if (!this.#isDirty) return;
    this.#sqlite.exec('ROLLBACK');
    this.#isDirty = false;
    if (this.#isAlarmDirty) this.#alarmAtMs = this.#confirmedAlarmAtMs;
    this.#isAlarmDirty = false;
  }

  /** The platform takes the alarm that rings; that is no write of the object. */
  takeAlarm(): void {
    this.#alarmAtMs = null;
    this.#confirmedAlarmAtMs = null;
  }

  close(): void {
    this.#sqlite.close();
  }

  /**
   * The disk as one life of the object sees it: `beforeWrite` may refuse, and what `beforeTransaction`
   * returns is done where a transaction fails.
   */
  seenBy(beforeWrite: () => void, beforeTransaction: () => () => void): Database {
    return {
      all: <Row extends Record<string, SqlValue>>(statement: string, ...bindings: SqlValue[]): Row[] => {
        if (!/^\s*SELECT/i.test(statement)) {
          beforeWrite();
          this.#begin();
        }
        return this.#database.all<Row>(statement, ...bindings);
      },
      script: (statements) => {
        beforeWrite();
        this.#begin();
        this.#database.script(statements);
      },
      transaction: (work) => {
        this.#begin();
        const takeBack = beforeTransaction();
        try {
          this.#database.transaction(work);
        } catch (error) {
          takeBack();
          throw error;
        }
      },
    };
  }

  #begin(): void {
    if (this.#isDirty) return;
    this.#sqlite.exec('BEGIN');
    this.#isDirty = true;
  }
}
