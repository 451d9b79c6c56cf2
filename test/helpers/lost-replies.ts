// A D1 that does what it is asked and whose answer is lost, as it happens when a connection breaks.

import { env } from 'cloudflare:workers';
import { vi } from 'vitest';

/** The next `count` batches are applied and fail all the same; returns how many did so far. */
export function loseReplies(count: number): () => number {
  // All bindings to D1 in this isolate are of one class, the objects' as well.
  const database: unknown = Object.getPrototypeOf(env.DB);
  if (!isDatabase(database)) throw new Error('the binding is no D1 database');
  let lost = 0;
  const batch: unknown = Reflect.get(database, 'batch');
  if (typeof batch !== 'function') throw new Error('the binding has no batches');
  vi.spyOn(database, 'batch').mockImplementation(async function (this: D1Database, statements: D1PreparedStatement[]) {
    const results = await Reflect.apply(batch, this, [statements]);
    if (lost >= count) return results;
    lost += 1;
    throw new Error('the answer was lost');
  });
  return () => lost;
}

function isDatabase(value: unknown): value is D1Database {
  return typeof value === 'object' && value !== null && 'batch' in value;
}
