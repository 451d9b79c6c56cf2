// From a provider's catalogue and an upstream model name to its price and limits. No guessing: a name is in the table,
// or is a dated form of one that the source itself prices alike, or has no price.

import { picos, type Picos, type Price, type Rates } from '../../schema/price.ts';
import { multipliersOf } from './multipliers.ts';
import { limitsOf, type ModelIdentity, type ModelLimits, OVERLAY_VERSION, webSearchFee } from './overlay.ts';
import { marketOf, regionalPrice } from './regional.ts';
import rawTable from './price-table.json' with { type: 'json' };
import {
  MEDIA_POSITIONS,
  type PriceTable,
  type RateRow,
  SNAPSHOT_FORMS,
  SNAPSHOT_PATTERN,
  type TableCatalogue,
  type TableEdition,
} from './table-shape.ts';

const TABLE: PriceTable = rawTable;

/** A model as sold by one provider at one time. `name` is the source's canonical id; limits are in tokens. */
export interface CatalogueModel extends ModelLimits {
  readonly name: string;
  readonly price: Price;
}

/** Which provider's list, what the model is called upstream, and when the call is made (ms since 1970). */
export interface ModelQuestion {
  readonly catalogue: string;
  readonly upstreamModel: string;
  readonly atMs: number;
}

/** Null for a model without a price, which is refused. Names are case-sensitive, as they are upstream. */
export function lookUpModel({ catalogue, upstreamModel, atMs }: ModelQuestion): CatalogueModel | null {
  const market = marketOf(catalogue);
  const listed = own(TABLE.catalogues, market.listed);
  const key = listed === undefined ? undefined : keyOf(listed, upstreamModel);
  const model = key === undefined ? undefined : own(TABLE.models, key);
  if (key === undefined || model === undefined) return null;
  const identity = identityOf(key);
  const edition = model.editions.findLast(({ from }) => from === null || Date.parse(from) <= atMs);
  if (edition === undefined) return null;
  const price = priceOf(identity, edition, catalogue);
  return {
    name: identity.name,
    price: market.isRegional ? regionalPrice(identity.name, price) : price,
    ...limitsOf(identity, model.window),
  };
}

/** Every name that the catalogue accepts as it stands (dated forms come on top), sorted; empty for an unknown one. */
export function listModels(catalogue: string): readonly string[] {
  return Object.keys(own(TABLE.catalogues, marketOf(catalogue).listed)?.names ?? {});
}

function keyOf({ names, snapshots }: TableCatalogue, upstreamModel: string): string | undefined {
  const key = own(names, upstreamModel);
  if (key !== undefined) return key;
  const groups = SNAPSHOT_PATTERN.exec(upstreamModel)?.groups;
  const name = groups?.['name'];
  if (groups === undefined || name === undefined) return undefined;
  const forms = own(snapshots, name) ?? 0;
  const asked =
    (groups['compact'] === undefined ? 0 : SNAPSHOT_FORMS.compact) |
    (groups['at'] === undefined ? 0 : SNAPSHOT_FORMS.at) |
    (groups['dashed'] === undefined ? 0 : SNAPSHOT_FORMS.dashed);
  return (forms & asked) === 0 ? undefined : own(names, name);
}

function identityOf(key: string): ModelIdentity {
  const colon = key.indexOf(':');
  return { provider: key.slice(0, colon), name: key.slice(colon + 1) };
}

function priceOf(
  identity: ModelIdentity,
  { from, webSearch, audioSecond, rows }: TableEdition,
  catalogue: string,
): Price {
  const [base, ...tiers] = rows;
  if (base === undefined) throw new Error(`price table: ${identity.name} has an edition without rates`);
  const version = from === null ? TABLE.source : `${TABLE.source}/${from}`;
  const fee = webSearch === null ? webSearchFee(identity) : picos(webSearch);
  const multipliers = multipliersOf(catalogue, identity);
  const isOverlaid = (webSearch === null && fee !== null) || multipliers !== null;
  return {
    version: isOverlaid ? `${version}+${OVERLAY_VERSION}` : version,
    rates: ratesOf(base),
    tiers: tiers.map((row) => ({ aboveInputTokens: requiredAt(row, 0), rates: ratesOf(row) })),
    webSearch: fee,
    ...(audioSecond !== undefined && { pieces: { audioSeconds: picos(audioSecond) } }),
    ...(multipliers !== null && { multipliers }),
  };
}

function ratesOf(row: RateRow): Rates {
  return {
    input: picos(requiredAt(row, 1)),
    cacheRead: optionalAt(row, 2),
    cacheWrite5m: optionalAt(row, 3),
    cacheWrite1h: optionalAt(row, 4),
    output: picos(requiredAt(row, 5)),
    ...(row.length > TEXT_POSITIONS && { media: mediaOf(row) }),
  };
}

const TEXT_POSITIONS = 6;

function mediaOf(row: RateRow): NonNullable<Rates['media']> {
  const rates = MEDIA_POSITIONS.flatMap((meter, place) => {
    const rate = optionalAt(row, TEXT_POSITIONS + place);
    return rate === null ? [] : [[meter, rate] as const];
  });
  return Object.fromEntries(rates);
}

function requiredAt(row: RateRow, position: number): number {
  const value = row[position];
  if (value === undefined || value === null) throw new Error(`price table: no number at position ${position}`);
  return value;
}

function optionalAt(row: RateRow, position: number): Picos | null {
  const value = row[position];
  return value === undefined || value === null ? null : picos(value);
}

/** A property of the table itself, so that a model called "constructor" is not found on the prototype. */
function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
