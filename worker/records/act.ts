// One change of the records: who makes it, when, and under which request.

import type { Actor } from '../../schema/actor.ts';
import type { Database } from './database.ts';

export interface Act {
  readonly db: Database;
  readonly by: Actor;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** The id under which it was asked for; null for Headgate's own acts. */
  readonly requestId: string | null;
}

/** What Headgate does of itself, by the clock. */
export function ownAct(db: Database, part: string, atMs: number): Act {
  return { db, by: { kind: 'system', part }, atMs, requestId: null };
}
