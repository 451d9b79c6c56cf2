// Whether every database in which teams have usage is bound. One that is not makes every total too small, without a word.

import { gte } from 'drizzle-orm';
import { teams } from '../../schema/d1/tables.ts';
import type { Database } from './database.ts';
import type { UsageDatabases } from './usage-databases.ts';

/** Bindings stay as they are while an isolate lives, and new teams come into bound databases alone. */
const complete = new WeakSet<UsageDatabases>();

/** The number of one that is not, such as 1 of USAGE_1, or null. */
export async function missingUsageDatabase(db: Database, usage: UsageDatabases): Promise<number | null> {
  if (complete.has(usage)) return null;
  const [team] = await db
    .select({ usageDatabase: teams.usageDatabase })
    .from(teams)
    .where(gte(teams.usageDatabase, usage.length))
    .limit(1);
  if (team !== undefined) return team.usageDatabase;
  complete.add(usage);
  return null;
}
