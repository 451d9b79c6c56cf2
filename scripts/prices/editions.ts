// One model's prices in the source, to dated editions of integer rates. It knows nothing of names.

import type { ConditionalPrice, ModelInfo, ModelPrice } from '@pydantic/genai-prices';
import { MEDIA_POSITIONS, type RateRow, type TableEdition } from '../../worker/pricing/table-shape.ts';
import { PICOS_EXPONENT, picosFromDollars } from './decimal.ts';
import { METERED, METERED_MEDIA, METERED_PIECES } from './meters.ts';

/** Of Anthropic's list: an hour of cache costs twice the input. Some resellers' lists in the source leave it out. */
const CLAUDE_ONE_HOUR_WRITE_TIMES_INPUT = 2;

const SECONDS_PER_HOUR = 3_600;

export interface CompiledEditions {
  readonly editions: readonly TableEdition[];
  /** What was decided rather than copied. */
  readonly notes: readonly string[];
}

export function compileEditions(model: ModelInfo): CompiledEditions {
  const notes = new Set<string>();
  const editions: TableEdition[] = [];
  for (const from of startDates(model)) {
    const alternatives = pricesInForce(model, from).map((prices) => compileEdition(from, prices, model, notes));
    if (alternatives.length > 1)
      notes.add(`price varies by time of day: the dearest of ${alternatives.length} is taken`);
    const edition = alternatives.reduce(dearer);
    if (isNews(editions.at(-1), edition)) editions.push(edition);
  }
  return { editions, notes: [...notes] };
}

function startDates({ prices }: ModelInfo): readonly (string | null)[] {
  if (!Array.isArray(prices)) return [null];
  const dates = prices.flatMap(({ constraint }) => (constraint?.type === 'start_date' ? [constraint.start_date] : []));
  return [null, ...new Set(dates.toSorted())];
}

/** What the source may answer for a call from `from` on: it reads its list from the end and takes the first that holds. */
function pricesInForce({ prices }: ModelInfo, from: string | null): readonly ModelPrice[] {
  if (!Array.isArray(prices)) return [prices];
  const found: ModelPrice[] = [];
  for (const { constraint, prices: candidate } of prices.toReversed()) {
    if (constraint?.type === 'start_date' && (from === null || constraint.start_date > from)) continue;
    found.push(candidate);
    if (constraint?.type !== 'time_of_date') return found;
  }
  const [first] = prices satisfies ConditionalPrice[];
  return first === undefined ? found : [...found, first.prices];
}

function compileEdition(from: string | null, prices: ModelPrice, model: ModelInfo, notes: Set<string>): TableEdition {
  const convert = (unit: string, tierStart: number, exponent: number, parts?: number): number | null => {
    const dollars = priceAt(prices[unit], tierStart);
    if (dollars === null) return null;
    const { picos, exact } = picosFromDollars(dollars, exponent, parts);
    if (!exact) notes.add(`${unit} ${dollars} is rounded up to a whole pico-dollar`);
    return picos;
  };
  const audioSecond = convert(METERED_PIECES.audioSeconds, 0, PICOS_EXPONENT.perOne, SECONDS_PER_HOUR);
  const rows = tierStarts(prices).map((start): RateRow => {
    const rate = (unit: string): number | null => convert(unit, start, PICOS_EXPONENT.perMillion);
    const input = rate(METERED.input) ?? (audioSecond === null ? null : 0);
    const write5m = rate(METERED.cacheWrite5m);
    const write1h = rate(METERED.cacheWrite1h) ?? oneHourWrite(input, write5m, model, notes);
    const media = MEDIA_POSITIONS.map((meter) => rate(METERED_MEDIA[meter]));
    const lastMedium = media.findLastIndex((each) => each !== null);
    const text = [start, input, rate(METERED.cacheRead), write5m, write1h, rate(METERED.output) ?? 0];
    return text.concat(media.slice(0, lastMedium + 1));
  });
  const webSearch = convert(METERED.webSearch, 0, PICOS_EXPONENT.perThousand);
  return { from, webSearch, ...(audioSecond !== null && { audioSecond }), rows };
}

/** Without a price of its own a longer-lived write costs at least what a short one does. */
function oneHourWrite(
  input: number | null,
  write5m: number | null,
  model: ModelInfo,
  notes: Set<string>,
): number | null {
  if (input === null || write5m === null || !model.id.includes('claude')) return write5m;
  notes.add('one-hour cache write is not in the source: twice the input price is taken');
  return input * CLAUDE_ONE_HOUR_WRITE_TIMES_INPUT;
}

function tierStarts(prices: ModelPrice): readonly number[] {
  const starts = Object.values(prices).flatMap((price) =>
    typeof price === 'object' ? price.tiers.map(({ start }) => start) : [],
  );
  return [...new Set([0, ...starts])].toSorted((left, right) => left - right);
}

/** Dollars of the tier that starts at or last before `start` tokens, null where the source has no such price. */
function priceAt(price: ModelPrice[string], start: number): number | null {
  if (price === undefined) return null;
  if (typeof price === 'number') return price;
  const reached = price.tiers.filter((tier) => tier.start <= start && start > 0);
  return reached.reduce((highest, tier) => (tier.start > highest.start ? tier : highest), {
    start: -1,
    price: price.base,
  }).price;
}

function dearer(left: TableEdition, right: TableEdition): TableEdition {
  const [leftRow, ...leftTiers] = left.rows;
  const [rightRow, ...rightTiers] = right.rows;
  if (leftRow === undefined || rightRow === undefined || leftTiers.length + rightTiers.length > 0) {
    throw new Error('tiers that vary by time of day are not understood');
  }
  const input = Math.max(leftRow[1] ?? 0, rightRow[1] ?? 0);
  const row = leftRow.map((rate, position) => {
    const other = rightRow[position] ?? null;
    return rate === null && other === null ? null : Math.max(rate ?? input, other ?? input);
  });
  return { ...left, rows: [row] };
}

function isNews(last: TableEdition | undefined, next: TableEdition): boolean {
  return last === undefined || JSON.stringify({ ...last, from: null }) !== JSON.stringify({ ...next, from: null });
}
