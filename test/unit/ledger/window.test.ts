// Windows by the calendar of a time zone, with the days that are not 24 hours long.

import { describe, expect, test } from 'vitest';
import { Calendar, windowAt } from '../../../durable-objects/ledger/window.ts';
import type { Period } from '../../../schema/team-config.ts';

function iso(period: Period, zone: string, at: string): string {
  const { startMs, endMs } = windowAt(period, zone, Date.parse(at));
  return `${new Date(startMs).toISOString()} ${endMs === null ? 'never' : new Date(endMs).toISOString()}`;
}

describe('a window', () => {
  test.each([
    ['day', 'UTC', '2026-11-11T23:59:59.999Z', '2026-11-11T00:00:00.000Z 2026-11-12T00:00:00.000Z'],
    ['day', 'UTC', '2026-11-12T00:00:00Z', '2026-11-12T00:00:00.000Z 2026-11-13T00:00:00.000Z'],
    ['day', 'Asia/Kolkata', '2026-11-11T18:29:59Z', '2026-11-10T18:30:00.000Z 2026-11-11T18:30:00.000Z'],
    ['day', 'Asia/Kolkata', '2026-11-11T18:30:00Z', '2026-11-11T18:30:00.000Z 2026-11-12T18:30:00.000Z'],
    // 23 hours in spring, 25 in autumn.
    ['day', 'America/New_York', '2026-03-08T12:00:00Z', '2026-03-08T05:00:00.000Z 2026-03-09T04:00:00.000Z'],
    ['day', 'America/New_York', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00.000Z 2026-11-02T05:00:00.000Z'],
    // Cairo skips midnight itself: the day begins at one o'clock.
    ['day', 'Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-23T22:00:00.000Z 2026-04-24T21:00:00.000Z'],
    // Samoa skipped the whole of 30 December 2011.
    ['day', 'Pacific/Apia', '2011-12-30T08:00:00Z', '2011-12-29T10:00:00.000Z 2011-12-30T10:00:00.000Z'],
    ['week', 'Europe/London', '2026-11-15T23:59:59Z', '2026-11-09T00:00:00.000Z 2026-11-16T00:00:00.000Z'],
    // Week 53 of 2026 runs into the new year.
    ['week', 'Europe/London', '2027-01-01T12:00:00Z', '2026-12-28T00:00:00.000Z 2027-01-04T00:00:00.000Z'],
    ['month', 'Europe/London', '2026-10-31T12:00:00Z', '2026-09-30T23:00:00.000Z 2026-11-01T00:00:00.000Z'],
    ['month', 'UTC', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00.000Z 2028-03-01T00:00:00.000Z'],
    ['quarter', 'UTC', '2026-12-31T12:00:00Z', '2026-10-01T00:00:00.000Z 2027-01-01T00:00:00.000Z'],
    ['quarter', 'UTC', '2026-03-31T12:00:00Z', '2026-01-01T00:00:00.000Z 2026-04-01T00:00:00.000Z'],
    ['year', 'Pacific/Kiritimati', '2026-12-31T10:00:00Z', '2026-12-31T10:00:00.000Z 2027-12-31T10:00:00.000Z'],
    ['total', 'UTC', '2026-12-31T10:00:00Z', '1970-01-01T00:00:00.000Z never'],
  ] as const)('of a %s in %s at %s', (period, zone, at, expected) => {
    expect(iso(period, zone, at)).toBe(expected);
  });

  test.each(['day', 'week', 'month', 'quarter', 'year'] as const)(
    'of each %s meets the next without gap or overlap',
    (period) => {
      for (const zone of ['America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'Europe/London', 'Africa/Cairo']) {
        let window = windowAt(period, zone, Date.UTC(2025, 11, 31));
        for (let step = 0; step < 370 && window.endMs !== null && window.endMs < Date.UTC(2027, 0, 10); step += 1) {
          const next = windowAt(period, zone, window.endMs);
          expect(next.startMs).toBe(window.endMs);
          expect(windowAt(period, zone, window.endMs - 1)).toEqual(window);
          window = next;
        }
      }
    },
  );

  test('is remembered no longer than it lasts, whichever way the clock goes', () => {
    const calendar = new Calendar('Europe/London');
    for (const at of ['2026-11-11T12:00:00Z', '2026-11-12T00:00:00Z', '2026-11-11T23:59:59Z', '2026-03-29T12:00:00Z']) {
      expect(calendar.windowAt('day', Date.parse(at))).toEqual(windowAt('day', 'Europe/London', Date.parse(at)));
    }
  });

  test('has the same window before it, whatever was asked about another one that begins with it', () => {
    const moved = new Calendar('Asia/Tokyo').movedTo('UTC', Date.parse('2026-11-11T12:00:00Z'));
    const back = moved.movedTo('Asia/Tokyo', Date.parse('2026-11-11T13:00:00Z'));
    const today = back.windowAt('day', Date.parse('2026-11-11T14:00:00Z'));
    const before = { startMs: Date.parse('2026-11-09T15:00:00Z'), endMs: Date.parse('2026-11-10T15:00:00Z') };
    expect(back.windowBefore('day', { ...today, endMs: Date.parse('2026-11-12T00:00:00Z') })).toBeNull();
    expect(back.windowBefore('day', today)).toEqual(before);
  });
});
