// The same years of windows in the runtime that serves them, which has zone data of its own.

import { describe, expect, it } from 'vitest';
import { zoneYears } from '../fixtures/zone-years.ts';
import { compareYear } from '../helpers/calendar-year.ts';

describe('a year of windows in the runtime is Luxon’s', () => {
  it.each(zoneYears)('in %s, %i (%i windows)', (zone, year, windows) => {
    expect(compareYear(zone, year)).toEqual({ compared: windows, differences: [] });
  });
});
