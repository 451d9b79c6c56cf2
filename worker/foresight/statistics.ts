// Statistics that a few wild days do not move. Pure.

/** The value of rank `share` (0 to 1) between neighbours. `values` must be ascending and not empty. */
export function quantile(values: readonly number[], share: number): number {
  const place = (values.length - 1) * share;
  const below = values[Math.floor(place)] ?? Number.NaN;
  const above = values[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** 0 for none. */
export function median(values: readonly number[]): number {
  return values.length === 0 ? 0 : quantile(ascending(values), 0.5);
}

export function ascending(values: readonly number[]): number[] {
  return values.toSorted((left, right) => left - right);
}

/** Median absolute deviation from `centre`. */
export function deviation(values: readonly number[], centre: number): number {
  return median(values.map((value) => Math.abs(value - centre)));
}

/** Theil–Sen: the median slope over all pairs of points at 0, 1, 2, …; 0 for fewer than two. */
export function slopeOf(values: readonly number[]): number {
  const slopes: number[] = [];
  for (const [place, value] of values.entries()) {
    for (let other = place + 1; other < values.length; other += 1) {
      slopes.push(((values[other] ?? value) - value) / (other - place));
    }
  }
  return median(slopes);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
