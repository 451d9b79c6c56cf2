// What differs between two price tables, one line each, as an operator would want to read it. Pure.

import {
  MEDIA_POSITIONS,
  type PriceTable,
  type RateRow,
  type TableEdition,
  type TableModel,
} from '../../worker/pricing/table-shape.ts';

const RATE_NAMES = ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h', 'output', ...MEDIA_POSITIONS];
const PICOS_PER_DOLLAR_PER_MILLION = 1_000_000;
const PICOS_PER_DOLLAR_PER_THOUSAND = 1_000_000_000;
const PICOS_PER_DOLLAR = 1_000_000_000_000;

export interface PriceChanges {
  /** "provider:model". */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** "provider:model [from date] [above tokens] rate: old → new", in dollars per million tokens. */
  readonly changed: readonly string[];
  /** "catalogue: name → provider:model", for names that lead somewhere else than before, or have come or gone. */
  readonly names: readonly string[];
}

export function priceChanges(before: PriceTable, after: PriceTable): PriceChanges {
  const added = Object.keys(after.models).filter((key) => !(key in before.models));
  const removed = Object.keys(before.models).filter((key) => !(key in after.models));
  const changed = Object.entries(after.models).flatMap(([key, model]) => {
    const former = before.models[key];
    return former === undefined ? [] : modelChanges(former, model).map((change) => `${key} ${change}`);
  });
  return { added, removed, changed, names: nameChanges(before, after) };
}

function modelChanges(before: TableModel, after: TableModel): string[] {
  const window = before.window === after.window ? [] : [`window: ${text(before.window)} → ${text(after.window)}`];
  const starts = [...new Set([...before.editions, ...after.editions].map(({ from }) => from))];
  return [
    ...window,
    ...starts.flatMap((from) => editionChanges(from, editionOf(before, from), editionOf(after, from))),
  ];
}

/** The edition in force from a date on, so that one that says nothing new is no change. */
function editionOf({ editions }: TableModel, from: string | null): TableEdition | undefined {
  return editions.findLast((edition) => edition.from === null || (from !== null && edition.from <= from));
}

function editionChanges(
  from: string | null,
  before: TableEdition | undefined,
  after: TableEdition | undefined,
): string[] {
  const since = from === null ? '' : `from ${from} `;
  const fees = [before?.webSearch ?? null, after?.webSearch ?? null].map((fee) =>
    inDollars(fee, PICOS_PER_DOLLAR_PER_THOUSAND),
  );
  const search = fees[0] === fees[1] ? [] : [`${since}webSearchPerThousand: ${fees[0]} → ${fees[1]}`];
  const times = [before?.audioSecond ?? null, after?.audioSecond ?? null].map((each) =>
    inDollars(each, PICOS_PER_DOLLAR),
  );
  const time = times[0] === times[1] ? [] : [`${since}audioSecond: ${times[0]} → ${times[1]}`];
  const starts = [...new Set([...(before?.rows ?? []), ...(after?.rows ?? [])].map((row) => row[0] ?? 0))];
  return [
    ...search,
    ...time,
    ...starts
      .toSorted((left, right) => left - right)
      .flatMap((start) => {
        const above = start === 0 ? '' : `above ${start} `;
        return rateChanges(rowOf(before, start), rowOf(after, start)).map((change) => `${since}${above}${change}`);
      }),
  ];
}

/** The rates of a call with a token more than `start`. */
function rowOf(edition: TableEdition | undefined, start: number): RateRow {
  return edition?.rows.findLast((row) => (row[0] ?? 0) <= start) ?? [];
}

function rateChanges(before: RateRow, after: RateRow): string[] {
  return RATE_NAMES.flatMap((name, place) => {
    const [old, now] = [before, after].map((row) => inDollars(row[place + 1] ?? null, PICOS_PER_DOLLAR_PER_MILLION));
    return old === now ? [] : [`${name}: ${old} → ${now}`];
  });
}

function nameChanges(before: PriceTable, after: PriceTable): string[] {
  const ids = new Set([...Object.keys(before.catalogues), ...Object.keys(after.catalogues)]);
  return [...ids].flatMap((id) => {
    const [old, now] = [before, after].map(({ catalogues }) => catalogues[id]?.names ?? {});
    const names = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})]);
    return [...names].toSorted().flatMap((name) => {
      const [was, is] = [old?.[name], now?.[name]];
      return was === is ? [] : [`${id}: ${name}: ${was ?? 'none'} → ${is ?? 'none'}`];
    });
  });
}

function inDollars(amount: number | null, picosPerDollar: number): string {
  return amount === null ? 'none' : String(amount / picosPerDollar);
}

function text(count: number | null): string {
  return count === null ? 'none' : String(count);
}
