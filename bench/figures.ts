// What a measurement yields: figures with their spread and target, and the tables they were taken from. Pure.

/** Over the rounds of one run; never over runs. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
}

export type Unit =
  | 'of bare'
  | 'times'
  | 'ms'
  | 'µs'
  | 's'
  | '%'
  | 'rows'
  | 'requests'
  | 'KB'
  | 'MB'
  | 'bytes'
  | 'per s';

export type Target =
  | { readonly kind: 'at_least' | 'at_most'; readonly value: number }
  | { readonly kind: 'within'; readonly low: number; readonly high: number };

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly spread: Spread;
  /** Null for a figure that only explains others. */
  readonly target: Target | null;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Measured {
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  /** What could not be measured here, and why. */
  readonly gaps: readonly string[];
}

export const atLeast = (value: number): Target => ({ kind: 'at_least', value });
export const atMost = (value: number): Target => ({ kind: 'at_most', value });

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  return {
    median: quantile(sorted, 0.5),
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
    rounds: sorted.length,
  };
}

/** For a figure that is counted rather than timed. */
export function counted(value: number): Spread {
  return { median: value, least: value, most: value, rounds: 1 };
}

/** `sorted` must be ascending; takes the value at that rank, without interpolation. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function medianOf(values: readonly number[]): number {
  return spreadOf(values).median;
}

/** A table's row with a name, the median and the spread. */
export function spreadRow(name: string, values: readonly number[]): string[] {
  const { median, least, most } = spreadOf(values);
  return [name, median.toFixed(1), `${least.toFixed(1)}–${most.toFixed(1)}`];
}

/** Round by round, so that a machine that slows down slows both sides. */
export function pairwise(
  left: readonly number[],
  right: readonly number[],
  combine: (left: number, right: number) => number,
): Spread {
  return spreadOf(left.map((value, round) => combine(value, right[round] ?? Number.NaN)));
}

/** By the median; null where there is no target. */
export function isMet({ spread, target }: Figure): boolean | null {
  if (target === null) return null;
  switch (target.kind) {
    case 'at_least':
      return spread.median >= target.value;
    case 'at_most':
      return spread.median <= target.value;
    case 'within':
      return spread.median >= target.low && spread.median <= target.high;
  }
}
