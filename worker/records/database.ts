// Opens D1 through drizzle. Everything in this folder takes the database it returns; nothing else touches D1.

import type { SQL } from 'drizzle-orm';
import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1';
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core';

export type Database = DrizzleD1Database & { readonly $client: D1Database };

const dialect = new SQLiteAsyncDialect();

/** Cheap: one wrapper, no I/O. */
export function openDatabase(binding: D1Database): Database {
  return drizzle(binding);
}

/** All of these statements or none, and the rows of each: what drizzle's own batch does not take is SQL with parameters. */
export async function inOneBatch(db: Database, statements: readonly SQL[]): Promise<readonly unknown[][]> {
  const prepared = statements.map((statement) => {
    const { sql, params } = dialect.sqlToQuery(statement);
    return db.$client.prepare(sql).bind(...params);
  });
  return (await db.$client.batch(prepared)).map(({ results }) => results);
}
