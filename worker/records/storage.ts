// What the databases of usage hold: how large each is, from when on it has events, and how far they are archived. Read only.

import { min, sql } from 'drizzle-orm';
import { usageEvents } from '../../schema/d1/tables.ts';
import { archivedBefore } from './archive-cursor.ts';
import type { Database } from './database.ts';
import type { UsageDatabases } from './usage-databases.ts';

export interface Storage {
  /** As its files in the archive are named. */
  readonly database: string;
  readonly bytes: number;
  /** Null where there is none. */
  readonly oldestEventMs: number | null;
  /** Null where archiving was never begun. */
  readonly archivedBeforeMs: number | null;
}

export const nameOfDatabase = (nth: number): string => (nth === 0 ? 'db' : `usage-${nth}`);

export async function readStorage(databases: UsageDatabases): Promise<Storage[]> {
  return Promise.all(databases.map((db, nth) => storageOf(db, nameOfDatabase(nth))));
}

async function storageOf(db: Database, database: string): Promise<Storage> {
  const [{ meta }, [oldest], archivedBeforeMs] = await Promise.all([
    db.run(sql`SELECT 1`),
    db.select({ at: min(usageEvents.at) }).from(usageEvents),
    archivedBefore(db),
  ]);
  return { database, bytes: meta.size_after, oldestEventMs: oldest?.at ?? null, archivedBeforeMs };
}
