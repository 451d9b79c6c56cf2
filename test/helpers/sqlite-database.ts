// The ledger's database on Node's own SQLite: real SQL, real transactions, in memory or in a file.

import { DatabaseSync } from 'node:sqlite';
import type { Database, SqlValue } from '../../durable-objects/ledger/database.ts';

export function sqliteDatabase(sqlite: DatabaseSync): Database {
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const prepared = (text: string) => {
    const known = statements.get(text);
    if (known !== undefined) return known;
    const statement = sqlite.prepare(text);
    statements.set(text, statement);
    return statement;
  };
  return {
    all: <Row extends Record<string, SqlValue>>(text: string, ...bindings: SqlValue[]) => {
      // node:sqlite types its rows as records of values; what they hold is the statement's business.
      const rows: unknown = prepared(text).all(...bindings);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller names the columns it selected
      return rows as Row[];
    },
    script: (text) => sqlite.exec(text),
    transaction: (work) => {
      sqlite.exec('SAVEPOINT step');
      try {
        work();
        sqlite.exec('RELEASE step');
      } catch (error) {
        sqlite.exec('ROLLBACK TO step; RELEASE step');
        throw error;
      }
    },
  };
}

export function memoryDatabase(): Database {
  return sqliteDatabase(new DatabaseSync(':memory:'));
}
