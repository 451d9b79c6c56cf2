// Whole years of windows, each compared with what Luxon says. Luxon has a calendar of its own; both read Node's zone data.

import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { type Window, windowAt } from '../../../durable-objects/ledger/window.ts';

const periods = ['day', 'week', 'month', 'quarter', 'year'] as const;
type BoundedPeriod = (typeof periods)[number];

const WINDOWS_IN = {
  /** Days, weeks begun, months, quarters and the year itself. */
  commonYear: 365 + 53 + 12 + 4 + 1,
  leapYear: 366 + 53 + 12 + 4 + 1,
};

const zoneYears: readonly (readonly [zone: string, year: number, windows: number])[] = [
  ...['America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'Europe/London', 'UTC'].flatMap(
    (zone) =>
      [
        [zone, 2026, WINDOWS_IN.commonYear],
        [zone, 2028, WINDOWS_IN.leapYear],
      ] as const,
  ),
  // Week 53 of 2026 goes on into 2027; week 53 of 2020 ends a leap year.
  ['Europe/London', 2027, WINDOWS_IN.commonYear],
  ['Europe/London', 2020, WINDOWS_IN.leapYear],
  // A leap year that begins on a Sunday touches 54 weeks.
  ['Europe/London', 2040, WINDOWS_IN.leapYear + 1],
  // The 30th of December never happened in Samoa.
  ['Pacific/Apia', 2011, WINDOWS_IN.commonYear - 1],
  // Summer time that begins at midnight, so that a day begins at one o'clock.
  ['America/Sao_Paulo', 2017, WINDOWS_IN.commonYear],
  ['America/Sao_Paulo', 2018, WINDOWS_IN.commonYear],
  ['Asia/Beirut', 2026, WINDOWS_IN.commonYear],
  ['Africa/Cairo', 2026, WINDOWS_IN.commonYear],
  // Summer time that pauses for Ramadan: four changes in a year.
  ['Africa/Casablanca', 2026, WINDOWS_IN.commonYear],
  // Summer time of half an hour; offsets in quarters of an hour; the earliest and the latest zone there is.
  ['Australia/Lord_Howe', 2026, WINDOWS_IN.commonYear],
  ['Pacific/Chatham', 2026, WINDOWS_IN.commonYear],
  ['Asia/Kathmandu', 2028, WINDOWS_IN.leapYear],
  ['Pacific/Kiritimati', 2026, WINDOWS_IN.commonYear],
  ['Pacific/Pago_Pago', 2026, WINDOWS_IN.commonYear],
];

/** Its dates, on which midnight comes twice, are below. */
const HAVANA = 'America/Havana';

describe('a year of windows is Luxon’s', () => {
  it.each(zoneYears)('in %s, %i (%i windows)', (zone, year, windows) => {
    let compared = 0;
    for (const period of periods) {
      for (const window of windowsOf(period, zone, year)) {
        expect(window, `${period} ${iso(window.startMs)}`).toEqual(byLuxon(period, zone, window.startMs));
        const before = byLuxon(period, zone, window.startMs - 1);
        expect(windowAt(period, zone, window.startMs - 1), `before ${period} ${iso(window.startMs)}`).toEqual(before);
        expect(before.endMs).toBe(window.startMs);
        compared += 1;
      }
    }
    expect(compared).toBe(windows);
  });

  it('where midnight comes twice, it is the first: Luxon gives both, by the hour it is asked at', () => {
    const [firstMidnight, secondMidnight] = [Date.parse('2026-11-01T04:00:00Z'), Date.parse('2026-11-01T05:00:00Z')];
    const nextMidnight = Date.parse('2026-11-02T05:00:00Z');
    const askedEarly = byLuxon('day', HAVANA, firstMidnight);
    const askedLate = byLuxon('day', HAVANA, nextMidnight - 1);
    expect([askedEarly.startMs, askedLate.startMs]).toEqual([firstMidnight, secondMidnight]);

    for (const atMs of [firstMidnight, secondMidnight - 1, secondMidnight, nextMidnight - 1]) {
      expect(windowAt('day', HAVANA, atMs)).toEqual({ startMs: firstMidnight, endMs: nextMidnight });
    }
    expect(windowAt('day', HAVANA, firstMidnight - 1).endMs).toBe(firstMidnight);
    expect(windowAt('month', HAVANA, nextMidnight)).toMatchObject({ startMs: firstMidnight });
  });
});

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
function byLuxon(period: BoundedPeriod, zone: string, atMs: number): Window {
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
