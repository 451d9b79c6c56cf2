// A year of windows held against Luxon, which has a calendar of its own. Both read the zone data of where they run.

import { DateTime } from 'luxon';
import { type Window, windowAt } from '../../durable-objects/ledger/window.ts';

const periods = ['day', 'week', 'month', 'quarter', 'year'] as const;
type BoundedPeriod = (typeof periods)[number];

export interface YearComparison {
  readonly compared: number;
  /** One line for each window, or moment before one, that Luxon sees otherwise. */
  readonly differences: readonly string[];
}

/** Every window's start and end, and the moment before it, which must belong to the window that ends there. */
export function compareYear(zone: string, year: number): YearComparison {
  let compared = 0;
  const differences: string[] = [];
  const compare = (period: BoundedPeriod, atMs: number, ours: Window, theirs: Window): void => {
    if (ours.startMs === theirs.startMs && ours.endMs === theirs.endMs) return;
    differences.push(`${period} at ${iso(atMs)}: ${shown(ours)}, by Luxon ${shown(theirs)}`);
  };
  for (const period of periods) {
    for (const window of windowsOf(period, zone, year)) {
      const beforeMs = window.startMs - 1;
      const before = windowAt(period, zone, beforeMs);
      compare(period, window.startMs, window, byLuxon(period, zone, window.startMs));
      compare(period, beforeMs, before, byLuxon(period, zone, beforeMs));
      if (before.endMs !== window.startMs) {
        differences.push(`${period} at ${iso(beforeMs)}: ${shown(before)}, and the next is ${shown(window)}`);
      }
      compared += 1;
    }
  }
  return { compared, differences };
}

/** Every window that has a moment in the year, stepping from each end to the next. */
function* windowsOf(period: BoundedPeriod, zone: string, year: number): Generator<{ startMs: number; endMs: number }> {
  const yearEndMs = DateTime.fromObject({ year: year + 1 }, { zone }).toMillis();
  let atMs = DateTime.fromObject({ year }, { zone }).toMillis();
  while (atMs < yearEndMs) {
    const { startMs, endMs } = windowAt(period, zone, atMs);
    if (endMs === null || endMs <= atMs) throw new Error(`the ${period} at ${iso(atMs)} in ${zone} does not end`);
    yield { startMs, endMs };
    atMs = endMs;
  }
}

/** The next unit may begin at another hour than this one did, so it is asked for its own start. */
export function byLuxon(period: BoundedPeriod, zone: string, atMs: number): Window {
  const start = DateTime.fromMillis(atMs, { zone }).startOf(period);
  return {
    startMs: start.toMillis(),
    endMs: start
      .plus({ [period]: 1 })
      .startOf(period)
      .toMillis(),
  };
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

function shown({ startMs, endMs }: Window): string {
  return `${iso(startMs)} to ${endMs === null ? 'never' : iso(endMs)}`;
}
