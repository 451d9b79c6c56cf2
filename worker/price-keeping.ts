// Writes down the prices that calls are made at, soon after the first call at each: a later table or definition has others.

import { type Picos, picos, type Price } from '../schema/price.ts';
import type { Found } from './line/gate.ts';
import { ratesAt } from './pricing/full-rates.ts';
import { LIST_PRICE } from './pricing/terms.ts';
import type { Database } from './records/database.ts';
import { keepPrices, type KnownRates, listUnknown, type PriceName } from './records/known-prices.ts';
import type { UsageDatabases } from './records/usage-databases.ts';
import { ANY_USAGE } from './records/usage-source.ts';
import { summarizeUsage } from './records/usage-totals.ts';

export interface PriceKeeping {
  readonly db: Database;
  readonly usage: UsageDatabases;
  /** What there is under a model name, now. */
  readonly find: (model: string) => Promise<Found>;
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A look reads the sums of two days; prices change far less often. */
const EVERY_MINUTES = 5;
/** Far more than a company has. */
const MAX_PRICES = 10_000;

/** In each fifth minute: of what was used since yesterday, what is not written down. */
export async function sweepPrices(keeping: PriceKeeping): Promise<void> {
  if (Math.floor(keeping.now() / MINUTE_MS) % EVERY_MINUTES === 0) await keepUsedPrices(keeping);
}

export async function keepUsedPrices({ db, usage, find, now }: PriceKeeping): Promise<void> {
  const nowMs = now();
  const fromMs = nowMs - (nowMs % DAY_MS) - DAY_MS;
  const totals = await summarizeUsage(usage, {
    filter: { ...ANY_USAGE, fromMs },
    groups: ['provider', 'upstream_model', 'model', 'price_version'],
    limit: MAX_PRICES,
    after: null,
  });
  const used = totals.map(({ group: [provider = '', upstreamModel = '', model = '', version = ''] }) => ({
    provider,
    upstreamModel,
    model,
    version,
  }));
  const found: (PriceName & KnownRates)[] = [];
  for (const name of await listUnknown(db, used)) {
    const price = await priceOf(name, find);
    if (price !== null) found.push({ ...name, ...baseRates(price) });
  }
  await keepPrices(db, found, nowMs);
}

/** Null where it has another price by now: what it was, nobody can say any more. */
async function priceOf({ provider, upstreamModel, model, version }: PriceName, find: PriceKeeping['find']) {
  const { route } = await find(model);
  if (!route.ok) return null;
  const target = route.value.candidates.find(
    (each) => each.provider.name === provider && each.upstreamModel === upstreamModel,
  );
  return target?.price.version === version ? target.price : null;
}

/** Before tiers, terms of service and media. */
function baseRates(price: Price): KnownRates {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output } = ratesAt(price, 0n, LIST_PRICE);
  return {
    input: asPicos(input),
    cacheRead: asPicos(cacheRead),
    cacheWrite5m: asPicos(cacheWrite5m),
    cacheWrite1h: asPicos(cacheWrite1h),
    output: asPicos(output),
  };
}

function asPicos(rate: bigint): Picos {
  return picos(Number(rate));
}
