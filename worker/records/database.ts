// Opens D1 through drizzle. Everything in this folder takes the database it returns; nothing else touches D1.

import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1';

export type Database = DrizzleD1Database;

/** Cheap: one wrapper, no I/O. */
export function openDatabase(binding: D1Database): Database {
  return drizzle(binding);
}
