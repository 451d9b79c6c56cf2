// Prices that calls were made at, as they were then. They are written down once and never change; nobody's data is in them.

import { knownPrices } from '../../schema/d1/known-prices.ts';
import type { Picos } from '../../schema/price.ts';
import type { Database } from './database.ts';

/** What a price is known by: who serves which model under which name, and the price's version. */
export interface PriceName {
  readonly provider: string;
  readonly upstreamModel: string;
  readonly model: string;
  readonly version: string;
}

/** Pico-dollars per token of text. */
export interface KnownRates {
  readonly input: Picos;
  readonly cacheRead: Picos;
  readonly cacheWrite5m: Picos;
  readonly cacheWrite1h: Picos;
  readonly output: Picos;
}

export type KnownPrices = (name: PriceName) => KnownRates | undefined;

/** A file of costs asks for all of them. */
const MAX_KNOWN = 50_000;
/** D1 binds a hundred parameters at most. */
const PRICES_A_STATEMENT = 9;

/** Those of `names` that are not written down yet. */
export async function listUnknown(db: Database, names: readonly PriceName[]): Promise<PriceName[]> {
  const known = await loadKnownPrices(db);
  return names.filter((name) => known(name) === undefined);
}

export async function loadKnownPrices(db: Database): Promise<KnownPrices> {
  const rows = await db.select().from(knownPrices).limit(MAX_KNOWN);
  const byName = new Map(rows.map((row) => [keyOf(row), row]));
  return (name) => byName.get(keyOf(name));
}

/** What is written down already stays as it is. */
export async function keepPrices(
  db: Database,
  prices: readonly (PriceName & KnownRates)[],
  nowMs: number,
): Promise<void> {
  for (let start = 0; start < prices.length; start += PRICES_A_STATEMENT) {
    const some = prices.slice(start, start + PRICES_A_STATEMENT);
    await db
      .insert(knownPrices)
      .values(some.map((price) => Object.assign({ seenAt: nowMs }, price)))
      .onConflictDoNothing();
  }
}

function keyOf({ provider, upstreamModel, model, version }: PriceName): string {
  return JSON.stringify([provider, upstreamModel, model, version]);
}
