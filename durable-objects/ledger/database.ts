// The little of SQL that the ledger needs of its database, so that the same code runs on an object's storage and on any
// other SQLite. It knows no tables.

export type SqlValue = string | number | null;

export interface Database {
  /** Runs one statement and returns its rows. */
  readonly all: <Row extends Record<string, SqlValue>>(statement: string, ...bindings: SqlValue[]) => Row[];
  /** Runs several statements without parameters. */
  readonly script: (statements: string) => void;
  /** All of it or nothing. */
  readonly transaction: (work: () => void) => void;
}

export function objectDatabase(storage: DurableObjectStorage): Database {
  return {
    all: (statement, ...bindings) => storage.sql.exec<never>(statement, ...bindings).toArray(),
    script: (statements) => {
      storage.sql.exec(statements);
    },
    transaction: (work) => {
      storage.transactionSync(work);
    },
  };
}
