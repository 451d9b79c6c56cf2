// Whole years of windows, each compared with what another calendar library says.

import { describe, expect, it } from 'vitest';
import { windowAt } from '../../../durable-objects/ledger/window.ts';
import { zoneYears } from '../../fixtures/zone-years.ts';
import { byLuxon, compareYear } from '../../helpers/calendar-year.ts';

const HAVANA = 'America/Havana';

describe('a year of windows is Luxon’s', () => {
  it.each(zoneYears)('in %s, %i (%i windows)', (zone, year, windows) => {
    expect(compareYear(zone, year)).toEqual({ compared: windows, differences: [] });
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
