// The shape of price-table.json, written by scripts/build-prices.ts and read by price-book.ts. Types, positions and one pattern.

import type { MediaMeter } from '../../schema/price.ts';

/**
 * One set of rates, as positions: [aboveInputTokens, input, cacheRead, cacheWrite5m, cacheWrite1h, output, …MEDIA_POSITIONS].
 * Rates are pico-dollars per token; null, or missing at the end, where the source has no such rate. The first row applies
 * above 0 tokens.
 */
export type RateRow = readonly (number | null)[];

/** What follows the rates of text in a row. */
export const MEDIA_POSITIONS = [
  'audioInput',
  'audioCacheRead',
  'audioOutput',
  'imageInput',
  'imageCacheRead',
  'imageOutput',
  'videoInput',
] as const satisfies readonly MediaMeter[];

/** Prices in force since `from` (ISO date, UTC midnight), null for since ever. `webSearch` is in pico-dollars per use. */
export interface TableEdition {
  readonly from: string | null;
  readonly webSearch: number | null;
  /** Pico-dollars for each second heard; left out where the model does not bill by time. */
  readonly audioSecond?: number;
  readonly rows: readonly RateRow[];
}

/** `window` is the context window in tokens, null where the source has none. Editions are in rising order of `from`. */
export interface TableModel {
  readonly window: number | null;
  readonly editions: readonly TableEdition[];
}

/**
 * What one provider sells. `names` leads from each explicit name to a key of `models` ("provider:canonical id", where
 * the provider may be the one whose list prices are borrowed). `snapshots` says which dated forms of a name are its own.
 */
export interface TableCatalogue {
  readonly names: Readonly<Record<string, string>>;
  readonly snapshots: Readonly<Record<string, number>>;
}

export interface PriceTable {
  readonly source: string;
  readonly models: Readonly<Record<string, TableModel>>;
  readonly catalogues: Readonly<Record<string, TableCatalogue>>;
}

/** The dated forms of a name, as bits of a number in `snapshots`. */
export const SNAPSHOT_FORMS = { compact: 1, at: 2, dashed: 4 } as const;

/** A name with a date at its end: `-YYYYMMDD`, `@YYYYMMDD` or `-YYYY-MM-DD`. */
export const SNAPSHOT_PATTERN =
  /^(?<name>.+?)(?:-(?<compact>20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))|@(?<at>20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))|-(?<dashed>20\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])))$/;
